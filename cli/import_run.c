/* The course of an import. Decides what is new, changed or the same; knows no file format. */
#include "cli/import_run.h"

#include "cli/export.h"
#include "cli/lang.h"
#include "cli/progress.h"
#include "cli/publish_queue.h"
#include "cli/say.h"

#include <string.h>

#define REF_SIZE_MAX 128

enum row_verdict { ROW_LEFT, ROW_NEW, ROW_CHANGED };

void import_run_release(struct import_run *run)
{
	record_input_release(&run->in);
	import_report_release(&run->report);
	known_records_release(&run->known);
	writer_release(&run->maps);
	writer_release(&run->verdicts);
}

void import_run_add(struct import_run *run, const struct kind *kind, struct bytes map, size_t row)
{
	import_run_add_of(run, kind, map, row, (struct bytes){NULL, 0});
}

void import_run_add_of(
    struct import_run *run, const struct kind *kind, struct bytes map, size_t row, struct bytes ref)
{
	writer_u16(&run->maps, kind->number);
	writer_u32(&run->maps, (uint32_t)row);
	writer_u16(&run->maps, ref.size <= REF_SIZE_MAX ? (uint16_t)ref.size : 0);
	if (ref.size <= REF_SIZE_MAX)
		writer_bytes(&run->maps, ref);
	writer_u32(&run->maps, (uint32_t)map.size);
	writer_bytes(&run->maps, map);
	record_input_note(&run->in, kind, map);
}

void import_run_fetch(
    struct import_run *run, const struct kind *kind, struct bytes ref, struct writer *payload)
{
	struct row params = {0};
	struct rpc_response answer;
	uint32_t number;
	struct reader r;

	writer_clear(payload);
	if (!ref.size || !memchr(ref.data, '/', ref.size))
		return;
	row_str(&params, "ref", ref);
	if (client_ask(run->in.client, "show", row_view(&params), &number) == ERR_NONE &&
	    client_take(run->in.client, &answer, -1) == ERR_NONE && answer.result.size) {
		reader_init(&r, mp_get(answer.result, "payload"));
		if (mp_peek(&r) == MP_BIN &&
		    bytes_equal(export_str(answer.result, "kind"), bytes_str(kind->name)))
			writer_bytes(payload, mp_bin(&r));
	}
	row_release(&params);
}

struct row_cursor {
	struct reader r;
	const struct kind *kind;
	uint32_t row;
	struct bytes ref, map;
};

static bool next_row(struct row_cursor *c)
{
	if (!reader_left(&c->r))
		return false;
	c->kind = kind_by_number(reader_u16(&c->r));
	c->row = reader_u32(&c->r);
	c->ref = reader_take(&c->r, reader_u16(&c->r));
	c->map = reader_take(&c->r, reader_u32(&c->r));
	return c->r.err == ERR_NONE;
}

static void tell_fault(
    void *context, unsigned long row, const struct fault *fault, const char *text)
{
	struct import_run *run = context;

	if (fault->is_warning)
		import_report_warn(&run->report, row, fault->path, text);
	else
		import_report_refuse(&run->report, row, fault->path[0] ? fault->path : NULL, text);
}

/* Its ref and signed_by are what makes a row another member's: one who takes a record up as a model empties them. What of
 * it this member could not publish, such as a version of theirs, is of no account. */
static bool is_of_another(struct import_run *run, const struct row_cursor *c)
{
	struct writer theirs = {0};
	bool is_found;

	import_run_fetch(run, c->kind, c->ref, &theirs);
	is_found = theirs.size > 0;
	if (is_found) {
		if (known_records_are_same(
			record_input_shape(&run->in, c->kind, c->map), writer_view(&theirs)))
			run->report.unchanged++;
		else
			import_report_refuse(&run->report, c->row, NULL,
			    _("it is a record of another member: without its ref it is published "
			      "as one's own"));
	}
	writer_release(&theirs);
	return is_found;
}

/* Only a file that holds a record twice meets itself here: it was added without an id. */
static enum row_verdict judge(
    struct import_run *run, const struct row_cursor *c, struct hash *previous)
{
	struct bytes payload = writer_view(&run->in.checked);
	static const struct hash no_id;
	enum known_verdict known = known_records_judge(&run->known, payload, previous);

	if (known == KNOWN_SAME && !hash_is_zero(previous)) {
		run->report.unchanged++;
		return ROW_LEFT;
	}
	if (known != KNOWN_NEW && hash_is_zero(previous)) {
		import_report_refuse(&run->report, c->row, NULL,
		    known == KNOWN_SAME
			? _("an earlier row is the same record")
			: _("an earlier row has the same identifier and another content"));
		return ROW_LEFT;
	}
	known_records_add(&run->known, payload, &no_id);
	return known == KNOWN_NEW ? ROW_NEW : ROW_CHANGED;
}

