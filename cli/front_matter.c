/* Markdown to settings. The text is taken apart into "PATH=VALUE" strings first; what they mean is cli/set_fields'
 * business. */
#include "cli/front_matter.h"

#include "cli/lang.h"

#include <string.h>

struct form {
	const struct kind *kind;
	struct writer *kept; /* settings: u32 line, text, NUL */
	struct bytes lang;
	unsigned line;
	bool has_title;
};

static bool take_line(struct bytes *rest, struct bytes *line)
{
	const uint8_t *end;

	if (rest->size == 0)
		return false;
	end = memchr(rest->data, '\n', rest->size);
	line->data = rest->data;
	line->size = end ? (size_t)(end - rest->data) : rest->size;
	rest->data += line->size + (end ? 1 : 0);
	rest->size -= line->size + (end ? 1 : 0);
	if (line->size && line->data[line->size - 1] == '\r')
		line->size--;
	return true;
}

static struct bytes trim(struct bytes text)
{
	while (text.size && strchr(" \t\r\n", text.data[0]) && text.data[0])
		text.data++, text.size--;
	while (text.size && strchr(" \t\r\n", text.data[text.size - 1]) && text.data[text.size - 1])
		text.size--;
	return text;
}

static bool begins(struct bytes text, const char *with)
{
	return text.size >= strlen(with) && memcmp(text.data, with, strlen(with)) == 0;
}

static bool is_fence(struct bytes line)
{
	return bytes_equal(trim(line), BYTES_STR("---"));
}

bool front_matter_is_there(struct bytes text)
{
	struct bytes line;

	if (begins(text, "\xef\xbb\xbf"))
		text = bytes_of(text.data + 3, text.size - 3);
	return take_line(&text, &line) && is_fence(line);
}

/* --- settings -------------------------------------------------------------------------------- */

/* "title.fr" -> the field, and whether a language stands behind it. */
static const struct field *text_field(const struct kind *kind, struct bytes path, bool *has_lang)
{
	const struct field *field = kind_field(kind, path);
	const uint8_t *dot = path.size ? memrchr(path.data, '.', path.size) : NULL;
	size_t before = dot ? (size_t)(dot - path.data) : path.size;

	*has_lang = dot && lang_parse(bytes_of(dot + 1, path.size - before - 1)) != LANG_COUNT;
	if (*has_lang)
		field = kind_field(kind, bytes_of(path.data, before));
	return field && field->type == TYPE_TEXT ? field : NULL;
}

static void put_setting(struct form *form, unsigned line, struct bytes path, struct bytes value)
{
	bool has_lang;
	const struct field *text = text_field(form->kind, path, &has_lang);

	if (value.size == 0)
		return;
	writer_u32(form->kept, line);
	writer_bytes(form->kept, path);
	if (text && !has_lang) {
		writer_str(form->kept, ".");
		writer_bytes(form->kept, form->lang);
	}
	writer_str(form->kept, "=");
	writer_bytes(form->kept, value);
	writer_u8(form->kept, 0);
	if (text && begins(path, "title"))
		form->has_title = true;
}

static struct bytes unquoted(struct bytes value)
{
	if (value.size >= 2 && (value.data[0] == '"' || value.data[0] == '\'') &&
	    value.data[value.size - 1] == value.data[0])
		return bytes_of(value.data + 1, value.size - 2);
	return value;
}

/* "[a, b]" of a field that takes several. */
static void put_list(struct form *form, struct bytes path, struct bytes items)
{
	while (items.size) {
		const uint8_t *comma = memchr(items.data, ',', items.size);
		size_t size = comma ? (size_t)(comma - items.data) : items.size;

		put_setting(form, form->line, path, unquoted(trim(bytes_of(items.data, size))));
		size += comma ? 1 : 0;
		items = bytes_of(items.data + size, items.size - size);
	}
}

static enum err take_setting(struct form *form, struct bytes line, struct why *why)
{
	const uint8_t *colon = line.size ? memchr(line.data, ':', line.size) : NULL;
	const struct field *field;
	struct bytes path, value;

	if (!colon)
		return why_set(why, ERR_FIELD, _("line %u: '%.*s' is not FIELD: VALUE"), form->line,
		    (int)(line.size < 60 ? line.size : 60), (const char *)line.data);
	path = trim(bytes_of(line.data, (size_t)(colon - line.data)));
	value = trim(bytes_of(colon + 1, line.size - (size_t)(colon - line.data) - 1));
	if (bytes_equal(path, BYTES_STR("lang"))) {
		if (lang_parse(value) == LANG_COUNT)
			return why_set(why, ERR_FIELD,
			    _("line %u: a language is ar, fr, en or zgh"), form->line);
		form->lang = value;
		return ERR_NONE;
	}
	field = kind_field(form->kind, path);
	if (field && field->is_list && value.size >= 2 && value.data[0] == '[' &&
	    value.data[value.size - 1] == ']')
		put_list(form, path, bytes_of(value.data + 1, value.size - 2));
	else
		put_setting(form, form->line, path, unquoted(value));
	return ERR_NONE;
}

