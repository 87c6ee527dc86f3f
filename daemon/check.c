/* Checks records before they are published. Decides nothing: kinds_check does, and a link that leads nowhere is said. */
#include "daemon/check.h"

#include <stdlib.h>

#include "daemon/row.h"
#include "store/view_rows.h"

/* Faults named in one answer; whoever has more sees them after these. */
#define FAULTS_MAX 200

static void on_fault(void *context, const struct fault *fault)
{
	struct check *c = context;

	if (fault->is_warning || c->fault_count == FAULTS_MAX)
		return;
	mp_put_map(&c->faults, 3);
	row_text(&c->faults, "field", fault->path);
	row_uint(&c->faults, "row", c->row);
	row_text(&c->faults, "text", fault->text);
	c->fault_count++;
}

/* Asks the store which links lead to records that are not here: said, never refused. */
static void look_for_targets(struct check *c)
{
	struct writer params = {0};
	struct why why = {0};
	size_t at = 0;

	mp_put_map(&params, 1);
	mp_put_cstr(&params, "payloads");
	mp_put_array(&params, c->count);
	for (uint32_t i = 0; i < c->count; i++) {
		mp_put_bin(&params, c->payloads.data + at, c->sizes[i]);
		at += c->sizes[i];
	}
	if (params.err || query_run(&c->source, "missing", writer_view(&params), &c->missing, &why))
		writer_clear(&c->missing);
	writer_release(&params);
}

static void note_link(void *context, const struct view_link *link)
{
	bool *has_links = context;

	(void)link;
	*has_links = true;
}

bool check_has_links(const struct check *c)
{
	bool found = false;
	struct reader r;

	reader_init(&r, c->records);
	for (uint32_t i = 0; i < c->count && !found; i++)
		view_links(mp_bin(&r), note_link, &found);
	return found;
}

bool check_init(struct check *c)
{
	c->sizes = calloc(c->count, sizeof(*c->sizes));
	return c->sizes != NULL;
}

void check_release(struct check *c)
{
	writer_release(&c->payloads);
	writer_release(&c->missing);
	writer_release(&c->faults);
	free(c->sizes);
}

static enum err check_one(struct check *c, struct bytes record, const struct fault_sink *sink)
{
	size_t start = c->payloads.size;
	enum err err = kinds_check(c->kind, record, &c->payloads, sink);

	c->sizes[c->row] = (uint32_t)(c->payloads.size - start);
	if (err == ERR_LIMIT)
		on_fault(c, &(struct fault){.text = "the record is larger than 64 KiB"});
	return err;
}

enum err check_records(struct check *c)
{
	const struct fault_sink sink = {.report = on_fault, .context = c};
	enum err first = ERR_NONE;
	struct reader r;

	reader_init(&r, c->records);
	for (c->row = 0; c->row < c->count && first != ERR_MEMORY; c->row++) {
		enum err err = check_one(c, mp_bin(&r), &sink);
		if (err && (!first || err == ERR_MEMORY))
			first = err;
	}
	if (!first)
		first = c->payloads.err;
	if (!first && check_has_links(c))
		look_for_targets(c);
	return first;
}
