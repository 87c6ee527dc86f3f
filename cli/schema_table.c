/* One row a field, under the path by which it is set. Decides what is said of a field; what it may hold is decided by
 * the table of kinds. */
#include "cli/schema_table.h"

#include "cli/lang.h"
#include "cli/out.h"
#include "cli/row.h"

#include <string.h>

static const struct column columns[] = {
    {"field", N_("field"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
    {"required", N_("required"), SHAPE_TEXT, COLUMN_TABLE},
    {"label", N_("name"), SHAPE_TEXT, COLUMN_TABLE},
    {"holds", N_("holds"), SHAPE_TEXT, COLUMN_TABLE},
    {NULL, NULL, SHAPE_TEXT, 0},
};

static const char *label_of(const struct label *label)
{
	enum lang lang = lang_parse(bytes_str(lang_code()));
	const char *text = lang < LANG_ZGH ? label->in[lang] : NULL;

	return text ? text : label->in[LANG_EN];
}

static const char *type_of(enum field_type type)
{
	switch (type) {
	case TYPE_TEXT:
		return N_("text: .ar .fr .en .zgh");
	case TYPE_STR:
		return N_("text");
	case TYPE_INT:
		return N_("whole number");
	case TYPE_BOOL:
		return N_("yes or no");
	case TYPE_DATE:
		return N_("date YYYY[-MM[-DD]]");
	case TYPE_TIME:
		return N_("time, ms since 1970 UTC");
	case TYPE_DECIMAL:
		return N_("number such as 12.5");
	case TYPE_LANG:
		return N_("language: ar, fr, zgh, …");
	case TYPE_MEMBER:
		return N_("code of a member");
	case TYPE_TERRITORY:
		return N_("code of a territory: RR, RR.PPP or RR.PPP.CC.NN");
	case TYPE_MONEY:
		return N_("amount in the minor unit: .amount=5000 .currency=MAD");
	case TYPE_WORD:
		return N_("one of: ");
	case TYPE_URL:
		return N_("address, https:// or http://");
	case TYPE_LINK:
		return N_("a record, by its REF");
	case TYPE_HASH:
		return N_("64 hex digits");
	case TYPE_COLUMNS:
		return N_("text under any name: .NAME=…");
	case TYPE_MAP:
		break;
	}
	return "";
}

void schema_table_holds(struct writer *w, const struct field *field)
{
	writer_str(w, _(type_of(field->type)));
	for (size_t i = 0; field->words && field->words->words[i]; i++) {
		writer_str(w, i ? ", " : "");
		writer_str(w, field->words->words[i]);
	}
	if (field->is_list)
		writer_printf(w, "%s%s", _("; "), _("may be given again"));
}

static void put_field(
    struct out *out, const char *path, const struct field *field, bool is_required)
{
	struct writer holds = {0};
	struct row row = {0};

	schema_table_holds(&holds, field);
	row_cstr(&row, "field", path);
	row_cstr(&row, "required", is_required ? _("yes") : "");
	row_cstr(&row, "label", label_of(&field->label));
	row_str(&row, "holds", writer_view(&holds));
	out_row(out, row_view(&row));
	row_release(&row);
	writer_release(&holds);
}

/* A map stands for its fields alone. What it must hold is required only where the map itself is. */
static void put_fields(
    struct out *out, const char *before, const struct field *fields, bool is_required)
{
	for (const struct field *f = fields; f->name; f++) {
		char path[FAULT_PATH_MAX];
		bool is_needed = is_required && f->is_required;

		snprintf(path, sizeof(path), "%s%s%s", before, *before ? "." : "", f->name);
		if (f->type == TYPE_MAP)
			put_fields(out, path, f->fields, is_needed);
		else
			put_field(out, path, f, is_needed);
	}
}

void schema_table_show(const struct args *args, const struct kind *kind)
{
	struct out out;

	out_init(&out, args);
	out.format = &out_table;
	out.columns = columns;
	put_fields(&out, "", kind->fields, true);
	put_fields(&out, "", kind_common_fields, true);
	out_end(&out);
}