static enum err take_front(struct form *form, struct bytes *rest, struct why *why)
{
	enum err err = ERR_NONE;
	struct bytes line;

	take_line(rest, &line);
	form->line = 1;
	while (!err && take_line(rest, &line)) {
		form->line++;
		if (is_fence(line))
			return ERR_NONE;
		line = trim(line);
		if (line.size && line.data[0] != '#')
			err = take_setting(form, line, why);
	}
	return err ? err
		   : why_set(why, ERR_FIELD, "%s", _("the front matter has no end: a line `---`"));
}

/* --- body ------------------------------------------------------------------------------------ */

const struct field *front_matter_main_field(const struct kind *kind)
{
	static const char *const names[] = {"text", "solution", "done", "result", "note"};
	const struct field *field;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		field = kind_field(kind, bytes_str(names[i]));
		if (field && field->type == TYPE_TEXT && !field->is_list)
			return field;
	}
	for (field = kind->fields; field->name; field++)
		if (field->type == TYPE_TEXT && !field->is_line && !field->is_list)
			return field;
	return NULL;
}

struct section {
	struct bytes path; /* empty: nowhere yet */
	unsigned line;
	struct writer text;
};

static void end_section(struct form *form, struct section *s)
{
	if (s->text.err)
		writer_fail(form->kept, s->text.err);
	if (s->path.size)
		put_setting(form, s->line, s->path, trim(writer_view(&s->text)));
	writer_clear(&s->text);
}

/* The text of a heading of level 1 or 2. */
static bool is_heading(struct bytes line, struct bytes *text, bool *is_first_level)
{
	size_t level = 0;

	while (level < line.size && line.data[level] == '#')
		level++;
	if (level < 1 || level > 2 || level == line.size || line.data[level] != ' ')
		return false;
	*is_first_level = level == 1;
	*text = trim(bytes_of(line.data + level, line.size - level));
	return text->size > 0;
}

/* Takes what stands within <!-- --> out, over several lines too. */
static void strip_comments(struct writer *out, struct bytes text)
{
	bool is_comment = false;

	while (text.size) {
		const char *mark = is_comment ? "-->" : "<!--";
		bool is_mark = begins(text, mark);
		size_t size = is_mark ? strlen(mark) : 1;

		if (!is_mark && (!is_comment || text.data[0] == '\n'))
			writer_put(out, text.data, 1); /* lines keep their numbers */
		is_comment ^= is_mark;
		text = bytes_of(text.data + size, text.size - size);
	}
}

static enum err take_body(struct form *form, struct bytes body, struct why *why)
{
	const struct field *text = front_matter_main_field(form->kind);
	struct section s = {.line = form->line};
	struct bytes line, heading;
	bool is_first, has_lang;

	if (text)
		s.path = bytes_str(text->name);
	while (take_line(&body, &line)) {
		form->line++;
		if (is_heading(line, &heading, &is_first)) {
			if (text_field(form->kind, heading, &has_lang)) {
				end_section(form, &s);
				s.path = heading;
				s.line = form->line;
				continue;
			}
			if (is_first && !form->has_title && !trim(writer_view(&s.text)).size &&
			    kind_field(form->kind, BYTES_STR("title"))) {
				put_setting(form, form->line, BYTES_STR("title"), heading);
				continue;
			}
		}
		if (!s.path.size && trim(line).size) {
			writer_release(&s.text);
			return why_set(why, ERR_FIELD,
			    _("line %u: %s has no field for a text; begin one with '## FIELD'"),
			    form->line, form->kind->name);
		}
		writer_bytes(&s.text, line);
		writer_str(&s.text, "\n");
	}
	end_section(form, &s);
	writer_release(&s.text);
	return ERR_NONE;
}

static enum err apply(struct set_fields *set, const struct writer *kept, struct why *why)
{
	struct reader r;
	enum err err = ERR_NONE;

	reader_init(&r, writer_view(kept));
	while (!err && reader_left(&r)) {
		unsigned line = reader_u32(&r);
		const char *text = (const char *)kept->data + (kept->size - reader_left(&r));
		struct why inner = {0};

		reader_take(&r, strlen(text) + 1);
		err = set_fields_add(set, text, &inner);
		if (err)
			why_set(why, err, _("line %u: %s"), line, inner.text);
	}
	return err;
}

enum err front_matter_read(
    struct set_fields *set, struct bytes text, struct writer *kept, struct why *why)
{
	struct form form = {.kind = set->kind, .kept = kept, .lang = bytes_str(lang_code())};
	struct writer body = {0};
	enum err err;

	if (begins(text, "\xef\xbb\xbf"))
		text = bytes_of(text.data + 3, text.size - 3);
	if (text.size && memchr(text.data, 0, text.size))
		return why_set(why, ERR_FIELD, "%s", _("it is no text: it holds a zero byte"));
	err = take_front(&form, &text, why);
	if (!err) {
		strip_comments(&body, text);
		err = take_body(&form, writer_view(&body), why);
	}
	if (!err)
		err = body.err ? body.err : kept->err;
	if (!err)
		err = apply(set, kept, why);
	writer_release(&body);
	return err;
}
