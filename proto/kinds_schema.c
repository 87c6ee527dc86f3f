/* The table of kinds as JSON Schema 2020-12, for editors and for programs that write records. It
 * says what `commune publish` reads: a link is the name of a record there. */
#include <string.h>

#include "proto/decimal.h"
#include "proto/json.h"
#include "proto/kinds_table.h"
#include "proto/limits.h"
#include "proto/mp.h"

static void put_pair(struct writer *w, const char *name, const char *text)
{
	writer_printf(w, "\"%s\":", name);
	json_print_str(w, bytes_str(text));
}

/* What text_lint refuses, as the inside of a class of characters: controls and, in what is one line, controls of writing
 * direction. Lengths are in characters there and in bytes here, so both are said. */
#define CONTROLS \
	"\\\\u0000-\\\\u0008\\\\u000b\\\\u000c\\\\u000e-\\\\u001f\\\\u007f-" \
	"\\\\u009f\\\\u2028\\\\u2029"
#define MARKS "\\\\ufeff\\\\ufff9-\\\\ufffb"
#define BIDI "\\\\u202a-\\\\u202e\\\\u2066-\\\\u2069"
#define BLANKS " \\\\t\\\\r\\\\n"
#define IN_LINE CONTROLS BIDI MARKS

static void put_defs(struct writer *w)
{
	writer_str(w,
	    "\"$defs\":{\"line\":{\"type\":\"string\",\"minLength\":1,\"pattern\":\"^[^" IN_LINE
	    "]*[^" BLANKS IN_LINE "][^" IN_LINE "]*$\"},"
	    "\"text\":{\"type\":\"string\",\"minLength\":1,\"pattern\":\"^[^" CONTROLS MARKS
	    "]*$\"},\"currency\":{\"enum\":[");
	for (const char *code = currency_codes; *code; code += 4)
		writer_printf(w, "%s\"%.3s\"", code == currency_codes ? "" : ",", code);
	writer_str(w, "]}},");
}

static void put_string(struct writer *w, const struct field *field)
{
	writer_printf(w, "\"$ref\":\"#/$defs/%s\",\"maxLength\":%u,\"x-maxBytes\":%u",
	    field->is_line ? "line" : "text", field->size_max, field->size_max);
}

/* Values are millionths within +-(2^53 - 1). */
static void put_decimal(struct writer *w, const struct field *field)
{
	bool is_percent = field->min == 0 && field->max == 100;
	bool is_bounded = field->min != field->max;
	long long most = MP_INT_MAX / DECIMAL_ONE;

	writer_printf(w,
	    "\"type\":[\"string\",\"integer\"],\"minimum\":%lld,\"maximum\":%lld,\"maxLength\":%d,",
	    is_bounded ? (long long)field->min : -most, is_bounded ? (long long)field->max : most,
	    DECIMAL_SIZE_MAX);
	if (is_percent)
		writer_str(w, "\"pattern\":\"^(100([.]0+)?|[1-9]?[0-9]([.][0-9]{1,6}0*)?)$\"");
	else
		writer_str(w, "\"pattern\":\"^-?(0|[1-9][0-9]{0,9})([.][0-9]{1,6}0*)?$\"");
}

static void put_date(struct writer *w, const struct field *field)
{
	writer_str(w, "\"type\":\"string\",\"pattern\":\"^[12][0-9]{3}");
	if (field->size_max != 4)
		writer_str(w, "(-(0[1-9]|1[0-2])|-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|"
			      "-(0[469]|11)-(0[1-9]|[12][0-9]|30)|-02-(0[1-9]|[12][0-9]))?");
	writer_str(w, "$\"");
}

static void put_words(struct writer *w, const struct field *field)
{
	const char *separator = "";

	if (field->words->is_open) {
		writer_printf(w,
		    "\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_-]{0,%d}$\",\"examples\":[",
		    WORD_SIZE_MAX - 1);
	} else {
		writer_str(w, "\"type\":\"string\",\"enum\":[");
	}
	for (const char *const *word = field->words->words; *word; word++) {
		writer_printf(w, "%s\"%s\"", separator, *word);
		separator = ",";
	}
	for (const char *const *word = unknown_words; field->has_unknowns && *word; word++)
		writer_printf(w, ",\"%s\"", *word);
	writer_str(w, "]");
}

