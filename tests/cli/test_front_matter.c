/* Markdown with front matter becomes the same map as --set makes, and a blank form of any kind says nothing. */
#include "tests/unit.h"

#include "cli/form.h"
#include "cli/front_matter.h"
#include "cli/lang.h"
#include "proto/json.h"
#include "proto/mp.h"

#include <string.h>

static enum err read(const char *kind, const char *text, struct writer *json, struct why *why)
{
	struct set_fields set;
	struct writer kept = {0}, map = {0};
	enum err err;

	set_fields_init(&set, kind_by_name(bytes_str(kind)));
	err = front_matter_read(&set, bytes_str(text), &kept, why);
	if (!err)
		assert_ok(set_fields_encode(&set, (struct bytes){0}, &map));
	if (!err) {
		assert_ok(mp_scan(writer_view(&map)));
		assert_ok(json_print(json, writer_view(&map)));
		writer_u8(json, 0);
	}
	set_fields_release(&set);
	writer_release(&kept);
	writer_release(&map);
	return err;
}

static void becomes(const char *kind, const char *text, const char *expected)
{
	struct writer json = {0};
	struct why why = {0};

	if (read(kind, text, &json, &why))
		fail_msg("%s", why.text);
	assert_string_equal((char *)json.data, expected);
	writer_release(&json);
}

static void refused(const char *kind, const char *text, const char *line)
{
	struct writer json = {0};
	struct why why = {0};

	if (read(kind, text, &json, &why) != ERR_FIELD)
		fail_msg("not refused: %s", text);
	if (!strstr(why.text, line))
		fail_msg("'%s' is not in: %s", line, why.text);
	writer_release(&json);
}

static void front_matter_holds_the_paths_of_set(void **state)
{
	(void)state;
	becomes("practice",
	    "---\ntitle.fr: Guichet: unique\ntitle.ar: شباك\nthemes: [gender, "
	    "'integrity']\ncost.amount: 5\n"
	    "cost.currency: MAD\n---\n",
	    "{\"cost\":{\"amount\":5,\"currency\":\"MAD\"},\"themes\":[\"gender\",\"integrity\"],"
	    "\"title\":{\"ar\":\"شباك\","
	    "\"fr\":\"Guichet: unique\"}}");
	becomes("practice", "---\r\nthemes: gender\r\nthemes: integrity\r\n---\r\n",
	    "{\"themes\":[\"gender\",\"integrity\"]}");
	becomes("practice", "---\n# themes: gender\ncost.amount:\n  title.en :  \"A\"  \n---",
	    "{\"title\":{\"en\":\"A\"}}");
	becomes("practice", "\xef\xbb\xbf---\ntitle.fr: A\n---\n", "{\"title\":{\"fr\":\"A\"}}");
}

static void a_text_without_a_language_is_in_that_of_the_form(void **state)
{
	(void)state;
	becomes("practice", "---\ntitle: A\n---\n", "{\"title\":{\"en\":\"A\"}}");
	becomes("practice", "---\nlang: ar\ntitle: A\ntitle.fr: B\n---\n",
	    "{\"title\":{\"ar\":\"A\",\"fr\":\"B\"}}");
	refused("practice", "---\nlang: xx\n---\n", "line 2");
}

