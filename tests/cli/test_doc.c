/* Documents: whatever a member wrote is text in each format, and nothing else. Each hostile cell has a harmless twin that
 * arrives as it was. */
#include "tests/unit.h"

#include "cli/doc.h"
#include "cli/doc_svg.h"
#include "cli/lang.h"

#define SOURCE "open-communes/00ff"

/* One table with one group and two rows: the text, then a number. */
static void write_cell(
    struct writer *out, const struct doc_format *format, struct doc_text text, const char *group)
{
	const struct doc_column columns[] = {
	    {.field = "region", .label = "region", .shape = DOC_TEXT, .is_group = true},
	    {.field = "title", .label = "title", .shape = DOC_TEXT},
	    {.field = "count", .label = "count", .shape = DOC_NUMBER},
	};
	const struct doc_text name = {BYTES_STR("A network"), BYTES_STR("en")};
	struct doc doc = {.source = SOURCE, .written = "2026-06-30", .width = 4};
	const struct doc_cell cells[] = {doc_text((struct doc_text){bytes_str(group), {NULL, 0}}),
	    doc_text(text), doc_number(-5)};

	writer_clear(out);
	doc_begin(&doc, format, out, &name);
	doc_fact(&doc, "day", "day", doc_code(BYTES_STR("2026-06-30")));
	format->facts_end(&doc);
	doc_section(&doc, "part", "A part");
	doc_table(&doc, columns, 3);
	doc_row(&doc, cells);
	doc_row(&doc, cells);
	doc_table_end(&doc);
	doc_end(&doc);
	doc_release(&doc);
	assert_ok(out->err);
}

static unsigned count_of(const struct writer *out, const char *part)
{
	struct bytes rest = writer_view(out);
	unsigned count = 0;

	for (;;) {
		const uint8_t *at = memmem(rest.data, rest.size, part, strlen(part));

		if (!at)
			return count;
		count++;
		at += strlen(part);
		rest = bytes_of(at, rest.size - (size_t)(at - rest.data));
	}
}

static void holds(
    const struct doc_format *format, struct bytes text, const char *expected, const char *forbidden)
{
	struct writer out = {0};

	write_cell(&out, format, (struct doc_text){text, BYTES_STR("fr")}, "North");
	if (count_of(&out, expected) != 2)
		fail_msg("'%s' stands %u times in:\n%.*s", expected, count_of(&out, expected),
		    (int)out.size, (const char *)out.data);
	if (forbidden && count_of(&out, forbidden) != 0)
		fail_msg("'%s' stands in:\n%.*s", forbidden, (int)out.size, (const char *)out.data);
	writer_release(&out);
}

static void a_page_holds_no_markup_but_its_own(void **state)
{
	(void)state;
	holds(&doc_html, BYTES_STR("Budget participatif"),
	    "<bdi lang=\"fr\">Budget participatif</bdi>", "<script");
	holds(&doc_html, BYTES_STR("<script>alert('x')</script>"),
	    "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;", "<script");
	holds(&doc_html, BYTES_STR("\"><img src=x onerror=y>&amp;"),
	    "&quot;&gt;&lt;img src=x onerror=y&gt;&amp;amp;", "<img");
	holds(&doc_html, BYTES_STR("</bdi></td></table>"), "&lt;/bdi&gt;&lt;/td&gt;",
	    "</bdi></td></table>");
}

static void controls_and_overrides_are_escapes_everywhere(void **state)
{
	static const struct doc_format *const formats[] = {&doc_html, &doc_md, &doc_csv};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		bool is_md = formats[i] == &doc_md;

		holds(formats[i],
		    BYTES_STR("a\xe2\x80\xae"
			      "b"),
		    is_md ? "a\\\\u202eb" : "a\\u202eb", "\xe2\x80\xae");
		holds(
		    formats[i], BYTES_STR("a\x1b]8;;b"), is_md ? "a\\\\u001b" : "a\\u001b", "\x1b");
		holds(formats[i],
		    BYTES_STR("a\xff\xfe"
			      "b"),
		    "a\xef\xbf\xbd\xef\xbf\xbd"
		    "b",
		    "\xff");
		holds(formats[i], BYTES_STR("line\nfeed"), "line feed", "line\nfeed");
		holds(formats[i], BYTES_STR("\xd8\xb4\xd9\x81\xd8\xb4\xd8\xa7\xd9\x88\xd9\x86"),
		    "\xd8\xb4\xd9\x81\xd8\xb4\xd8\xa7\xd9\x88\xd9\x86", "\\u");
	}
}