static void put_text(struct writer *w, const struct field *field)
{
	const char *separator = "";

	writer_str(w, "\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":false,"
		      "\"properties\":{");
	for (unsigned i = 0; i < LANG_COUNT; i++) {
		writer_printf(w, "%s\"%s\":{", separator, lang_codes[i]);
		put_string(w, field);
		writer_str(w, "}");
		separator = ",";
	}
	writer_str(w, "}");
}

static void put_link(struct writer *w, const struct field *field)
{
	writer_str(w,
	    "\"type\":\"string\",\"pattern\":\"^([a-z][a-z0-9-]{0,31}([.][0-9]+)?/[0-9]+|[0-9a-f]"
	    "{8,64})$\"");
	if (!field->targets)
		return;
	writer_str(w, ",\"x-targets\":[");
	for (unsigned i = 0; field->targets[i]; i++)
		writer_printf(w, "%s%u", i ? "," : "", field->targets[i]);
	writer_str(w, "]");
}

static void put_object(struct writer *w, const struct field *fields, const struct field *common);

static void put_type(struct writer *w, const struct field *field)
{
	switch (field->type) {
	case TYPE_TEXT:
		put_text(w, field);
		return;
	case TYPE_STR:
		put_string(w, field);
		return;
	case TYPE_INT:
		writer_printf(w, "\"type\":\"integer\",\"minimum\":%lld,\"maximum\":%lld",
		    (long long)field->min, (long long)field->max);
		return;
	case TYPE_DECIMAL:
		put_decimal(w, field);
		return;
	case TYPE_LANG:
		writer_str(w,
		    "\"type\":\"string\",\"maxLength\":35,\"pattern\":\"^[A-Za-z]{2,8}(-[A-Za-z0-9]"
		    "{1,8})*$\"");
		return;
	case TYPE_MEMBER:
		writer_printf(w, "\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9-]{0,%d}$\"",
		    CODE_SIZE_MAX - 1);
		return;
	case TYPE_TERRITORY:
		writer_str(w, "\"type\":\"string\",\"pattern\":\"^(MA-(0[1-9]|1[0-2])|(0[1-9]|1[0-"
			      "2])([.][0-9]{3}"
			      "([.][0-9]{2}([.][0-9]{1,2})"
			      "?|[.][0-9][.][0-9]{2})?)?)(@[0-9]{4})?$\"");
		return;
	case TYPE_BOOL:
		writer_str(w, "\"type\":\"boolean\"");
		return;
	case TYPE_DATE:
		put_date(w, field);
		return;
	case TYPE_TIME:
		writer_str(w, "\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991");
		return;
	case TYPE_MONEY:
		writer_str(w,
		    "\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"amount\","
		    "\"currency\"],\"properties\":{\"amount\":{\"type\":\"integer\",\"minimum\":-"
		    "9007199254740991,"
		    "\"maximum\":9007199254740991},\"currency\":{\"$ref\":\"#/$defs/currency\"}}");
		return;
	case TYPE_WORD:
		put_words(w, field);
		return;
	case TYPE_URL:
		writer_printf(w,
		    "\"type\":\"string\",\"format\":\"iri\",\"pattern\":\"^https?://"
		    "[^\\\\u0000-\\\\u0020"
		    "\\\"<>" IN_LINE "]+$\",\"maxLength\":%d,\"x-maxBytes\":%d",
		    URL_SIZE_MAX, URL_SIZE_MAX);
		return;
	case TYPE_LINK:
		put_link(w, field);
		return;
	case TYPE_HASH:
		writer_str(w, "\"type\":\"string\",\"pattern\":\"^[0-9A-Fa-f]{64}$\"");
		return;
	case TYPE_MAP:
		put_object(w, field->fields, NULL);
		return;
	case TYPE_COLUMNS:
		writer_printf(w,
		    "\"type\":\"object\",\"maxProperties\":%u,\"additionalProperties\":"
		    "{\"type\":\"string\"}",
		    field->count_max);
		return;
	}
}

