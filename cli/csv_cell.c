/* Decides how a cell is quoted and what is kept from being a formula. What it is given holds no control characters but
 * line feeds and tabs: that is the caller's work. */
#include "cli/csv_cell.h"

#include <string.h>

/* Some spreadsheets read the signs of a formula in their wide forms too. */
static bool is_formula_like(struct bytes text)
{
	static const char *const wide[] = {"＝", "＋", "－", "＠"};

	if (text.size && memchr("=+-@\t\r", text.data[0], 6))
		return true;
	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++)
		if (text.size >= 3 && memcmp(text.data, wide[i], 3) == 0)
			return true;
	return false;
}

void csv_cell_put(struct writer *w, struct bytes text, bool is_number)
{
	bool is_formula = !is_number && is_formula_like(text);
	bool is_quoted = is_formula;

	for (size_t i = 0; i < text.size && !is_quoted; i++)
		is_quoted = memchr(",\"\r\n", text.data[i], 4) != NULL;
	writer_str(w, is_quoted ? "\"" : "");
	writer_str(w, is_formula ? "'" : "");
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '"')
			writer_u8(w, '"');
		/* A NUL ends the cell in many readers. */
		writer_u8(w, text.data[i] ? text.data[i] : ' ');
	}
	writer_str(w, is_quoted ? "\"" : "");
}