static void a_text_without_end_is_cut(void **state)
{
	struct writer text = {0}, out = {0};

	(void)state;
	for (int i = 0; i < 65536; i++)
		writer_u8(&text, 'x');
	write_cell(&out, &doc_html, (struct doc_text){writer_view(&text), {NULL, 0}}, "North");
	assert_true(out.size < 20000);
	assert_int_equal(count_of(&out, "x\xe2\x80\xa6</bdi>"), 2);
	/* Marks without a letter take no column and end all the same. */
	writer_clear(&text);
	for (int i = 0; i < 32768; i++)
		writer_str(&text, "\xcc\x81");
	write_cell(&out, &doc_md, (struct doc_text){writer_view(&text), {NULL, 0}}, "North");
	assert_true(out.size < 20000);
	text.size = 160;
	memset(text.data, 'y', text.size);
	write_cell(&out, &doc_html, (struct doc_text){writer_view(&text), {NULL, 0}}, "North");
	assert_int_equal(count_of(&out, "y\xe2\x80\xa6"), 0);
	assert_int_equal(count_of(&out, "yyy</bdi>"), 2);
	writer_release(&text);
	writer_release(&out);
}

static void a_language_that_is_no_tag_is_left_out(void **state)
{
	struct writer out = {0};
	struct doc_text text = {BYTES_STR("word"), BYTES_STR("zgh-Tfng")};

	(void)state;
	write_cell(&out, &doc_html, text, "North");
	assert_int_equal(count_of(&out, "<bdi lang=\"zgh-Tfng\">word</bdi>"), 2);
	text.tag = BYTES_STR("fr\" onclick=\"x");
	write_cell(&out, &doc_html, text, "North");
	assert_int_equal(count_of(&out, "<bdi>word</bdi>"), 2);
	assert_int_equal(count_of(&out, "onclick"), 0);
	writer_release(&out);
}

static void markdown_escapes_what_begins_markup(void **state)
{
	(void)state;
	holds(&doc_md, BYTES_STR("Une rue, deux places"),
	    "\xe2\x81\xa8Une rue, deux places\xe2\x81\xa9", "\\");
	holds(&doc_md, BYTES_STR("a|b"), "a\\|b", "a|b");
	holds(&doc_md, BYTES_STR("[x](javascript:y) <b> `c` *d*"),
	    "\\[x\\](javascript:y) &lt;b&gt; \\`c\\` \\*d\\*", "<b>");
}

static void a_cell_is_never_a_formula(void **state)
{
	static const char *const starts[] = {"=", "+", "-", "@"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char text[32], expected[48];

		snprintf(text, sizeof(text), "%sSUM(A1)", starts[i]);
		snprintf(expected, sizeof(expected), ",\"'%sSUM(A1)\",", starts[i]);
		holds(&doc_csv, bytes_str(text), expected, NULL);
	}
	holds(&doc_csv, BYTES_STR("SUM(A1)"), ",SUM(A1),", "'");
	holds(&doc_csv, BYTES_STR("a,\"b\""), ",\"a,\"\"b\"\"\",", NULL);
}

static void a_csv_has_source_and_date_in_each_line(void **state)
{
	struct writer out = {0};

	(void)state;
	write_cell(&out, &doc_csv, (struct doc_text){BYTES_STR("title"), {NULL, 0}}, "North");
	assert_text("section,fact,value,,,source,exported\r\n"
		    "about,network,A network,,," SOURCE ",2026-06-30\r\n"
		    "about,day,2026-06-30,,," SOURCE ",2026-06-30\r\n"
		    "section,region,title,count,,source,exported\r\n"
		    "part,North,title,-5,," SOURCE ",2026-06-30\r\n"
		    "part,North,title,-5,," SOURCE ",2026-06-30\r\n",
	    writer_view(&out));
	writer_release(&out);
}

static void a_group_is_named_once(void **state)
{
	struct writer out = {0};
	const struct doc_text text = {BYTES_STR("title"), {NULL, 0}};

	(void)state;
	write_cell(&out, &doc_html, text, "North");
	assert_int_equal(count_of(&out, "<bdi>North</bdi>"), 1);
	assert_int_equal(count_of(&out, "<bdi>title</bdi>"), 2);
	write_cell(&out, &doc_md, text, "No|rth");
	assert_int_equal(count_of(&out, "### \xe2\x81\xa8No\\|rth\xe2\x81\xa9\n"), 1);
	writer_release(&out);
}