static void headings_begin_long_texts(void **state)
{
	(void)state;
	becomes("practice",
	    "---\nlang: fr\n---\n# Guichet\n\nUn seul lieu.\n\n- a\n- b\n\n## problem\nTrois.\n## "
	    "results.ar\nنتائج\n",
	    "{\"problem\":{\"fr\":\"Trois.\"},\"results\":{\"ar\":\"نتائج\"},\"solution\":{\"fr\":"
	    "\"Un seul lieu.\\n\\n- a\\n- b\"},"
	    "\"title\":{\"fr\":\"Guichet\"}}");
	/* other headings are part of the text; a title that is given stays */
	becomes("practice", "---\nlang: fr\ntitle: T\n---\n# H\n## Pourquoi\nx\n",
	    "{\"solution\":{\"fr\":\"# H\\n## Pourquoi\\nx\"},\"title\":{\"fr\":\"T\"}}");
	becomes("practice", "---\nlang: fr\n---\n## problem\na <!-- b\nc --> d\n<!-- e",
	    "{\"problem\":{\"fr\":\"a \\n d\"}}");
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
	(void)state;
	refused("practice", "---\ntitle.fr: A\n", "no end");
	refused("practice", "---\n\ntitle.fr\n---\n", "line 3");
	refused("practice", "---\ntitle.fr: A\ncolour: red\n---\n", "line 3");
	refused("commitment", "---\narticle: five\n---\n", "line 2");
	refused("practice", "---\ntitle.fr: A\ntitle.fr: B\n---\n", "line 3");
	refused("practice", "---\nlang: fr\nproblem: A\n---\n## problem\nB\n", "line 5");
}

static void a_zero_byte_is_no_text(void **state)
{
	static const char text[] = "---\ntitle.fr: A\0B\n---\n";
	struct set_fields set;
	struct writer kept = {0};
	struct why why = {0};

	(void)state;
	set_fields_init(&set, kind_by_name(BYTES_STR("practice")));
	assert_int_equal(
	    front_matter_read(&set, bytes_of(text, sizeof(text) - 1), &kept, &why), ERR_FIELD);
	set_fields_release(&set);
	writer_release(&kept);
}

static void json_is_not_taken_for_it(void **state)
{
	(void)state;
	assert_true(front_matter_is_there(BYTES_STR("---\n")));
	assert_true(front_matter_is_there(BYTES_STR("\xef\xbb\xbf---\r\na")));
	assert_false(front_matter_is_there(BYTES_STR("{\"title\":{}}")));
	assert_false(front_matter_is_there(BYTES_STR("")));
	assert_false(front_matter_is_there(BYTES_STR("----\n")));
}

/* The form of a kind, with something typed behind one of its lines. */
static void a_blank_form_of_any_kind_says_nothing(void **state)
{
	const struct kind *kind;

	(void)state;
	for (size_t i = 0; (kind = kind_at(i)); i++) {
		struct writer form = {0};

		if (!kind->is_published)
			continue;
		form_write(&form, kind);
		writer_u8(&form, 0);
		assert_true(front_matter_is_there(writer_view(&form)));
		becomes(kind->name, (char *)form.data, "{}");
		for (const struct field *f = kind->fields; f->name; f++)
			if (!strstr((char *)form.data, f->name))
				fail_msg("%s lacks %s", kind->name, f->name);
		writer_release(&form);
	}
}

static void a_form_that_is_filled_in_is_read_back(void **state)
{
	struct writer form = {0}, typed = {0};
	char *at;

	(void)state;
	form_write(&form, kind_by_name(BYTES_STR("practice")));
	writer_u8(&form, 0);
	at = strstr((char *)form.data, "\ntitle:");
	assert_non_null(at);
	writer_put(&typed, form.data, (size_t)(at + 7 - (char *)form.data));
	writer_str(&typed, " Guichet");
	writer_str(&typed, at + 7);
	writer_u8(&typed, 0);
	becomes("practice", (char *)typed.data, "{\"title\":{\"en\":\"Guichet\"}}");
	writer_release(&form);
	writer_release(&typed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(front_matter_holds_the_paths_of_set),
	    cmocka_unit_test(a_text_without_a_language_is_in_that_of_the_form),
	    cmocka_unit_test(headings_begin_long_texts),
	    cmocka_unit_test(what_is_wrong_is_told_with_its_line),
	    cmocka_unit_test(a_zero_byte_is_no_text),
	    cmocka_unit_test(json_is_not_taken_for_it),
	    cmocka_unit_test(a_blank_form_of_any_kind_says_nothing),
	    cmocka_unit_test(a_form_that_is_filled_in_is_read_back),
	};

	lang_choose("en");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
