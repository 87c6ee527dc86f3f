/* Payloads for tests of the kinds: written as JSON, faults collected as lines. */
#ifndef TESTS_PROTO_KINDS_WORLD_H
#define TESTS_PROTO_KINDS_WORLD_H

#include "tests/unit.h"

#include "proto/json.h"
#include "proto/kinds.h"
#include "proto/mp.h"

struct faults {
	struct writer lines; /* "path: text\n", warnings with a '?' in front */
	struct why why;
};

static inline void faults_take(void *context, const struct fault *fault)
{
	struct faults *f = context;

	writer_printf(
	    &f->lines, "%s%s: %s\n", fault->is_warning ? "?" : "", fault->path, fault->text);
}

static inline struct fault_sink faults_sink(struct faults *f)
{
	writer_clear(&f->lines);
	f->why = (struct why){0};
	return (struct fault_sink){.report = faults_take, .context = f, .why = &f->why};
}

static inline struct bytes from_json(struct writer *w, const char *json)
{
	struct why why = {0};

	writer_clear(w);
	if (json_parse(w, bytes_str(json), &why) != ERR_NONE)
		fail_msg("%s: %s", why.text, json);
	return writer_view(w);
}

/* Checks JSON as a payload of a kind; the faults must be exactly these lines, "" for none. */
static inline void expect_faults(const char *kind, const char *json, const char *lines)
{
	struct faults f = {0};
	struct fault_sink sink = faults_sink(&f);
	struct writer map = {0}, out = {0};
	enum err err =
	    kinds_check(kind_by_name(bytes_str(kind)), from_json(&map, json), &out, &sink);

	if (!bytes_equal(bytes_str(lines), writer_view(&f.lines)))
		print_error("for %s\n", json);
	assert_text(lines, writer_view(&f.lines));
	assert_err(*lines ? ERR_FIELD : ERR_NONE, err);
	assert_err(*lines ? ERR_FIELD : ERR_NONE, f.why.err);
	assert_true((out.size == 0) == (*lines != '\0'));
	/* What may not be published is labelled when a peer brings it; a larger payload nobody brings. */
	if (kind_by_name(bytes_str(kind))->is_published && map.size <= 65536) {
		f.why = (struct why){0};
		assert_int_equal(*lines == '\0',
		    kinds_fits(kind_by_name(bytes_str(kind)), writer_view(&map), &f.why));
		assert_int_equal(*lines != '\0', *f.why.text != '\0');
	}
	writer_release(&map);
	writer_release(&out);
	writer_release(&f.lines);
}

#endif
