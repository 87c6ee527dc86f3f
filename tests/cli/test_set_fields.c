/* --set FIELD=VALUE becomes the map that the kind asks for, or says what to write instead. */
#include "cli/set_fields.h"

#include "proto/json.h"
#include "proto/mp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

static void becomes(
    const char *kind, const char *const *given, const char *base, const char *expected)
{
	struct set_fields set;
	struct writer map = {0};
	struct writer from = {0};
	struct writer json = {0};
	struct why why = {0};

	set_fields_init(&set, kind_by_name(bytes_str(kind)));
	for (; *given; given++)
		if (set_fields_add(&set, *given, &why))
			fail_msg("%s: %s", *given, why.text);
	if (base)
		assert_int_equal(json_parse(&from, bytes_str(base), &why), ERR_NONE);
	assert_int_equal(set_fields_encode(&set, writer_view(&from), &map), ERR_NONE);
	assert_int_equal(mp_scan(writer_view(&map)), ERR_NONE);
	assert_int_equal(json_print(&json, writer_view(&map)), ERR_NONE);
	writer_u8(&json, 0);
	assert_string_equal((char *)json.data, expected);
	set_fields_release(&set);
	writer_release(&map);
	writer_release(&from);
	writer_release(&json);
}

#define GIVEN(...) ((const char *const[]){__VA_ARGS__, NULL})

static void fields_are_typed_by_their_kind(void **state)
{
	(void)state;
	becomes("practice",
	    GIVEN("title.fr=Guichet = unique", "title.ar=شباك", "cost.amount=250000",
		"cost.currency=MAD"),
	    NULL,
	    "{\"cost\":{\"amount\":250000,\"currency\":\"MAD\"},\"title\":{\"ar\":\"شباك\",\"fr\":"
	    "\"Guichet = unique\"}}");
	becomes("commitment", GIVEN("title.fr=A", "article=3", "end=2024-12"), NULL,
	    "{\"article\":3,\"end\":\"2024-12\",\"title\":{\"fr\":\"A\"}}");
	becomes("attestation", GIVEN("agrees=no", "coding.completion=limited", "about=coord/3"),
	    NULL,
	    "{\"about\":\"coord/3\",\"agrees\":false,\"coding\":{\"completion\":\"limited\"}}");
	becomes("practice", GIVEN("title.fr="), NULL, "{\"title\":{\"fr\":\"\"}}");
}

static void lists_grow_by_repetition(void **state)
{
	(void)state;
	becomes("project",
	    GIVEN("title.fr=P", "budget.lines.funder.fr=A", "budget.lines.amount.amount=1",
		"budget.lines.amount.currency=MAD", "budget.lines.amount.amount=2",
		"budget.lines.amount.currency=EUR", "budget.lines.funder.fr=B"),
	    NULL,
	    "{\"budget\":{\"lines\":[{\"amount\":{\"amount\":1,\"currency\":\"MAD\"},\"funder\":{"
	    "\"fr\":\"A\"}},"
	    "{\"amount\":{\"amount\":2,\"currency\":\"EUR\"},\"funder\":{\"fr\":\"B\"}}]},"
	    "\"title\":{\"fr\":\"P\"}}");
	becomes("practice", GIVEN("themes=gender", "themes=integrity"), NULL,
	    "{\"themes\":[\"gender\",\"integrity\"]}");
	becomes("practice", GIVEN("steps.fr=un", "steps.ar=واحد", "steps.fr=deux"), NULL,
	    "{\"steps\":[{\"ar\":\"واحد\",\"fr\":\"un\"},{\"fr\":\"deux\"}]}");
	becomes("practice",
	    GIVEN("evidence.url=https://a.example", "evidence.title.fr=A",
		"evidence.url=https://b.example"),
	    NULL,
	    "{\"evidence\":[{\"title\":{\"fr\":\"A\"},\"url\":\"https://"
	    "a.example\"},{\"url\":\"https://b.example\"}]}");
}

