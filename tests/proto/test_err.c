/* The list of errors is complete: a word, a line and a blame each, all distinct, and the first
 * cause wins. */
#include "tests/unit.h"

static void every_error_has_a_word_a_line_and_a_blame(void **state)
{
	(void)state;
	for (int e = ERR_NONE + 1; e < ERR_COUNT; e++) {
		enum err err = (enum err)e;
		const char *name = err_name(err);

		assert_true(strlen(name) > 1);
		for (const char *c = name; *c; c++)
			assert_true((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9'));
		assert_true(strlen(err_text(err)) > 5);
		assert_true(err_text(err)[strlen(err_text(err)) - 1] != '.');
		assert_int_not_equal(err_blame(err), BLAME_NONE);
		for (int other = ERR_NONE; other < e; other++) {
			assert_string_not_equal(name, err_name((enum err)other));
			assert_string_not_equal(err_text(err), err_text((enum err)other));
		}
	}
}

static void blame_follows_the_list(void **state)
{
	(void)state;
	assert_int_equal(err_blame(ERR_NONE), BLAME_NONE);
	assert_int_equal(err_blame(ERR_PROOF), BLAME_PEER);
	assert_int_equal(err_blame(ERR_FROZEN), BLAME_LOG);
	assert_int_equal(err_blame(ERR_FIELD), BLAME_USER);
	assert_int_equal(err_blame(ERR_FULL), BLAME_LOCAL);
	assert_int_equal(err_blame(ERR_ROT), BLAME_LOCAL);
	assert_string_equal(err_name(ERR_SHORT), "short");
	assert_string_equal(err_name(ERR_UTF8), "utf8");
}

static void a_number_outside_the_list_is_a_bug(void **state)
{
	(void)state;
	assert_string_equal(err_name((enum err)9999), "bug");
	assert_int_equal(err_blame((enum err)ERR_COUNT), BLAME_FATAL);
}

static void the_first_cause_wins(void **state)
{
	struct why why = {0};

	(void)state;
	assert_err(ERR_NONE, why_set(&why, ERR_NONE, "nothing"));
	assert_string_equal(why.text, "");
	assert_err(ERR_FIELD, why_set(&why, ERR_FIELD, "title: %d too many", 3));
	assert_err(ERR_IO, why_set(&why, ERR_IO, "later"));
	assert_err(ERR_FIELD, why.err);
	assert_string_equal(why.text, "title: 3 too many");
	assert_err(ERR_IO, why_set(NULL, ERR_IO, "nobody asks"));
}

static void a_long_line_is_cut_between_characters(void **state)
{
	struct why why = {0};
	char longer[2 * sizeof(why.text) + 1];

	(void)state;
	/* Two-byte letters after one byte: the last byte of the room would hold half a letter. */
	for (size_t i = 0; i < sizeof(longer) - 1; i += 2)
		memcpy(longer + i, "\u00e9", 2);
	longer[sizeof(longer) - 1] = '\0';
	why_set(&why, ERR_FIELD, "%s", longer);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 2);
	why = (struct why){0};
	why_set(&why, ERR_FIELD, "x%s", longer);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_error_has_a_word_a_line_and_a_blame),
	    cmocka_unit_test(blame_follows_the_list),
	    cmocka_unit_test(a_number_outside_the_list_is_a_bug),
	    cmocka_unit_test(the_first_cause_wins),
	    cmocka_unit_test(a_long_line_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
