/* Reads the roster that comes with a network's data. Decides what a line of it must hold; whether a
 * territory exists it does not ask. */
#include "cli/network_roster.h"

#include "cli/file.h"
#include "cli/lang.h"
#include "proto/kinds_table.h"
#include "proto/log_open.h"
#include "proto/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROSTER_SIZE_MAX (1024u * 1024)
#define ROSTER_FILE "roster.csv"
#define VINTAGE_MAX 32
#define NAME_SIZE_MAX 255

enum column_of { CODE, KIND, TERRITORY, VINTAGE, NAME_AR, NAME_FR, BASIS, COLUMN_COUNT };

static const char *const headers[COLUMN_COUNT] = {
    "code", "kind", "territory", "vintage", "name_ar", "name_fr", "basis"};

static struct bytes cell(const struct network_roster *roster, size_t row, enum column_of column)
{
	return csv_table_cell(&roster->table, row, roster->columns[column]);
}

enum err network_roster_parse(
    struct network_roster *roster, struct bytes text, const char *path, struct why *why)
{
	struct why cause = {0};
	enum err err;

	memset(roster, 0, sizeof(*roster));
	err = csv_table_parse(&roster->table, text, &cause);
	if (err)
		return why_set(why, err, "%s: %s", path, cause.text);
	for (int i = 0; i < COLUMN_COUNT; i++) {
		roster->columns[i] = csv_table_column(&roster->table, headers[i]);
		if (roster->columns[i] == (size_t)-1)
			return why_set(
			    why, ERR_FIELD, _("%s: the column '%s' is missing"), path, headers[i]);
	}
	return ERR_NONE;
}

enum err network_roster_read(
    struct network_roster *roster, const char *network_path, struct why *why)
{
	char path[FILE_PATH_MAX];
	struct writer text = {0};
	const char *slash = strrchr(network_path, '/');
	int size = snprintf(path, sizeof(path), "%.*s" ROSTER_FILE,
	    slash ? (int)(slash + 1 - network_path) : 0, network_path);
	enum err err;

	memset(roster, 0, sizeof(*roster));
	if (size < 0 || (size_t)size >= sizeof(path) || access(path, F_OK) != 0)
		return why_set(
		    why, ERR_UNKNOWN, _("there is no %s beside %s"), ROSTER_FILE, network_path);
	err = file_read(&text, path, ROSTER_SIZE_MAX, why);
	if (!err)
		err = network_roster_parse(roster, writer_view(&text), path, why);
	writer_release(&text);
	return err;
}

void network_roster_release(struct network_roster *roster)
{
	csv_table_release(&roster->table);
}

#define AT(column) (snprintf(at, sizeof(at), ROSTER_FILE "[%zu].%s", nth + 1, headers[column]), at)

static void check_line(
    const struct network_roster *roster, size_t nth, struct network_faults *faults)
{
	char at[NETWORK_FIELD_MAX];
	enum member_kind kind;

	if (!code_is_valid(cell(roster, nth, CODE)))
		network_fault_put(faults, AT(CODE),
		    _("must be a small letter, then at most 31 small letters, digits or dashes"));
	if (!member_kind_parse(&kind, cell(roster, nth, KIND)))
		network_fault_put(faults, AT(KIND),
		    _("must be region, province, commune, arrondissement, coordinator or "
		      "observer"));
	if (!territory_is_valid(cell(roster, nth, TERRITORY)))
		network_fault_put(faults, AT(TERRITORY),
		    _("must be a code of a territory such as 01 or 01.151.01.01"));
	network_check_text(faults, AT(VINTAGE), cell(roster, nth, VINTAGE), VINTAGE_MAX, false);
	network_check_text(faults, AT(NAME_AR), cell(roster, nth, NAME_AR), NAME_SIZE_MAX, false);
	network_check_text(faults, AT(NAME_FR), cell(roster, nth, NAME_FR), NAME_SIZE_MAX, false);
	if (!bytes_equal(cell(roster, nth, BASIS), BYTES_STR("named")) &&
	    !bytes_equal(cell(roster, nth, BASIS), BYTES_STR("composed")))
		network_fault_put(faults, AT(BASIS), _("must be named or composed"));
}

struct line {
	struct bytes code;
	size_t nth;
};

static int by_code(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = bytes_compare(x->code, y->code);

	return order ? order : (x->nth > y->nth) - (x->nth < y->nth);
}

void network_roster_check(const struct network_roster *roster, struct network_faults *faults)
{
	size_t count = roster->table.rows;
	struct line *lines = calloc(count ? count : 1, sizeof(*lines));
	char at[NETWORK_FIELD_MAX];

	for (size_t i = 0; i < count; i++) {
		check_line(roster, i, faults);
		if (lines)
			lines[i] = (struct line){cell(roster, i, CODE), i};
	}
	if (!lines) {
		network_fault_put(faults, ROSTER_FILE, "%s", _(err_text(ERR_MEMORY)));
		return;
	}
	qsort(lines, count, sizeof(*lines), by_code);
	for (size_t i = 1; i < count; i++) {
		if (!bytes_equal(lines[i - 1].code, lines[i].code))
			continue;
		snprintf(at, sizeof(at), ROSTER_FILE "[%zu].code", lines[i].nth + 1);
		network_fault_put(faults, at, _("stands in row %zu already"), lines[i - 1].nth + 1);
	}
	free(lines);
}

void network_roster_row(const struct network_roster *roster, size_t nth, struct row *row)
{
	struct writer names = {0};

	mp_put_map(&names, 2);
	mp_put_cstr(&names, "ar");
	mp_put_str(&names, cell(roster, nth, NAME_AR));
	mp_put_cstr(&names, "fr");
	mp_put_str(&names, cell(roster, nth, NAME_FR));
	row_clear(row);
	row_str(row, "code", cell(roster, nth, CODE));
	row_str(row, "kind", cell(roster, nth, KIND));
	row_str(row, "territory", cell(roster, nth, TERRITORY));
	row_str(row, "vintage", cell(roster, nth, VINTAGE));
	row_raw(row, "names", writer_view(&names));
	row_str(row, "basis", cell(roster, nth, BASIS));
	writer_release(&names);
}