static void elements_are_named(void **state)
{
	(void)state;
	becomes("practice",
	    GIVEN("evidence[1].url=https://b.example", "evidence[0].url=https://a.example",
		"evidence[1].title.fr=B", "themes[1]=gender", "themes[0]=integrity"),
	    NULL,
	    "{\"evidence\":[{\"url\":\"https://a.example\"},{\"title\":{\"fr\":\"B\"},\"url\":"
	    "\"https://b.example\"}],\"themes\":[\"integrity\",\"gender\"]}");
	/* Gaps close. */
	becomes("practice", GIVEN("steps[7].fr=deux", "steps[2].fr=un", "steps[7].ar=اثنان"), NULL,
	    "{\"steps\":[{\"fr\":\"un\"},{\"ar\":\"اثنان\",\"fr\":\"deux\"}]}");
}

static void free_names_are_taken_as_they_are(void **state)
{
	(void)state;
	becomes("practice",
	    GIVEN("source.columns.Montant. (MAD)[1]=12,5", "source.id=3",
		"source.columns.الهدف=نشر", "source.columns.Empty="),
	    NULL,
	    "{\"source\":{\"columns\":{\"Empty\":\"\",\"Montant. "
	    "(MAD)[1]\":\"12,5\",\"الهدف\":\"نشر\"},\"id\":\"3\"}}");
	becomes("practice", GIVEN("source.columns={\"A\": \"1\", \"B\": \"2\"}"), NULL,
	    "{\"source\":{\"columns\":{\"A\":\"1\",\"B\":\"2\"}}}");
}

static void a_file_is_the_base(void **state)
{
	(void)state;
	becomes("practice", GIVEN("title.fr=B"),
	    "{\"title\":{\"ar\":\"x\"},\"themes\":[\"gender\"]}",
	    "{\"themes\":[\"gender\"],\"title\":{\"fr\":\"B\"}}");
}

static void refused(const char *kind, const char *const *given, const char *part)
{
	struct set_fields set;
	struct why why = {0};
	enum err err = ERR_NONE;

	set_fields_init(&set, kind_by_name(bytes_str(kind)));
	for (; *given && !err; given++)
		err = set_fields_add(&set, *given, &why);
	assert_int_equal(err, ERR_FIELD);
	if (!strstr(why.text, part))
		fail_msg("'%s' does not say '%s'", why.text, part);
	set_fields_release(&set);
}

static void mistakes_are_named(void **state)
{
	(void)state;
	refused("practice", GIVEN("themes[1]=gender", "themes[1]=integrity"), "set twice");
	refused("practice", GIVEN("title[1].fr=x"), "no field");
	refused("practice", GIVEN("themes[x]=gender"), "no field");
	refused("practice", GIVEN("themes[]=gender"), "no field");
	refused("practice", GIVEN("themes[99999]=gender"), "no field");
	refused("practice", GIVEN("titel.fr=x"), "no field 'titel.fr'");
	refused("practice", GIVEN("title=x"), "say title.fr");
	refused("practice", GIVEN("title.de=x"), "say title.fr");
	refused("practice", GIVEN("title"), "FIELD=VALUE");
	refused("practice", GIVEN("=x"), "FIELD=VALUE");
	refused("practice", GIVEN("cost=5"), "set cost.amount");
	refused("practice", GIVEN("evidence=5"), "set evidence.title");
	refused("practice", GIVEN("cost.price=5"), "no field");
	refused("commitment", GIVEN("article=five"), "whole number");
	refused("practice", GIVEN("cost.amount.x=5"), "no field");
	refused("practice", GIVEN("title.fr=a", "title.fr=b"), "set twice");
	refused("practice", GIVEN("source.columns=x"), "set source.columns.NAME");
	refused("practice", GIVEN("source.columns.A=1", "source.columns.A=2"), "set twice");
	refused(
	    "practice", GIVEN("source.columns.A=1", "source.columns={\"A\": \"1\"}"), "set twice");
	refused(
	    "practice", GIVEN("source.columns={\"A\": \"1\"}", "source.columns.B=1"), "set twice");
	refused("practice", GIVEN("start=2020", "start=2021"), "set twice");
	refused("attestation", GIVEN("agrees=perhaps"), "true or false");
	refused("practice", GIVEN("..=x"), "no field");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_are_typed_by_their_kind),
	    cmocka_unit_test(lists_grow_by_repetition),
	    cmocka_unit_test(elements_are_named),
	    cmocka_unit_test(free_names_are_taken_as_they_are),
	    cmocka_unit_test(a_file_is_the_base),
	    cmocka_unit_test(mistakes_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