static void put_field(struct writer *w, const struct field *field)
{
	writer_printf(w, "\"%s\":{", field->name);
	put_pair(w, "title", field->label.in[LANG_EN]);
	writer_str(w, ",");
	put_pair(w, "description", field->help);
	writer_str(w, ",\"x-labels\":{");
	put_pair(w, "ar", field->label.in[LANG_AR]);
	writer_str(w, ",");
	put_pair(w, "fr", field->label.in[LANG_FR]);
	writer_str(w, "},");
	if (field->is_list)
		writer_printf(w, "\"type\":\"array\",\"minItems\":1,\"maxItems\":%u,\"items\":{",
		    field->count_max);
	put_type(w, field);
	writer_str(w, field->is_list ? "}}" : "}");
}

static void put_object(struct writer *w, const struct field *fields, const struct field *common)
{
	const struct field *const lists[] = {fields, common};
	const char *separator = "";

	writer_str(w, "\"type\":\"object\",\"additionalProperties\":false,\"required\":[");
	for (const struct field *field = fields; field && field->name; field++) {
		if (!field->is_required)
			continue;
		writer_printf(w, "%s\"%s\"", separator, field->name);
		separator = ",";
	}
	writer_str(w, "],\"properties\":{");
	separator = "";
	for (unsigned i = 0; i < 2; i++)
		for (const struct field *field = lists[i]; field && field->name; field++) {
			writer_str(w, separator);
			put_field(w, field);
			separator = ",";
		}
	writer_str(w, "}");
}

/* What a map must hold at a dotted path; condition: what the value there must be, may be "". */
static void put_requirement(struct writer *w, const char *path, const char *condition)
{
	size_t size = strcspn(path, ".");

	writer_printf(w, "{\"required\":[\"%.*s\"]", (int)size, path);
	if (path[size] != '.' && !*condition) {
		writer_str(w, "}");
		return;
	}
	writer_printf(w, ",\"properties\":{\"%.*s\":", (int)size, path);
	if (path[size] == '.')
		put_requirement(w, path + size + 1, condition);
	else
		writer_str(w, condition);
	writer_str(w, "}}");
}

static void put_when(struct writer *w, const struct rule *rule)
{
	struct writer condition = {0};

	if (rule->type == RULE_WORDS) {
		writer_str(&condition, "{\"enum\":[");
		for (unsigned i = 0; rule->words[i]; i++)
			writer_printf(&condition, "%s\"%s\"", i ? "," : "", rule->words[i]);
		writer_str(&condition, "]}");
	} else {
		writer_printf(
		    &condition, "{\"const\":%s}", rule->type == RULE_WHEN ? "true" : "false");
	}
	writer_u8(&condition, 0);
	writer_str(w, "{\"if\":");
	put_requirement(w, rule->a, condition.err ? "" : (const char *)condition.data);
	writer_str(w, ",\"then\":");
	put_requirement(w, rule->b, "");
	writer_str(w, "}");
	writer_release(&condition);
}

static void put_one_of(struct writer *w, const char *names)
{
	writer_str(w, "{\"anyOf\":[{\"required\":[\"withdrawn\"]}");
	while (*names) {
		size_t size = strcspn(names, " ");

		writer_printf(w, ",{\"required\":[\"%.*s\"]}", (int)size, names);
		names += size + (names[size] == ' ');
	}
	writer_str(w, "]}");
}

/* What a schema can say of the rules; that one number is not above another it cannot. */
static void put_rules(struct writer *w, const struct kind *kind)
{
	const char *separator = ",\"allOf\":[";

	for (const struct rule *rule = kind->rules; rule && rule->a; rule++) {
		if (rule->type == RULE_ORDER || rule->type == RULE_AT_MOST)
			continue;
		writer_str(w, separator);
		if (rule->type == RULE_ONE_OF)
			put_one_of(w, rule->a);
		else
			put_when(w, rule);
		separator = ",";
	}
	if (*separator == ',' && separator[1] == '\0')
		writer_str(w, "]");
}

void kind_schema_json(struct writer *w, const struct kind *kind)
{
	writer_str(w, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",");
	writer_printf(w, "\"$id\":\"urn:open-communes:kind:%s\",", kind->name);
	put_pair(w, "title", kind->label.in[LANG_EN]);
	writer_str(w, ",");
	put_pair(w, "description", kind->help);
	writer_printf(w, ",\"x-number\":%u,", kind->number);
	put_defs(w);
	if (kind->is_published)
		put_object(w, kind->fields, kind_common_fields);
	else /* made by nodes; PROTOCOL.md says what it holds */
		writer_str(w, "\"type\":\"object\"");
	put_rules(w, kind);
	writer_str(w, "}");
}
