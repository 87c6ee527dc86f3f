/* Marks on cells, and off. */
#include "cli/csv_mark.h"

#include <string.h>

static bool is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '.';
}

/* A pipe or an exclamation mark leads to another program or sheet, a name before a parenthesis is a call. */
static bool may_do_something(struct bytes text)
{
	for (size_t i = 0; i < text.size; i++)
		if (memchr("|!", text.data[i], 2) ||
		    (text.data[i] == '(' && i > 0 && is_letter(text.data[i - 1])))
			return true;
	return false;
}

/* Some spreadsheets read the signs in their wide forms too. */
static bool begins(struct bytes text, const char *sign)
{
	return text.size >= strlen(sign) && !memcmp(text.data, sign, strlen(sign));
}

/* Marks may have been put before: a cell that begins with apostrophes and then so is one as well. */
bool csv_mark_is_needed(struct bytes text)
{
	while (text.size && *text.data == '\'')
		text.data++, text.size--;
	if (!text.size)
		return false;
	if (memchr("=@\t\r", *text.data, 4) || begins(text, "\uFF1D") || begins(text, "\uFF20"))
		return true;
	return (memchr("+-", *text.data, 2) || begins(text, "\uFF0B") || begins(text, "\uFF0D")) &&
	       may_do_something(text);
}

void csv_mark_put(struct writer *out, struct bytes text)
{
	bool is_formula = csv_mark_is_needed(text);
	bool is_quoted = is_formula;

	for (size_t i = 0; i < text.size && !is_quoted; i++)
		is_quoted = memchr(",\"\r\n", text.data[i], 4) != NULL;
	if (is_quoted)
		writer_u8(out, '"');
	if (is_formula)
		writer_u8(out, '\'');
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '"')
			writer_u8(out, '"');
		/* A NUL ends the cell in many readers. */
		writer_u8(out, text.data[i] ? text.data[i] : ' ');
	}
	if (is_quoted)
		writer_u8(out, '"');
}

void csv_mark_take(struct csv_table *table)
{
	for (size_t i = 0; i < table->cell_count; i++) {
		struct csv_cell *cell = &table->cells[i];
		struct bytes text = bytes_of(table->text.data + cell->at, cell->size);

		if (cell->size > 1 && *text.data == '\'' && csv_mark_is_needed(text)) {
			cell->at++;
			cell->size--;
		}
	}
}
