/* The manual's page of kinds, out of the table of kinds: every field with its path, what it holds and what it is for, and
 * the rules between fields. */
#include "cli/help.h"

#include "cli/lang.h"
#include "cli/roff.h"
#include "cli/schema_table.h"

#include <string.h>

static void put_field(FILE *to, const char *path, const struct field *field, bool is_required)
{
	struct writer text = {0};

	writer_str(&text, _(field->help));
	writer_str(&text, " (");
	schema_table_holds(&text, field);
	for (unsigned i = 0; field->targets && field->targets[i]; i++)
		writer_printf(
		    &text, "%s%s", i ? ", " : ": ", kind_by_number(field->targets[i])->name);
	writer_str(&text, ")");
	writer_u8(&text, 0);
	if (!text.err)
		roff_term(to, path, is_required ? _("required") : NULL, (const char *)text.data);
	writer_release(&text);
}

static void put_fields(FILE *to, const char *before, const struct field *fields, bool is_required)
{
	for (const struct field *f = fields; f && f->name; f++) {
		char path[FAULT_PATH_MAX];
		bool is_needed = is_required && f->is_required;

		snprintf(path, sizeof(path), "%s%s%s%s", before, *before ? "." : "", f->name,
		    f->type == TYPE_MAP && f->is_list ? "[]" : "");
		if (f->type == TYPE_MAP)
			put_fields(to, path, f->fields, is_needed);
		else
			put_field(to, path, f, is_needed);
	}
}

static void put_rules(FILE *to, const struct kind *kind)
{
	fputs(".PP\n", to);
	for (const struct rule *rule = kind->rules; rule->a; rule++) {
		roff_text(to, rule->a);
		if (rule->b) {
			fputs(", ", to);
			roff_text(to, rule->b);
		}
		fputs(": ", to);
		roff_text(to, _(rule->text));
		fputs(".\n.br\n", to);
	}
}

static void put_kind(FILE *to, const struct kind *kind)
{
	fputs(".SH ", to);
	roff_text(to, kind->name);
	fprintf(to, "\nNumber %u, ", kind->number);
	roff_text(to, kind->label.in[LANG_AR]);
	fputs(", ", to);
	roff_text(to, kind->label.in[LANG_FR]);
	fputs(": ", to);
	roff_text(to, _(kind->help));
	fputs(".\n", to);
	put_fields(to, "", kind->fields, true);
	put_rules(to, kind);
}

void help_kinds(FILE *to)
{
	const struct kind *kind;

	fputs(".\\\" Made from the table of kinds; do not edit.\n.TH COMMUNE\\-KINDS 7 \"\" \"Open "
	      "Communes " VERSION "\" \"Open Communes\"\n.SH NAME\ncommune\\-kinds \\- ",
	    to);
	roff_text(to, _("kinds of records and their fields"));
	fputs("\n.SH DESCRIPTION\n", to);
	roff_paragraphs(to,
	    _("A record is a map of the fields of its kind, as `commune publish KIND` reads it. "
	      "Paths are those of --set; [] stands where there may be several. Numbers below 128 "
	      "are what is owed and judged: their payload is erased by a decision of the roster "
	      "alone, that of others by their member as well."));
	fputs(".SH \"FIELDS OF ALL KINDS\"\n", to);
	put_fields(to, "", kind_common_fields, true);
	for (size_t i = 0; (kind = kind_at(i)); i++)
		if (kind->is_published)
			put_kind(to, kind);
	fputs(".SH \"SEE ALSO\"\n.BR commune\\-publish (1),\n.BR commune\\-schema (1)\n", to);
}
