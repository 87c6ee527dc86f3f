/* The import of OGP's table: any file gives rows that are canonical maps, or one clear line.
 *
 * covers: cli/csv_table.c cli/import_ogp.c cli/dirty_date.c */
#include "tests/fuzz/fuzz.h"

#include "cli/import_ogp.h"
#include "proto/kinds.h"
#include "proto/mp.h"

static void take_note(void *context, const struct import_note *note)
{
	const struct csv_table *table = context;

	fuzz_check(note->row >= 1 && note->row <= table->rows);
	fuzz_check(note->column && note->reason && note->reason[0]);
}

static void rows(const struct csv_table *table)
{
	const struct kind *kind = kind_by_number(KIND_COMMITMENT);
	struct writer map = {0}, checked = {0};
	struct import_ogp ogp;
	struct why why = {0};

	if (import_ogp_init(&ogp, table, "fr", &why)) {
		fuzz_check(why.text[0]);
		return;
	}
	for (size_t row = 0; row < table->rows; row++) {
		struct fault_sink sink = {0};

		writer_clear(&map);
		writer_clear(&checked);
		import_ogp_row(&ogp, row, &map, take_note, (void *)table);
		fuzz_check(mp_scan(writer_view(&map)) == ERR_NONE);
		kinds_check(kind, writer_view(&map), &checked, &sink);
	}
	writer_release(&map);
	writer_release(&checked);
	import_ogp_release(&ogp);
}

static void one_date(struct bytes text)
{
	enum date_order order = dirty_date_order(text);

	for (int i = ORDER_NOT_KNOWN; i <= ORDER_BOTH; i++) {
		struct dirty_date date;

		dirty_date_read(&date, text, date_order_join(order, (enum date_order)i), 2018);
		fuzz_check(memchr(date.date, 0, sizeof(date.date)) != NULL);
		fuzz_check(date.date[0] || !date.is_given || date.reason);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv_table table = {0};
	struct why why = {0};

	one_date(bytes_of(data, size < 24 ? size : 24));
	if (csv_table_parse(&table, bytes_of(data, size), &why)) {
		fuzz_check(why.err != ERR_NONE && why.text[0]);
	} else {
		for (size_t row = 0; row < table.rows; row++)
			for (size_t column = 0; column < table.columns; column++)
				csv_table_cell(&table, row, column);
		rows(&table);
	}
	csv_table_release(&table);
	return 0;
}
