/* From a user's map to a payload. The rules are those of proto/kinds; this file decides how faults are told and what
 * happens to warnings. */
#include "cli/record_input.h"

#include "cli/lang.h"
#include "cli/network_words.h"
#include "cli/say.h"
#include "cli/territory.h"
#include "proto/mp.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct links *links_of(struct record_input *in)
{
	return in->shared ? in->shared : &in->links;
}

void record_input_release(struct record_input *in)
{
	links_release(&in->links);
	writer_release(&in->payloads);
	writer_release(&in->map);
	writer_release(&in->resolved);
	writer_release(&in->checked);
}

static void note_member(void *context, const struct kinds_value *value)
{
	struct links *links = context;

	links->needs_codes = links->needs_codes || value->field->type == TYPE_MEMBER;
}

void record_input_note(struct record_input *in, const struct kind *kind, struct bytes map)
{
	writer_clear(&in->resolved);
	kinds_resolve(kind, map, &in->resolved, links_find, &in->links);
	if (!in->links.needs_codes && kind_has(kind, TYPE_MEMBER))
		kinds_each(kind, map, note_member, &in->links);
}

static struct bytes text_of(struct bytes raw)
{
	struct reader r;

	reader_init(&r, raw);
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

/* What stands at the path of a fault, to say more about it than the table of kinds can. */
struct look {
	const char *path;
	const struct field *field;
	struct bytes text;
};

static void look_at(void *context, const struct kinds_value *value)
{
	struct look *look = context;

	if (strcmp(value->path, look->path))
		return;
	look->field = value->field;
	look->text = text_of(value->raw);
}

/* NULL when the fault's own words are best. */
static const char *better_text(
    struct record_input *in, const struct fault *fault, char *out, size_t size)
{
	struct look look = {.path = fault->path};
	char near[120];

	if (!in->kind || !fault->path[0])
		return NULL;
	kinds_each(in->kind, in->record, look_at, &look);
	if (!look.text.size)
		return NULL;
	if (look.field->type == TYPE_LINK)
		return links_error(links_of(in), look.text);
	if (look.field->type != TYPE_TERRITORY || !territory_suggest(look.text, near, sizeof(near)))
		return NULL;
	snprintf(out, size, _("is no code of a territory: did you mean %s?"), near);
	return out;
}

static void tell(struct record_input *in, const struct fault *fault, const char *text)
{
	if (fault->is_warning)
		in->lint_count++;
	if (in->tell)
		in->tell(in->tell_context, in->line, fault, text);
	else
		say_bad_line(in->args, in->line, fault->path[0] ? fault->path : NULL, ERR_FIELD,
		    text, fault->is_warning ? _("--yes publishes it all the same") : NULL);
}

static void tell_fault(void *context, const struct fault *fault)
{
	struct record_input *in = context;
	char text[200];
	const char *better = fault->is_warning ? NULL : better_text(in, fault, text, sizeof(text));

	tell(in, fault, better ? better : _(fault->text));
}

void record_input_tell(struct record_input *in, unsigned long line, const struct fault *fault)
{
	in->line = line;
	tell(in, fault, _(fault->text));
}

/* What a record only names: records, members, territories. */
struct named {
	struct record_input *in;
	bool is_bad;
};

static void refuse_named(struct named *named, const char *path, const char *text)
{
	struct fault fault = {0};

	snprintf(fault.path, sizeof(fault.path), "%s", path);
	named->is_bad = true;
	tell(named->in, &fault, text);
}

static void check_member(struct named *named, const char *path, struct bytes code)
{
	const struct links *links = links_of(named->in);
	const char *nearest;
	char text[160];

	if (links_member(links, code))
		return;
	nearest = word_nearest(code, links->codes);
	snprintf(text, sizeof(text),
	    nearest ? _("names no member of this network: did you mean '%s'?")
		    : _("names no member of this network"),
	    nearest);
	refuse_named(named, path, text);
}

static void check_territory(struct named *named, const char *path, struct bytes code)
{
	char near[120];
	char text[200];

	if (territory_is_known(code))
		return;
	if (territory_suggest(code, near, sizeof(near)))
		snprintf(text, sizeof(text), _("is no territory: did you mean %s?"), near);
	else
		snprintf(text, sizeof(text), "%s", _("is no territory that is known here"));
	refuse_named(named, path, text);
}

static void check_named(void *context, const struct kinds_value *value)
{
	struct named *named = context;
	struct bytes text = text_of(value->raw);
	struct fault fault;

	if (!text.size)
		return;
	if (value->field->type == TYPE_MEMBER)
		check_member(named, value->path, text);
	else if (value->field->type == TYPE_TERRITORY)
		check_territory(named, value->path, text);
	else if (value->field->type == TYPE_LINK &&
		 !links_fit(links_of(named->in), named->in->kind, value->path, text, &fault))
		refuse_named(named, value->path, _(fault.text));
}

/* Whether anything has to be looked up: most records name nobody and nothing. */
struct names {
	bool has_ref; /* the name of a record where its link belongs */
	bool has_member;
	bool has_any;
};

static void note_name(void *context, const struct kinds_value *value)
{
	struct names *names = context;
	struct reader r;

	if (value->field->type != TYPE_LINK && value->field->type != TYPE_MEMBER &&
	    value->field->type != TYPE_TERRITORY)
		return;
	reader_init(&r, value->raw);
	names->has_any = true;
	names->has_member = names->has_member || value->field->type == TYPE_MEMBER;
	names->has_ref =
	    names->has_ref || (value->field->type == TYPE_LINK && mp_peek(&r) == MP_STR);
}

bool record_input_check(
    struct record_input *in, const struct kind *kind, struct bytes map, unsigned long line)
{
	struct fault_sink sink = {.report = tell_fault, .context = in};
	struct named named = {in, false};
	struct names names = {false, false, false};
	enum err err = ERR_NONE;

