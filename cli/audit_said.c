/* Asks what was said about one record. A member is named once, and never for what it says of itself. */
#include "cli/audit_said.h"

#include "cli/page.h"

#include <string.h>

struct said {
	struct bytes owner;
	struct writer names; /* code, NUL */
	struct writer codes;
	uint32_t count;
	int64_t evidence;
};

static struct bytes str_of(struct bytes map, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

static void add_name(struct said *said, struct bytes code)
{
	for (size_t at = 0; at < said->names.size;) {
		const char *name = (const char *)said->names.data + at;

		if (bytes_equal(bytes_str(name), code))
			return;
		at += strlen(name) + 1;
	}
	writer_bytes(&said->names, code);
	writer_u8(&said->names, 0);
	mp_put_str(&said->codes, code);
	said->count++;
}

static bool take_row(void *context, struct bytes row)
{
	struct said *said = context;
	struct bytes member = str_of(row, "member"), payload = {NULL, 0};
	bool is_own = bytes_equal(member, said->owner);
	struct reader r;

	if (bytes_equal(str_of(row, "kind"), BYTES_STR("attestation"))) {
		if (!is_own)
			add_name(said, member);
		return true;
	}
	reader_init(&r, mp_get(row, "payload"));
	if (is_own && mp_peek(&r) == MP_BIN)
		payload = mp_bin(&r);
	if (mp_scan(payload))
		return true;
	reader_init(&r, mp_get(payload, "evidence"));
	said->evidence += mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	return true;
}

static int ask(struct client *c, struct said *said, struct bytes ref)
{
	struct row params = {0};
	struct writer kinds = {0};
	int code;

	mp_put_array(&kinds, 2);
	mp_put_cstr(&kinds, "attestation");
	mp_put_cstr(&kinds, "progress");
	row_raw(&params, "kinds", writer_view(&kinds));
	row_str(&params, "about", ref);
	row_bool(&params, "latest", true);
	row_bool(&params, "payload", true);
	code = page_each(c, "list", &params, NULL, 0, take_row, said, NULL);
	row_release(&params);
	writer_release(&kinds);
	return code;
}

int audit_said_put(
    struct client *c, const struct column *columns, struct bytes row, struct writer *out)
{
	struct said said = {.owner = str_of(row, "member")};
	struct bytes ref = str_of(row, "ref");
	struct writer list = {0};
	struct row whole = {0};
	int code = ref.size ? ask(c, &said, ref) : EXIT_DONE;

	for (; columns->field; columns++)
		if (mp_get(row, columns->field).size)
			row_raw(&whole, columns->field, mp_get(row, columns->field));
	mp_put_array(&list, said.count);
	writer_bytes(&list, writer_view(&said.codes));
	row_raw(&whole, "attested_by", writer_view(&list));
	row_int(&whole, "evidence", said.evidence);
	writer_bytes(out, row_view(&whole));
	writer_release(&list);
	writer_release(&said.names);
	writer_release(&said.codes);
	row_release(&whole);
	return code;
}