static void an_empty_table_says_so(void **state)
{
	const struct doc_column columns[] = {{.field = "a", .label = "a", .shape = DOC_TEXT}};
	struct writer out = {0};
	struct doc doc = {.format = &doc_html, .out = &out};

	(void)state;
	doc_table(&doc, columns, 1);
	doc_table_end(&doc);
	assert_text("<p class=\"none\">none</p>\n", writer_view(&out));
	doc_release(&doc);
	writer_release(&out);
}

/* --- drawings -------------------------------------------------------------------------------- */

static void a_bar_fills_its_width_in_the_direction_of_the_page(void **state)
{
	struct doc_bar bar = {.attested = {[DOC_COMPLETE] = 1}, .self = {[DOC_NOTHING] = 3}};
	struct writer out = {0};

	(void)state;
	doc_svg_bar(&out, &bar, false);
	assert_int_equal(count_of(&out, "class=\"f0\" height=\"100%\" width=\"25.0%\""), 1);
	assert_int_equal(
	    count_of(&out, "class=\"f7\" height=\"100%\" x=\"25.0%\" width=\"75.0%\""), 1);
	assert_int_equal(count_of(&out, "class=\"few\""), 0);
	writer_clear(&out);
	doc_svg_bar(&out, &bar, true);
	assert_int_equal(
	    count_of(&out, "class=\"f0\" height=\"100%\" x=\"75.0%\" width=\"25.0%\""), 1);
	assert_int_equal(count_of(&out, "class=\"f7\" height=\"100%\" width=\"75.0%\""), 1);
	/* One's own word is hatched. */
	bar.attested[DOC_COMPLETE] = 0;
	bar.self[DOC_COMPLETE] = 1;
	writer_clear(&out);
	doc_svg_bar(&out, &bar, false);
	assert_int_equal(count_of(&out, "class=\"few\""), 1);
	writer_release(&out);
}

static void a_bar_of_nobody_is_empty(void **state)
{
	const struct doc_bar bar = {{0}, {0}};
	struct writer out = {0};

	(void)state;
	doc_svg_bar(&out, &bar, false);
	assert_text("<svg class=\"bar\" aria-hidden=\"true\"></svg>", writer_view(&out));
	writer_release(&out);
}

static void a_share_of_few_is_drawn_no_more_exactly_than_it_is_said(void **state)
{
	struct doc_share two = {.is_known = true,
	    .is_few = true,
	    .is_below = true,
	    .permille = 50,
	    .threshold = 330,
	    .count = 2,
	    .total = 40};
	struct doc_share four = two, five = two;
	struct writer a = {0}, b = {0};

	(void)state;
	four.count = 4;
	four.permille = 100;
	doc_svg_share(&a, &two, false);
	doc_svg_share(&b, &four, false);
	assert_bytes(writer_view(&a), writer_view(&b));
	writer_clear(&a);
	doc_share_put(&a, &two);
	assert_text("<5", writer_view(&a));
	five.count = 5;
	five.is_few = false;
	five.permille = 125;
	writer_clear(&a);
	doc_share_put(&a, &five);
	assert_text("12.5", writer_view(&a));
	writer_release(&a);
	writer_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_page_holds_no_markup_but_its_own),
	    cmocka_unit_test(controls_and_overrides_are_escapes_everywhere),
	    cmocka_unit_test(a_text_without_end_is_cut),
	    cmocka_unit_test(a_language_that_is_no_tag_is_left_out),
	    cmocka_unit_test(markdown_escapes_what_begins_markup),
	    cmocka_unit_test(a_cell_is_never_a_formula),
	    cmocka_unit_test(a_csv_has_source_and_date_in_each_line),
	    cmocka_unit_test(a_group_is_named_once),
	    cmocka_unit_test(an_empty_table_says_so),
	    cmocka_unit_test(a_bar_fills_its_width_in_the_direction_of_the_page),
	    cmocka_unit_test(a_bar_of_nobody_is_empty),
	    cmocka_unit_test(a_share_of_few_is_drawn_no_more_exactly_than_it_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