	in->line = line;
	in->kind = kind;
	in->record = map;
	writer_clear(&in->resolved);
	writer_clear(&in->checked);
	kinds_each_scanned(kind, map, note_name, &names);
	if (in->is_blind && (names.has_ref || names.has_member)) {
		in->is_stuck = true;
		return false;
	}
	if (names.has_ref) {
		err = kinds_resolve(kind, map, &in->resolved, links_find, links_of(in));
		in->record = writer_view(&in->resolved);
	}
	if (!err)
		err = kinds_check(kind, in->record, &in->checked, &sink);
	if (!err && names.has_any)
		kinds_each_scanned(kind, map, check_named, &named);
	if (named.is_bad)
		err = ERR_FIELD;
	if (!err)
		return true;
	if (err == ERR_FIELD)
		in->bad_count++;
	else
		record_input_refuse(in, line, err_text(err));
	return false;
}

struct bytes record_input_shape(struct record_input *in, const struct kind *kind, struct bytes map)
{
	struct fault_sink silent = {0};

	writer_clear(&in->resolved);
	writer_clear(&in->checked);
	if (kinds_resolve(kind, map, &in->resolved, links_find, links_of(in)))
		return map;
	return kinds_check(kind, writer_view(&in->resolved), &in->checked, &silent)
		   ? writer_view(&in->resolved)
		   : writer_view(&in->checked);
}

void record_input_refuse(struct record_input *in, unsigned long line, const char *text)
{
	struct fault fault = {0};

	in->bad_count++;
	in->line = line;
	/* Nothing of the record before is meant. */
	in->kind = NULL;
	snprintf(fault.text, sizeof(fault.text), "%s", text);
	tell_fault(in, &fault);
}

static bool network_knows(void *context, const char *vocabulary, struct bytes word)
{
	const struct record_input *in = context;

	return network_words_know(in->args, in->client, vocabulary, word);
}

void record_input_accept(struct record_input *in, const struct kind *kind)
{
	struct fault_sink sink = {.report = tell_fault, .context = in, .knows = network_knows};

	if (!args_has(in->args, "--yes"))
		kinds_lint(kind, writer_view(&in->checked), &sink);
	writer_u16(&in->payloads, kind->number);
	writer_u32(&in->payloads, (uint32_t)in->checked.size);
	writer_bytes(&in->payloads, writer_view(&in->checked));
	in->count++;
}

bool record_input_put(
    struct record_input *in, const struct kind *kind, struct bytes map, unsigned long line)
{
	if (!record_input_check(in, kind, map, line))
		return false;
	record_input_accept(in, kind);
	return true;
}

static bool asked_and_agreed(const struct record_input *in)
{
	char answer[8] = "";

	fprintf(stderr,
	    _("Warnings: %zu. A record cannot be taken back once it is signed. Sign all the same? "
	      "[y/N] "),
	    in->lint_count);
	fflush(stderr);
	return fgets(answer, sizeof(answer), stdin) &&
	       (answer[0] == 'y' || answer[0] == 'Y' || answer[0] == 'o' || answer[0] == 'O');
}

int record_input_judge(struct record_input *in)
{
	if (in->payloads.err)
		return say_error(
		    in->args, in->payloads.err, NULL, "%s", _(err_text(in->payloads.err)));
	if (in->bad_count) {
		if (in->line)
			return say_error(in->args, ERR_FIELD, _("correct them and try again"),
			    _("nothing was published; records that are not fit: %zu"),
			    in->bad_count);
		return EXIT_REFUSED;
	}
	if (!in->lint_count)
		return EXIT_DONE;
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && asked_and_agreed(in))
		return EXIT_DONE;
	return say_error(in->args, ERR_REFUSED, _("correct them, or insist with --yes"),
	    _("nothing was published, there are warnings: %zu"), in->lint_count);
}

void record_cursor_init(struct record_cursor *cursor, const struct record_input *in)
{
	reader_init(&cursor->r, writer_view(&in->payloads));
}

bool record_cursor_next(
    struct record_cursor *cursor, const struct kind **kind, struct bytes *payload)
{
	uint32_t size;

	if (!reader_left(&cursor->r))
		return false;
	*kind = kind_by_number(reader_u16(&cursor->r));
	size = reader_u32(&cursor->r);
	*payload = reader_take(&cursor->r, size);
	return cursor->r.err == ERR_NONE && *kind;
}

const struct kind *record_kind(const struct args *args, struct bytes name)
{
	const struct kind *kind = kind_by_name(name);
	char hint[160] = "";

	if (kind && kind->is_published)
		return kind;
	if (!kind)
		kind = kind_nearest(name);
	if (kind && kind->is_published)
		snprintf(hint, sizeof(hint), _("did you mean '%s'?"), kind->name);
	else
		snprintf(hint, sizeof(hint), "%s", _("`commune schema` lists the kinds"));
	say_usage(args, hint, _("there is no kind '%.*s' to publish"), (int)name.size,
	    (const char *)name.data);
	return NULL;
}
