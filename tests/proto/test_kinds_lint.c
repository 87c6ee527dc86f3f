/* Warnings before signing: what looks like a person, unknown words, dates the wrong way round. */
#include "tests/proto/kinds_world.h"

static void expect_warnings(const char *kind, const char *json, const char *lines)
{
	struct faults f = {0};
	struct fault_sink sink = faults_sink(&f);
	struct writer map = {0};
	unsigned count = kinds_lint(kind_by_name(bytes_str(kind)), from_json(&map, json), &sink);
	unsigned expected = 0;

	if (!bytes_equal(bytes_str(lines), writer_view(&f.lines)))
		print_error("for %s\n", json);
	assert_text(lines, writer_view(&f.lines));
	for (; *lines; lines++)
		expected += *lines == '\n';
	assert_int_equal(count, expected);
	assert_err(ERR_NONE, f.why.err);
	writer_release(&map);
	writer_release(&f.lines);
}

#define MAIL "?problem.fr: holds what looks like an e-mail address\n"
#define PHONE "?problem.fr: holds what looks like a telephone number\n"
#define CARD "?problem.fr: holds what looks like the number of an identity card\n"

static void personal_data_is_noticed(void **state)
{
	static const char *const cases[][2] = {
	    {"contact: a.b-c@commune.ma.", MAIL},
	    {"(x@y.org)", MAIL},
	    {"le compte @commune", ""},
	    {"a@b", ""},
	    {"prix @ 5.50", ""},
	    {"appeler le 06 12 34 56 78", PHONE},
	    {"tel:0612-345-678", PHONE},
	    {"05.35.66.00.00", PHONE},
	    {"+212 6 12 34 56 78", PHONE},
	    {"00212612345678", PHONE},
	    {"en 2016, 0912345678 dossiers", ""},
	    {"budget de 0612345", ""},
	    {"de 10 000 000 a 20 000 000", ""},
	    {"loi 31-13 du 22-02-2018", ""},
	    {"CIN AB123456, rue", CARD},
	    {"K12345", CARD},
	    {"COVID19 et A4 et ABC12345", ""},
	    {"AB1234 ou AB1234567", ""},
	    {"ISO9001, XAB123456", ""},
	    {"AB123456x", ""},
	    {"الهاتف ٠٦٦١٢٣٤٥٦٧", PHONE},
	    {"هاتف: ٠٦ ٦١ ٢٣ ٤٥ ٦٧", PHONE},
	    {"۰۶۶۱۲۳۴۵۶۷", PHONE},
	    {"في سنة ٢٠٢٤ وزعت ١٢٠٠ وثيقة", ""},
	    {"CIN BE 123456", CARD},
	    {"cnie n. J 12345", CARD},
	    {"رقم البطاقة BE 123456", CARD},
	    {"البطاقة BE١٢٣٤٥٦", CARD},
	    {"RC 123456, A4 100000 exemplaires", ""},
	    {"le ciné AB 123456", ""},
	    {"ecrire a x@y.ma ou au 0612345678, AB123456", MAIL PHONE CARD},
	};
	char json[200];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(json, sizeof(json), "{\"problem\":{\"fr\":\"%s\"}}", cases[i][0]);
		expect_warnings("practice", json, cases[i][1]);
	}
	expect_warnings("practice", "{\"evidence\":[{\"url\":\"https://a.ma/x@y.ma\"}]}", "");
	expect_warnings("practice", "{\"evidence\":[{\"note\":{\"ar\":\"x@y.ma\"}}]}",
	    "?evidence[0].note.ar: holds what looks like an e-mail address\n");
}

static void unknown_themes_are_noticed(void **state)
{
	(void)state;
	expect_warnings("practice", "{\"themes\":[\"gender\",\"transparancy\",\"own_one\"]}",
	    "?themes[1]: is none of the shared themes: did you mean 'transparency'?\n"
	    "?themes[2]: is none of the shared themes\n");
	expect_warnings("progress", "{\"themes\":[\"own_one\"]}", "");
}

static bool knows_rain(void *context, const char *vocabulary, struct bytes word)
{
	(void)context;
	return !strcmp(vocabulary, "stages") && bytes_equal(word, BYTES_STR("rain"));
}

static void words_of_the_network_are_known(void **state)
{
	static const char payload[] = "{\"stages\":[{\"stage\":\"rain\"},{\"stage\":\"snow\"}],"
				      "\"themes\":[\"rain\"]}";
	struct faults f = {0};
	struct fault_sink sink = faults_sink(&f);
	struct writer map = {0};
	const struct kind *kind = kind_by_name(BYTES_STR("programme"));

	(void)state;
	expect_warnings("programme", payload,
	    "?stages[0].stage: is none of the shared stages\n"
	    "?stages[1].stage: is none of the shared stages\n"
	    "?themes[0]: is none of the shared themes\n");
	expect_warnings("workshop", "{\"stage\":\"diagnosi\"}",
	    "?stage: is none of the shared stages: did you mean 'diagnosis'?\n");
	sink.knows = knows_rain;
	assert_int_equal(kinds_lint(kind, from_json(&map, payload), &sink), 2);
	assert_text("?stages[1].stage: is none of the shared stages\n"
		    "?themes[0]: is none of the shared themes\n",
	    writer_view(&f.lines));
	writer_release(&map);
	writer_release(&f.lines);
}

static void dates_the_wrong_way_round_are_noticed(void **state)
{
	(void)state;
	expect_warnings("commitment", "{\"end\":\"2019\",\"start\":\"2020-05\"}",
	    "?end: it ends before it starts\n");
	expect_warnings("commitment", "{\"end\":\"2020\",\"start\":\"2020-05\"}", "");
	expect_warnings("commitment", "{\"end\":\"2020-05-01\",\"start\":\"2020-05-02\"}",
	    "?end: it ends before it starts\n");
	expect_warnings("commitment", "{\"end\":\"2020-05-01\",\"start\":7}", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(personal_data_is_noticed),
	    cmocka_unit_test(unknown_themes_are_noticed),
	    cmocka_unit_test(words_of_the_network_are_known),
	    cmocka_unit_test(dates_the_wrong_way_round_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
