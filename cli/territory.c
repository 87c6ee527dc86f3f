/* Four tables of codes and names, read once. Decides what is known and what was meant; what a code may look like is
 * proto's business. */
#include "cli/territory.h"

#include "cli/csv_table.h"
#include "cli/file.h"
#include "cli/lang.h"
#include "proto/err.h"
#include "proto/kinds.h"
#include "proto/limits.h"
#include "proto/writer.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define TABLE_SIZE_MAX (4u * 1024 * 1024)
/* The year of the numbering that is shipped. */
#define VINTAGE "2020"

static const char *const names[] = {"regions", "provinces", "communes", "arrondissements"};
#define TABLE_COUNT (sizeof(names) / sizeof(*names))
#define REGIONS 0
#define COMMUNES 2

static struct csv_table tables[TABLE_COUNT];
static bool is_loaded[TABLE_COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		char name[64];
		char path[FILE_PATH_MAX];
		struct writer text = {0};

		snprintf(name, sizeof(name), "territories/%s.csv", names[i]);
		is_loaded[i] = file_shipped(path, name) &&
			       !file_read(&text, path, TABLE_SIZE_MAX, NULL) &&
			       !csv_table_parse(&tables[i], writer_view(&text), NULL);
		writer_release(&text);
	}
}

static struct bytes cell(size_t table, size_t row, const char *column)
{
	return csv_table_cell(&tables[table], row, csv_table_column(&tables[table], column));
}

static bool is_in(size_t table, const char *column, struct bytes text, bool may_go_on)
{
	size_t at = csv_table_column(&tables[table], column);

	for (size_t row = 0; row < tables[table].rows; row++) {
		struct bytes value = csv_table_cell(&tables[table], row, at);

		if (may_go_on && value.size > text.size && value.data[text.size] == '.')
			value.size = text.size;
		if (bytes_equal(value, text))
			return true;
	}
	return false;
}

static bool is_all_loaded(void)
{
	pthread_once(&once, load);
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (!is_loaded[i])
			return false;
	return true;
}

/* The code without its year; whether that year is the shipped numbering's. */
static bool take_vintage(struct bytes *code)
{
	const uint8_t *at = code->size ? memchr(code->data, '@', code->size) : NULL;
	struct bytes year;

	if (!at)
		return true;
	year = bytes_of(at + 1, code->size - (size_t)(at - code->data) - 1);
	code->size = (size_t)(at - code->data);
	return bytes_equal(year, BYTES_STR(VINTAGE));
}

bool territory_is_known(struct bytes code)
{
	bool is_shipped_year = take_vintage(&code);

	if (!is_all_loaded() || is_in(REGIONS, "iso_3166_2", code, false))
		return true;
	if (!is_shipped_year && code.size > 6)
		code.size = 6; /* RR.PPP */
	for (size_t i = 0; i < TABLE_COUNT; i++)
		/* RR.PPP.CC is a cercle, which has no row of its own. */
		if (is_in(i, "code", code, i == COMMUNES && code.size == 9))
			return true;
	return false;
}

/* --- what was meant -------------------------------------------------------------------------- */

static size_t shared_prefix(struct bytes a, struct bytes b)
{
	size_t size = 0;

	while (size < a.size && size < b.size && a.data[size] == b.data[size])
		size++;
	return size;
}

/* Latin letters without case; other bytes as they are. */
static void fold(char out[static 65], struct bytes text)
{
	size_t size = text.size < 64 ? text.size : 64;

	for (size_t i = 0; i < size; i++) {
		uint8_t b = text.data[i];

		out[i] = (char)(b >= 'A' && b <= 'Z' ? b + 32 : b);
	}
	out[size] = '\0';
}

/* How much like a row a text is: more than 0 when it may have been meant. */
static size_t likeness(size_t table, size_t row, struct bytes text, bool is_code)
{
	static const char *const columns[] = {"name_fr", "name_ar"};
	char wanted[65], name[65];
	const char *const list[] = {name, NULL};

	if (is_code) {
		struct bytes code = cell(table, row, "code");
		size_t shared = shared_prefix(code, text);

		/* One of the same level and, below a region, of the same region. */
		return code.size == text.size && (shared > 2 || (code.size == 2 && shared)) ? shared
											    : 0;
	}
	fold(wanted, text);
	for (size_t i = 0; i < 2; i++) {
		fold(name, cell(table, row, columns[i]));
		if (strcmp(name, wanted) == 0)
			return 100;
		if (*name && word_nearest(bytes_str(wanted), list))
			return 50;
	}
	return 0;
}

bool territory_suggest(struct bytes text, char *out, size_t size)
{
	bool is_arabic = strcmp(lang_code(), "ar") == 0;
	bool is_code = text.size > 0 && text.data[0] >= '0' && text.data[0] <= '9';
	size_t best = 0, best_table = 0, best_row = 0;
	struct bytes code, name;

	if (!take_vintage(&text) && is_code && text.size > 6)
		text.size = 6;
	if (!is_all_loaded())
		return false;
	for (size_t table = 0; table < TABLE_COUNT; table++)
		for (size_t row = 0; row < tables[table].rows; row++) {
			size_t here = likeness(table, row, text, is_code);

			if (here <= best)
				continue;
			best = here;
			best_table = table;
			best_row = row;
		}
	if (!best)
		return false;
	code = cell(best_table, best_row, "code");
	name = cell(best_table, best_row, is_arabic ? "name_ar" : "name_fr");
	snprintf(out, size, "%.*s (%.*s)", (int)code.size, (const char *)code.data, (int)name.size,
	    (const char *)name.data);
	return true;
}

/* --- regions --------------------------------------------------------------------------------- */

#define REGION_MAX 12

unsigned territory_region(struct bytes code)
{
	size_t at = code.size > 3 && !memcmp(code.data, "MA-", 3) ? 3 : 0;
	unsigned number = 0;

	if (code.size < at + 2)
		return 0;
	for (size_t i = at; i < at + 2; i++) {
		if (code.data[i] < '0' || code.data[i] > '9')
			return 0;
		number = number * 10 + (unsigned)(code.data[i] - '0');
	}
	return number <= REGION_MAX ? number : 0;
}

struct bytes territory_region_name(unsigned region, bool is_arabic)
{
	char code[12];

	snprintf(code, sizeof(code), "%02u", region);
	if (is_all_loaded())
		for (size_t row = 0; row < tables[REGIONS].rows; row++)
			if (bytes_equal(cell(REGIONS, row, "code"), bytes_str(code)))
				return cell(REGIONS, row, is_arabic ? "name_ar" : "name_fr");
	return (struct bytes){NULL, 0};
}
