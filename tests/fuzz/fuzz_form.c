/* What people write in an editor: any text becomes a canonical map or one clear refusal, and any payload is told field by
 * field, safe for a terminal. The first byte chooses the kind.
 *
 * covers: cli/front_matter.c cli/set_fields.c cli/payload_fields.c */
#include "tests/fuzz/fuzz.h"

#include "cli/front_matter.h"
#include "cli/payload_fields.h"
#include "proto/mp.h"
#include "proto/text.h"

static void check_safe(const char *text)
{
	struct bytes rest = bytes_str(text);
	uint32_t letter;

	fuzz_check(text_is_utf8(rest));
	while (text_next(&rest, &letter))
		fuzz_check(!text_is_hostile(letter));
}

static void tell(struct bytes payload)
{
	struct payload_fields fields;

	fuzz_check(payload_fields_init(&fields, payload) == ERR_NONE);
	for (size_t i = 0; i < fields.count; i++) {
		check_safe(fields.list[i].value);
		fuzz_check(i == 0 || strcmp(fields.list[i - 1].path, fields.list[i].path) <= 0);
		fuzz_check(payload_fields_get(&fields, fields.list[i].path) != NULL);
	}
	payload_fields_release(&fields);
}

static void fill_in(const struct kind *kind, struct bytes text)
{
	struct writer kept = {0}, map = {0};
	struct set_fields set;
	struct why why = {0};

	set_fields_init(&set, kind);
	if (front_matter_read(&set, text, &kept, &why)) {
		fuzz_check(why.err == ERR_FIELD && why.text[0]);
	} else {
		fuzz_check(set_fields_encode(&set, (struct bytes){0}, &map) == ERR_NONE);
		tell(writer_view(&map));
	}
	set_fields_release(&set);
	writer_release(&kept);
	writer_release(&map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kind *kind;
	size_t count = 0;

	if (size == 0)
		return 0;
	while (kind_at(count))
		count++;
	kind = kind_at(data[0] % count);
	tell(bytes_of(data + 1, size - 1));
	if (kind->fields && front_matter_is_there(bytes_of(data + 1, size - 1)))
		fill_in(kind, bytes_of(data + 1, size - 1));
	return 0;
}
