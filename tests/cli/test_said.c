/* What was said in English, in the reader's language. */
#include "cli/said.h"

#include "cli/lang.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <libintl.h>

static void expect(const char *text, const char *expected)
{
	char buffer[SAID_SIZE];

	assert_string_equal(said(buffer, text), expected);
}

static void sentences_are_known_by_their_form(void **state)
{
	(void)state;
	assert_true(lang_choose("fr"));
	expect("is required", "est obligatoire");
	expect("is required: a withdrawal says why", "est obligatoire : un retrait dit pourquoi");
	expect("larache.1/78 does not match its hash",
	    "larache.1/78 ne correspond pas à son empreinte");
	expect("there is no record larache/99", "il n'y a pas d'enregistrement larache/99");
	expect("is none of the shared themes: did you mean 'gender'?",
	    "n'est pas dans le vocabulaire commun « themes » : vouliez-vous dire « gender » ?");
	expect("is to be from -5 to 7", "doit être entre -5 et 7");
	expect("fes has not asked to join: hand out an invite with `commune invite fes`",
	    "fes n'a pas demandé à entrer : donnez une invitation par `commune invite fes`");
	assert_true(lang_choose("ar"));
	expect("sefrou is a member already", "sefrou عضو من قبل");
}

static void what_is_not_known_stays(void **state)
{
	(void)state;
	assert_true(lang_choose("fr"));
	expect("is required then", "is required then");
	expect("there is no record ", "there is no record ");
	expect("", "");
	expect("100 %s of it", "100 %s of it");
	/* gettext remembers what it has translated once, whatever the language is then. */
	assert_true(lang_choose("en"));
	expect("there is no log larache", "there is no log larache");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sentences_are_known_by_their_form),
	    cmocka_unit_test(what_is_not_known_stays),
	};

	lang_init();
	/* A test lies elsewhere than the program. */
	bindtextdomain("commune", "build/locale");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
