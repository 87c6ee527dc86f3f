/* Networks as data: any JSON is judged place by place, and told without anything that moves a cursor.
 *
 * covers: cli/network_check.c cli/network_value.c cli/network_text.c */
#include "tests/fuzz/fuzz.h"

#include "cli/network_check.h"
#include "cli/network_text.h"
#include "proto/json.h"
#include "proto/mp.h"
#include "proto/text.h"

static void check_safe(struct bytes text)
{
	uint32_t letter;

	fuzz_check(text_is_utf8(text));
	while (text_next(&text, &letter))
		fuzz_check(letter == '\n' || !text_is_hostile(letter));
}

static void take_fault(void *context, const struct network_fault *fault)
{
	unsigned *count = context;

	++*count;
	fuzz_check(fault->text[0]);
	fuzz_check(memchr(fault->field, 0, sizeof(fault->field)) != NULL);
	fuzz_check(memchr(fault->text, 0, sizeof(fault->text)) != NULL);
}

static void judge(struct bytes map)
{
	unsigned count = 0;
	struct network_faults faults = {.report = take_fault, .context = &count};
	struct writer text = {0};

	network_check(map, &faults);
	fuzz_check(faults.count == count);
	network_text(&text, map);
	network_text_claim(&text, map);
	fuzz_check(!text.err);
	check_safe(writer_view(&text));
	writer_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct writer map = {0};
	struct why why = {0};

	if (json_parse(&map, bytes_of(data, size), &why) == ERR_NONE)
		judge(writer_view(&map));
	if (mp_scan(bytes_of(data, size)) == ERR_NONE)
		judge(bytes_of(data, size));
	writer_release(&map);
	return 0;
}
