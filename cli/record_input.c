/* From a user's map to a payload. The rules are those of proto/kinds; this file decides how faults are told and what
 * happens to warnings. */
#include "cli/record_input.h"

#include "cli/lang.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void record_input_release(struct record_input *in)
{
	links_release(&in->links);
	writer_release(&in->payloads);
	writer_release(&in->map);
	writer_release(&in->resolved);
	writer_release(&in->checked);
}

void record_input_note(struct record_input *in, const struct kind *kind, struct bytes map)
{
	writer_clear(&in->resolved);
	kinds_resolve(kind, map, &in->resolved, links_find, &in->links);
}

static struct links *links_of(struct record_input *in)
{
	return in->shared ? in->shared : &in->links;
}

/* The REF that still stands at a link's path, to say why it was not found. */
static const char *link_error(struct record_input *in, const char *path)
{
	struct bytes text =
	    path[0] ? kinds_str(writer_view(&in->resolved), path) : (struct bytes){NULL, 0};

	return text.size ? links_error(links_of(in), text) : NULL;
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
	const char *link = fault->is_warning ? NULL : link_error(in, fault->path);

	tell(in, fault, link ? link : _(fault->text));
}

void record_input_tell(struct record_input *in, unsigned long line, const struct fault *fault)
{
	in->line = line;
	tell(in, fault, _(fault->text));
}

/* What the links of the map lead to. None stands deeper than its fields. */
static enum err check_links(
    struct record_input *in, const struct field *fields, const struct kind *kind, struct bytes map)
{
	enum err err = ERR_NONE;

	for (const struct field *f = fields; f->name; f++) {
		struct bytes ref =
		    f->type == TYPE_LINK ? kinds_str(map, f->name) : (struct bytes){NULL, 0};
		struct fault fault;

		if (!ref.size || links_fit(links_of(in), kind, f->name, ref, &fault))
			continue;
		tell(in, &fault, _(fault.text));
		err = ERR_FIELD;
	}
	return err;
}

bool record_input_check(
    struct record_input *in, const struct kind *kind, struct bytes map, unsigned long line)
{
	struct fault_sink sink = {.report = tell_fault, .context = in};
	enum err err;

	in->line = line;
	writer_clear(&in->resolved);
	writer_clear(&in->checked);
	err = kinds_resolve(kind, map, &in->resolved, links_find, links_of(in));
	if (!err)
		err = kinds_check(kind, writer_view(&in->resolved), &in->checked, &sink);
	if (!err)
		err = check_links(in, kind->fields, kind, map);
	if (!err)
		err = check_links(in, kind_common_fields, kind, map);
	if (!err)
		return true;
	if (err == ERR_FIELD)
		in->bad_count++;
	else
		record_input_refuse(in, line, err_text(err));
	return false;
}

void record_input_refuse(struct record_input *in, unsigned long line, const char *text)
{
	struct fault fault = {0};

	in->bad_count++;
	in->line = line;
	/* No REF of the record before is meant. */
	writer_clear(&in->resolved);
	snprintf(fault.text, sizeof(fault.text), "%s", text);
	tell_fault(in, &fault);
}

void record_input_accept(struct record_input *in, const struct kind *kind)
{
	struct fault_sink sink = {.report = tell_fault, .context = in};

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
	    _("%zu warnings. A record cannot be taken back once it is signed. Sign all the same? "
	      "[y/N] "),
	    in->lint_count);
	fflush(stderr);
	return fgets(answer, sizeof(answer), stdin) &&
	       (answer[0] == 'y' || answer[0] == 'Y' || answer[0] == 'o');
}

int record_input_judge(struct record_input *in)
{
	if (in->payloads.err)
		return say_error(
		    in->args, in->payloads.err, NULL, "%s", _(err_text(in->payloads.err)));
	if (in->bad_count) {
		if (in->line)
			return say_error(in->args, ERR_FIELD, _("correct them and try again"),
			    _("nothing was published: %zu records are not fit"), in->bad_count);
		return EXIT_REFUSED;
	}
	if (!in->lint_count)
		return EXIT_DONE;
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && asked_and_agreed(in))
		return EXIT_DONE;
	return say_error(in->args, ERR_REFUSED, _("correct them, or insist with --yes"),
	    _("nothing was published: %zu warnings"), in->lint_count);
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
