/* A blank form of a kind. What the fields are comes from the table of kinds, how the text is read back from
 * cli/front_matter. */
#include "cli/form.h"

#include "cli/front_matter.h"
#include "cli/lang.h"

#include <stdio.h>
#include <string.h>

static const char *label_of(const struct label *label)
{
	enum lang lang = lang_parse(bytes_str(lang_code()));
	const char *text = lang < LANG_ZGH ? label->in[lang] : NULL;

	return text ? text : label->in[LANG_EN];
}

static bool is_section(const struct field *f)
{
	return f->type == TYPE_TEXT && !f->is_line && !f->is_list;
}

static void put_words(struct writer *out, const struct field *f)
{
	for (size_t i = 0; f->words && f->words->words[i]; i++)
		writer_printf(out, "%s%s", i ? ", " : _(": "), f->words->words[i]);
}

/* "# name (needed): what it holds", then the line to fill in. */
static void put_field(struct writer *out, const char *path, const struct field *f, bool is_needed)
{
	writer_printf(out, "# %s%s — %s", label_of(&f->label), is_needed ? " *" : "", _(f->help));
	put_words(out, f);
	if (f->is_list)
		writer_printf(out, " (%s)", _("may be given again"));
	writer_printf(out, "\n%s:\n", path);
}

static void put_money(struct writer *out, const char *path, const struct field *f, bool is_needed)
{
	writer_printf(out, "# %s%s — %s\n%s.amount:\n%s.currency:\n", label_of(&f->label),
	    is_needed ? " *" : "", _(f->help), path, path);
}

static void put_fields(
    struct writer *out, const char *before, const struct field *fields, bool is_needed)
{
	for (const struct field *f = fields; f->name; f++) {
		char path[FAULT_PATH_MAX];
		bool needed = is_needed && f->is_required;

		snprintf(path, sizeof(path), "%s%s%s", before, *before ? "." : "", f->name);
		if (f->type == TYPE_MAP)
			put_fields(out, path, f->fields, needed);
		else if (f->type == TYPE_MONEY)
			put_money(out, path, f, needed);
		else if (f->type != TYPE_COLUMNS && !(is_section(f) && !*before))
			put_field(out, path, f, needed);
	}
}

static void put_sections(struct writer *out, const struct field *fields)
{
	for (const struct field *f = fields; f->name; f++)
		if (is_section(f))
			writer_printf(out, "\n## %s\n<!-- %s%s — %s -->\n\n", f->name,
			    label_of(&f->label), f->is_required ? " *" : "", _(f->help));
}

void form_write(struct writer *out, const struct kind *kind)
{
	writer_printf(out, "---\n# %s%s%s\n", label_of(&kind->label), _(": "), _(kind->help));
	writer_printf(out, "# %s\n# %s\n# %s\n\n",
	    _("Fill in what you know; * is needed, what stays empty is left out."),
	    _("A text in another language has its code behind the name: title.ar, title.fr, "
	      "title.en, title.zgh."),
	    _("Save and close to go on; a form that is closed unchanged publishes nothing."));
	writer_printf(out, "lang: %s\n\n", lang_code());
	put_fields(out, "", kind->fields, true);
	put_fields(out, "", kind_common_fields, true);
	writer_str(out, "---\n");
	put_sections(out, kind->fields);
	put_sections(out, kind_common_fields);
}
