/* Checks records before they are published. Decides nothing: the table of kinds does, and the roster
 * knows who is a member; a link that leads nowhere is said. */
#include "daemon/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/row.h"
#include "proto/audit.h"
#include "proto/roster.h"
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

static void refuse(struct check *c, const struct fault *fault)
{
	on_fault(c, fault);
	c->refused = ERR_FIELD;
}

/* --- links ----------------------------------------------------------------------------------- */

struct link_walk {
	struct check *check;
	struct writer links; /* raw, as they come */
	uint32_t count;
	struct reader answers; /* one for each link, in the same order */
};

static void each_payload(
    struct check *c, void (*visit)(void *context, const struct kinds_value *value), void *context)
{
	size_t at = 0;

	for (c->row = 0; c->row < c->count; c->row++) {
		kinds_each(
		    c->kind, bytes_of(c->payloads.data + at, c->sizes[c->row]), visit, context);
		at += c->sizes[c->row];
	}
}

static void gather_link(void *context, const struct kinds_value *value)
{
	struct link_walk *w = context;

	if (value->field->type != TYPE_LINK)
		return;
	writer_bytes(&w->links, value->raw);
	w->count++;
}

/* A link to what is not held here is said, never refused: it may be on its way. */
static void note_missing(struct check *c, const char *path)
{
	mp_put_map(&c->missing, 2);
	row_text(&c->missing, "field", path);
	row_uint(&c->missing, "row", c->row);
	c->missing_count++;
}

static void judge_link(void *context, const struct kinds_value *value)
{
	struct link_walk *w = context;
	struct check *c = w->check;
	struct bytes answer;
	struct reader kind, member;
	struct fault fault;
	bool is_own;

	if (value->field->type != TYPE_LINK)
		return;
	answer = mp_raw(&w->answers);
	reader_init(&kind, mp_get(answer, "kind"));
	reader_init(&member, mp_get(answer, "member"));
	if (mp_peek(&kind) != MP_INT || mp_peek(&member) != MP_STR) {
		note_missing(c, value->path);
		return;
	}
	is_own = bytes_equal(mp_str(&member), bytes_str(c->member));
	if (!kinds_link_fits(c->kind, value->path, (uint16_t)mp_uint(&kind), is_own, &fault))
		refuse(c, &fault);
}

static void check_targets(struct check *c)
{
	struct link_walk w = {.check = c};
	struct writer params = {0}, answer = {0};
	struct why why = {0};

	each_payload(c, gather_link, &w);
	mp_put_map(&params, 1);
	mp_put_cstr(&params, "links");
	mp_put_array(&params, w.count);
	writer_bytes(&params, writer_view(&w.links));
	c->refused = params.err ? params.err : w.links.err;
	if (!c->refused)
		c->refused = query_run(&c->source, "targets", writer_view(&params), &answer, &why);
	if (!c->refused) {
		reader_init(&w.answers, mp_get(writer_view(&answer), "rows"));
		mp_array(&w.answers);
		each_payload(c, judge_link, &w);
	}
	writer_release(&params);
	writer_release(&answer);
	writer_release(&w.links);
}

/* --- members --------------------------------------------------------------------------------- */

struct member_walk {
	struct check *check;
	const struct roster *roster;
};

static void judge_member(void *context, const struct kinds_value *value)
{
	struct member_walk *w = context;
	struct fault fault = {.text = "names no member of this network"};
	char code[CODE_SIZE_MAX + 1] = "";
	struct bytes text;
	struct reader r;

	if (value->field->type != TYPE_MEMBER)
		return;
	reader_init(&r, value->raw);
	text = mp_str(&r);
	if (r.err == ERR_NONE && text.size < sizeof(code))
		memcpy(code, text.data, text.size);
	if (roster_member(w->roster, code))
		return;
	snprintf(fault.path, sizeof(fault.path), "%s", value->path);
	refuse(w->check, &fault);
}

/* Coordinator and observer are what the roster says, not what a member says of itself. */
static void check_roles(struct check *c, const struct roster *roster)
{
	const struct member *me;
	size_t at = 0;

	/* An attestation has a link: whose it will be is known. */
	if (c->kind->number != KIND_ATTESTATION || !c->member)
		return;
	me = roster_member(roster, c->member);
	if (!me)
		return; /* nobody yet: what it drafts is judged by those who read it */
	for (c->row = 0; c->row < c->count; c->row++) {
		struct fault fault = {.path = "role"};
		enum audit_role role =
		    audit_role_read(bytes_of(c->payloads.data + at, c->sizes[c->row]));

		at += c->sizes[c->row];
		snprintf(fault.text, sizeof(fault.text), "is not that of %s, which is a %s",
		    me->code, member_kind_name(me->kind));
		if (!audit_role_fits(role, me->kind, me->is_coordinator))
			refuse(c, &fault);
	}
}

enum err check_members(struct check *c, const struct roster *roster)
{
	struct member_walk w = {c, roster};

	c->refused = ERR_NONE;
	if (kind_has(c->kind, TYPE_MEMBER))
		each_payload(c, judge_member, &w);
	check_roles(c, roster);
	return c->refused;
}

/* --- records --------------------------------------------------------------------------------- */

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
	writer_reserve(&c->payloads, c->records.size);
	for (c->row = 0; c->row < c->count && first != ERR_MEMORY; c->row++) {
		enum err err = check_one(c, mp_bin(&r), &sink);
		if (err && (!first || err == ERR_MEMORY))
			first = err;
	}
	if (!first)
		first = c->payloads.err;
	if (!first && check_has_links(c)) {
		check_targets(c);
		first = c->refused;
	}
	return first;
}
