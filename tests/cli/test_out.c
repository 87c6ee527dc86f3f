/* Rows out: what programs read is exact, what people read is safe. */
#include "cli/out.h"

#include "cli/lang.h"
#include "cli/row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static const struct column columns[] = {
    {"ref", "record", SHAPE_TEXT, COLUMN_TABLE},
    {"id", "id", SHAPE_HEX, 0},
    {"title", "title", SHAPE_TEXT, COLUMN_TABLE},
    {"size", "size", SHAPE_NUMBER, COLUMN_TABLE},
    {"leaf", "leaf", SHAPE_BASE64, 0},
    {"payload", "payload", SHAPE_NESTED, 0},
    {NULL, NULL, SHAPE_TEXT, 0},
};

struct sink {
	struct out out;
	char *text;
	size_t size;
	FILE *to;
};

static void begin(struct sink *s, const struct out_format *format)
{
	s->to = open_memstream(&s->text, &s->size);
	out_init_to(&s->out, format, columns, s->to);
}

static void ends_with(struct sink *s, const char *expected)
{
	out_end(&s->out);
	fclose(s->to);
	assert_string_equal(s->text, expected);
	free(s->text);
}

static void put(struct sink *s, const char *title)
{
	struct row row = {0};

	row_int(&row, "size", -5);
	row_cstr(&row, "ref", "a/1");
	row_cstr(&row, "title", title);
	row_bin(&row, "id", "\x01\xab", 2);
	row_bin(&row, "leaf", "\x01\xab", 2);
	row_bin(&row, "payload", "\x81\xa1k\x93\x01\xc3\xc0", 7);
	row_cstr(&row, "other", "x");
	out_row(&s->out, row_view(&row));
	row_release(&row);
}

static void json_keeps_order_and_values(void **state)
{
	struct sink s;

	(void)state;
	begin(&s, &out_json);
	put(&s, "A \"b\"\n\x1b[2J\xe2\x80\xae");
	put(&s, NULL);
	ends_with(&s, "{\"ref\":\"a/1\",\"id\":\"01ab\",\"title\":\"A "
		      "\\\"b\\\"\\n\\u001b[2J\\u202e\",\"size\":-5,"
		      "\"leaf\":\"Aas=\",\"payload\":{\"k\":[1,true,null]},\"other\":\"x\"}\n"
		      "{\"ref\":\"a/"
		      "1\",\"id\":\"01ab\",\"title\":null,\"size\":-5,\"leaf\":\"Aas=\","
		      "\"payload\":{\"k\":[1,true,"
		      "null]},\"other\":\"x\"}\n");
}

static void a_payload_that_is_no_map_of_ours_is_bytes(void **state)
{
	struct row row = {0};
	struct sink s;

	(void)state;
	begin(&s, &out_json);
	row_bin(&row, "payload", "\x81\xa1k\xc1", 4);
	out_row(&s.out, row_view(&row));
	row_release(&row);
	ends_with(&s, "{\"ref\":null,\"id\":null,\"title\":null,\"size\":null,\"leaf\":null,"
		      "\"payload\":\"81a16bc1\"}\n");
}

static void the_last_row_of_a_page_stands_alone(void **state)
{
	struct row row = {0};
	struct sink s;

	(void)state;
	begin(&s, &out_json);
	row_cstr(&row, "cursor", "c1");
	out_row(&s.out, row_view(&row));
	row_release(&row);
	ends_with(&s, "{\"cursor\":\"c1\"}\n");
}

static void csv_quotes_and_neutralises_formulas(void **state)
{
	struct sink s;

	(void)state;
	begin(&s, &out_csv);
	put(&s, "=1+1");
	put(&s, "a,\"b\"\nc");
	put(&s, "-2");
	put(&s, "@x");
	put(&s, "plain");
	put(&s, "\x1b[2J\xe2\x80\xae");
	ends_with(&s, "ref,id,title,size,leaf,payload\r\n"
		      "a/1,01ab,\"'=1+1\",-5,Aas=,\"{\"\"k\"\":[1,true,null]}\"\r\n"
		      "a/1,01ab,\"a,\"\"b\"\"\nc\",-5,Aas=,\"{\"\"k\"\":[1,true,null]}\"\r\n"
		      "a/1,01ab,\"'-2\",-5,Aas=,\"{\"\"k\"\":[1,true,null]}\"\r\n"
		      "a/1,01ab,\"'@x\",-5,Aas=,\"{\"\"k\"\":[1,true,null]}\"\r\n"
		      "a/1,01ab,plain,-5,Aas=,\"{\"\"k\"\":[1,true,null]}\"\r\n"
		      "a/1,01ab,\\u001b[2J\\u202e,-5,Aas=,\"{\"\"k\"\":[1,true,null]}\"\r\n");
}

static void tables_align_by_width_on_the_screen(void **state)
{
	struct sink s;

	(void)state;
	begin(&s, &out_table);
	put(&s, "مدرسة");
	put(&s, "École du village");
	put(&s, "e\xcc\x81");
	ends_with(&s, "record  title             size\n"
		      "a/1     مدرسة             -5\n"
		      "a/1     École du village  -5\n"
		      "a/1     e\xcc\x81                 -5\n");
}