/* The map with its link to the version before, named by its id. */
static void put_superseding(struct writer *out, struct bytes map, const struct hash *previous)
{
	char id[2 * HASH_SIZE + 1];
	struct writer fields = {0};
	struct bytes name = BYTES_STR("supersedes");
	struct reader r;
	bool is_put = false;
	uint32_t count;
	uint32_t kept = 1;

	hex_encode(id, bytes_of(previous->b, HASH_SIZE));
	reader_init(&r, map);
	count = mp_map(&r);
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes key = mp_str(&r);
		struct bytes value = mp_raw(&r);

		if (bytes_equal(key, name))
			continue;
		if (!is_put && bytes_compare(key, name) > 0) {
			mp_put_str(&fields, name);
			mp_put_cstr(&fields, id);
			is_put = true;
		}
		mp_put_str(&fields, key);
		writer_bytes(&fields, value);
		kept++;
	}
	if (!is_put) {
		mp_put_str(&fields, name);
		mp_put_cstr(&fields, id);
	}
	mp_put_map(out, kept);
	writer_bytes(out, writer_view(&fields));
	writer_release(&fields);
}

/* First pass: which rows are to be published. */
static void judge_rows(struct import_run *run)
{
	struct row_cursor c = {0};
	struct hash previous;
	struct progress progress;

	progress_init(&progress, _("checking"), run->report.rows);
	reader_init(&c.r, writer_view(&run->maps));
	while (next_row(&c)) {
		enum row_verdict verdict = ROW_LEFT;

		memset(&previous, 0, sizeof(previous));
		if (!is_of_another(run, &c) && record_input_check(&run->in, c.kind, c.map, c.row))
			verdict = judge(run, &c, &previous);
		if (verdict == ROW_CHANGED) {
			writer_clear(&run->in.map);
			put_superseding(&run->in.map, c.map, &previous);
			record_input_note(&run->in, c.kind, writer_view(&run->in.map));
		}
		writer_u8(&run->verdicts, (uint8_t)verdict);
		writer_put(&run->verdicts, previous.b, HASH_SIZE);
		progress_set(&progress, c.row);
	}
	progress_end(&progress);
}

/* Second pass: their payloads. */
static void accept_rows(struct import_run *run)
{
	struct row_cursor c = {0};
	struct reader verdicts;

	reader_init(&c.r, writer_view(&run->maps));
	reader_init(&verdicts, writer_view(&run->verdicts));
	while (next_row(&c)) {
		enum row_verdict verdict = (enum row_verdict)reader_u8(&verdicts);
		struct hash previous;

		reader_copy(&verdicts, previous.b, HASH_SIZE);
		if (verdict == ROW_LEFT)
			continue;
		writer_clear(&run->in.map);
		if (verdict == ROW_CHANGED)
			put_superseding(&run->in.map, c.map, &previous);
		record_input_put(&run->in, c.kind,
		    verdict == ROW_CHANGED ? writer_view(&run->in.map) : c.map, c.row);
	}
}

struct counted {
	struct import_report *report;
	struct progress progress;
};

static void count_row(void *context, struct bytes row)
{
	struct counted *counted = context;

	(void)row;
	progress_set(&counted->progress, ++counted->report->published);
}

static int publish(struct import_run *run)
{
	struct counted counted = {.report = &run->report};
	struct publish_queue q = {.client = run->in.client, .row = count_row, .context = &counted};
	struct record_cursor cursor;
	const struct kind *kind;
	struct bytes payload;
	int code = EXIT_DONE;

	q.is_dry = args_has(run->in.args, "--dry-run");
	progress_init(&counted.progress, _("publishing"), run->in.count);
	record_cursor_init(&cursor, &run->in);
	while (!code && record_cursor_next(&cursor, &kind, &payload))
		code = publish_queue_put(&q, kind, payload);
	code = publish_queue_end(&q);
	progress_end(&counted.progress);
	publish_queue_release(&q);
	return code;
}

static int fetch_links(struct import_run *run)
{
	return links_are_pending(&run->in.links) ? links_fetch(&run->in.links, run->in.client)
						 : EXIT_DONE;
}

int import_run_finish(struct import_run *run, const struct kind *const *kinds, size_t count)
{
	int code = known_records_load(&run->known, run->in.client, kinds, count);

	run->in.tell = tell_fault;
	run->in.tell_context = run;
	if (!code)
		code = fetch_links(run);
	if (!code)
		judge_rows(run);
	if (!code)
		code = fetch_links(run);
	if (code)
		return code;
	accept_rows(run);
	if (run->maps.err || run->in.payloads.err || run->verdicts.err || run->known.is_failed)
		return say_error(run->in.args, ERR_MEMORY, NULL, "%s", _(err_text(ERR_MEMORY)));
	if (run->in.count)
		code = publish(run);
	import_report_show(&run->report, run->in.args);
	if (!code && run->report.refused.count && !run->report.published && !run->report.unchanged)
		code = EXIT_REFUSED;
	return code;
}
