/* Commitments and what is said of them, and lists of them. For a test file to include once. */
#ifndef TESTS_STORE_LISTING_H
#define TESTS_STORE_LISTING_H

#include "tests/store/two_members.h"

static inline void put_link(struct writer *w, const char *field, const struct record_ref *ref)
{
	mp_put_cstr(w, field);
	kinds_put_link(w, ref);
}

static inline struct record_ref publish(
    struct author *author, uint16_t kind, struct writer *payload)
{
	struct record_ref ref = network_publish(&net, author, kind, writer_view(payload));

	writer_release(payload);
	return ref;
}

static inline struct record_ref commitment(const char *title, const struct record_ref *supersedes)
{
	struct writer payload = {0};

	mp_put_map(&payload, supersedes ? 2 : 1);
	if (supersedes)
		put_link(&payload, "supersedes", supersedes);
	mp_put_cstr(&payload, "title");
	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "fr");
	mp_put_cstr(&payload, title);
	return publish(&sefrou, KIND_COMMITMENT, &payload);
}

static inline struct record_ref progress(
    const struct record_ref *about, const char *status, const struct record_ref *supersedes)
{
	struct writer payload = {0};

	mp_put_map(&payload, supersedes ? 3 : 2);
	put_link(&payload, "about", about);
	mp_put_cstr(&payload, "status");
	mp_put_cstr(&payload, status);
	if (supersedes)
		put_link(&payload, "supersedes", supersedes);
	return publish(&sefrou, KIND_PROGRESS, &payload);
}

static inline struct record_ref attestation(
    struct author *by, const struct record_ref *about, const char *completion)
{
	struct writer payload = {0};

	mp_put_map(&payload, 2);
	put_link(&payload, "about", about);
	mp_put_cstr(&payload, "coding");
	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "completion");
	mp_put_cstr(&payload, completion);
	return publish(by, KIND_ATTESTATION, &payload);
}

static inline void erase(const struct record_ref *target, const struct record_ref *by)
{
	struct record erased = {.state = RECORD_ERASED, .erasure = *by};
	struct change_payload op = {.key = target->log, .index = target->index};
	struct writer change = {0}, rest = {0};

	record_write_rest(&rest, &erased);
	op.rest = writer_view(&rest);
	change_put_payload(&change, &op);
	sample_apply(net.store, &change, NULL);
	writer_release(&change);
	writer_release(&rest);
}

struct asked {
	const char *name, *value; /* ascending; NULL ends */
};

static inline enum err list_why(const struct asked *asked, uint64_t limit, struct why *why)
{
	struct writer params = {0};
	uint32_t count = 0;
	bool is_limited = false;
	enum err err;

	while (asked[count].name)
		count++;
	mp_put_map(&params, count + 1);
	for (uint32_t i = 0; i <= count; i++) {
		if (!is_limited && (i == count || strcmp(asked[i].name, "limit") > 0)) {
			is_limited = true;
			mp_put_cstr(&params, "limit");
			mp_put_uint(&params, limit);
		}
		if (i < count) {
			mp_put_cstr(&params, asked[i].name);
			mp_put_cstr(&params, asked[i].value);
		}
	}
	err = network_query_why(&net, "list", &params, &out, why);
	if (err == ERR_NONE)
		assert_int_equal(mp_scan(writer_view(&out)), ERR_NONE);
	writer_release(&params);
	return err;
}

static inline struct bytes list(const struct asked *asked, uint64_t limit)
{
	struct why why = {0};

	if (list_why(asked, limit, &why) != ERR_NONE)
		fail_msg("list: %s: %s", err_name(why.err), why.text);
	return writer_view(&out);
}

static inline struct bytes str_in(struct bytes map, const char *name)
{
	struct reader r;

	reader_init(&r, mp_get(map, name));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
}

/* "ref=status …" of the rows. */
static inline const char *statuses(const char *kind)
{
	static char text[4000];
	const struct asked asked[] = {{"kind", kind}, {NULL, NULL}};
	struct reader r;
	uint32_t count;
	size_t at = 0;

	network_index(&net);
	reader_init(&r, mp_get(list(asked, 1000), "rows"));
	count = mp_array(&r);
	text[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		struct bytes row = mp_raw(&r);
		struct bytes ref = str_in(row, "ref"), status = str_in(row, "status");
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%.*s=%.*s", i ? " " : "",
		    (int)ref.size, (const char *)ref.data, (int)status.size,
		    (const char *)(status.size ? status.data : (const uint8_t *)""));
	}
	return text;
}

static inline void forget_views(void)
{
	char command[400];
	struct why why = {0};

	views_close(net.views);
	snprintf(command, sizeof(command), "rm -r '%s/views'", net.home.path);
	assert_int_equal(system(command), 0);
	net.views = views_open(net.store, net.home.path, &why);
	assert_non_null(net.views);
}

#endif