static void nothing_that_moves_the_cursor_reaches_a_terminal(void **state)
{
	struct sink s;

	(void)state;
	begin(&s, &out_table);
	put(&s, "a\x1b[2J\nb\xe2\x80\xae");
	ends_with(&s, "record  title               size\n"
		      "a/1     a\\u001b[2J b\\u202e  -5\n");
}

static void a_terminal_gets_cut_cells(void **state)
{
	struct sink s;

	(void)state;
	begin(&s, &out_table);
	s.out.is_tty = true;
	s.out.terminal_width = 24;
	put(&s, "a title that is too long");
	ends_with(&s, "\033[1mrecord  title       size\033[0m\n"
		      "a/1     a title t…  -5\n");
}

/* Only where letters run the other way: a name that is copied from the screen must be its letters and no more. */
static void a_terminal_gets_arabic_isolated(void **state)
{
	struct sink s;

	(void)state;
	begin(&s, &out_table);
	s.out.is_tty = true;
	s.out.terminal_width = 80;
	put(&s, "مدرسة 12");
	put(&s, "l’été");
	ends_with(&s, "\033[1mrecord  title     size\033[0m\n"
		      "a/1     \xe2\x81\xa8مدرسة 12\xe2\x81\xa9  -5\n"
		      "a/1     l’été     -5\n");
}

static void the_last_column_of_a_terminal_goes_on_below(void **state)
{
	static const struct column two[] = {
	    {"ref", "record", SHAPE_TEXT, COLUMN_TABLE},
	    {"title", "title", SHAPE_TEXT, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	};
	struct sink s;

	(void)state;
	begin(&s, &out_table);
	s.out.columns = two;
	s.out.is_tty = true;
	s.out.terminal_width = 20;
	put(&s, "not one word of it is lost, nor averylongonewithoutblanks");
	ends_with(&s, "\033[1mrecord  title\033[0m\n"
		      "a/1     not one word\n"
		      "        of it is\n"
		      "        lost, nor\n"
		      "        averylongone\n"
		      "        withoutblank\n"
		      "        s\n");
}

static void the_end_of_an_address_is_kept(void **state)
{
	static const struct column two[] = {
	    {"title", "address", SHAPE_TEXT, COLUMN_TABLE | COLUMN_TAIL},
	    {"ref", "record", SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {NULL, NULL, SHAPE_TEXT, 0},
	};
	struct sink s;

	(void)state;
	begin(&s, &out_table);
	s.out.columns = two;
	s.out.is_tty = true;
	s.out.terminal_width = 24;
	put(&s, "0123456789abcdef0123456789abcdef@127.0.0.1:7117");
	ends_with(&s, "\033[1maddress           record\033[0m\n"
		      "…@127.0.0.1:7117  a/1\n");
}

static void rows_that_come_later_may_be_wider(void **state)
{
	struct sink s;

	(void)state;
	begin(&s, &out_table);
	s.out.is_tty = true;
	s.out.terminal_width = 80;
	put(&s, "short");
	out_flush(&s.out);
	put(&s, "rather long");
	ends_with(&s, "\033[1mrecord  title  size\033[0m\n"
		      "a/1     short  -5\n"
		      "a/1     rather long  -5\n");
}

static void the_readers_language_is_chosen(void **state)
{
	static const char map[] = "\x82\xa2"
				  "ar\xa6"
				  "مدن"
				  "\xa2"
				  "fr\xa6villes";
	struct row row = {0};
	struct sink s;

	(void)state;
	row_raw(&row, "title", bytes_of(map, sizeof(map) - 1));
	begin(&s, &out_csv);
	assert_true(lang_choose("ar"));
	out_row(&s.out, row_view(&row));
	assert_true(lang_choose("fr"));
	out_row(&s.out, row_view(&row));
	assert_true(lang_choose("en"));
	out_row(&s.out, row_view(&row));
	assert_false(lang_choose("de"));
	row_release(&row);
	ends_with(
	    &s, "ref,id,title,size,leaf,payload\r\n,,مدن,,,\r\n,,villes,,,\r\n,,villes,,,\r\n");
}

static void no_rows_say_so_to_people_only(void **state)
{
	struct sink s;

	(void)state;
	begin(&s, &out_table);
	ends_with(&s, "none\n");
	begin(&s, &out_json);
	ends_with(&s, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_keeps_order_and_values),
	    cmocka_unit_test(a_payload_that_is_no_map_of_ours_is_bytes),
	    cmocka_unit_test(the_last_row_of_a_page_stands_alone),
	    cmocka_unit_test(csv_quotes_and_neutralises_formulas),
	    cmocka_unit_test(tables_align_by_width_on_the_screen),
	    cmocka_unit_test(nothing_that_moves_the_cursor_reaches_a_terminal),
	    cmocka_unit_test(a_terminal_gets_cut_cells),
	    cmocka_unit_test(a_terminal_gets_arabic_isolated),
	    cmocka_unit_test(the_last_column_of_a_terminal_goes_on_below),
	    cmocka_unit_test(the_end_of_an_address_is_kept),
	    cmocka_unit_test(rows_that_come_later_may_be_wider),
	    cmocka_unit_test(the_readers_language_is_chosen),
	    cmocka_unit_test(no_rows_say_so_to_people_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
