/* What may be published of each type of field, and the line that says why something may not. */
#include "tests/proto/kinds_world.h"

#include "proto/limits.h"

#define LINK "\"0000000000000000000000000000000000000000000000000000000000000000\""

/* A link cannot be written in JSON: LINKED stands for one. */
static void expect_linked(const char *kind, const char *json, const char *lines);

static void a_good_record_is_written_in_its_one_form(void **state)
{
	struct writer map = {0}, out = {0}, again = {0};
	struct fault_sink sink = {0};

	(void)state;
	from_json(&map,
	    "{\"title\":{\"fr\":\"Accueil\",\"ar\":\"\\u0627\\u0633\\u062a\\u0642\\u0628"
	    "\\u0627\\u0644\"},\"themes\":[\"transparency\"],\"cost\":{\"amount\":500000,"
	    "\"currency\":\"MAD\"},\"start\":\"2020-02\",\"steps\":[{\"fr\":\"un\"}]}");
	assert_ok(kinds_check(kind_by_number(128), writer_view(&map), &out, &sink));
	assert_ok(mp_scan(writer_view(&out)));
	assert_bytes(writer_view(&map), writer_view(&out));
	assert_ok(kinds_check(kind_by_number(128), writer_view(&out), &again, &sink));
	assert_bytes(writer_view(&out), writer_view(&again));
	writer_release(&map);
	writer_release(&out);
	writer_release(&again);
}

static void texts_are_normalised(void **state)
{
	struct writer map = {0}, out = {0};
	struct fault_sink sink = {0};
	struct bytes payload;

	(void)state;
	from_json(&map,
	    "{\"title\":{\"fr\":\"  Cafe\\u0301\\n des \\t voisins \"},\"problem\":{\"fr\":"
	    "\"a\\r\\nb\\rc\\td\"}}");
	assert_ok(kinds_check(kind_by_number(128), writer_view(&map), &out, &sink));
	payload = writer_view(&out);
	assert_text("Caf\xc3\xa9 des voisins", kinds_text(payload, "title", LANG_FR));
	assert_text("a\nb\nc\td", kinds_text(payload, "problem", LANG_FR));
	writer_release(&map);
	writer_release(&out);
}

static void fields_that_are_not_there_or_not_known_are_named(void **state)
{
	(void)state;
	expect_faults("practice", "{}", "title: is required\n");
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"tilte\":{\"fr\":\"x\"},\"zzz\":1}",
	    "tilte: is no field here: did you mean 'title'?\nzzz: is no field here\n");
	expect_faults("practice", "{\"title\":null}", "title: is null: leave it out\n");
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"evidence\":[{\"urll\":\"x\"}]}",
	    "evidence[0].urll: is no field here: did you mean 'url'?\n");
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"a\\u001b[2Jb\\u202e\":1}",
	    "a\\u001b[2Jb\\u202e: is no field here\n");
	expect_faults("practice", "[]", ": is to be a map of fields\n");
	expect_faults(
	    "log.open", "{}", ": records of the kind log.open are made by nodes, not published\n");
}

static void texts_keep_their_form(void **state)
{
	(void)state;
	expect_faults("practice", "{\"title\":\"x\"}",
	    "title: is to be text by language, such as {\"fr\": \"\xe2\x80\xa6\"}\n");
	expect_faults("practice", "{\"title\":{}}", "title: is empty: leave it out\n");
	expect_faults("practice", "{\"title\":{\"de\":\"x\",\"fr\":3,\"ar\":\" \"}}",
	    "title.ar: is empty: leave it out\n"
	    "title.de: is no language of the network: ar, fr, en or zgh\n"
	    "title.fr: is to be text\n");
	expect_faults("practice", "{\"title\":{\"fr\":\"a\\u202eb\"}}",
	    "title.fr: holds a control of writing direction\n");
	expect_faults("practice", "{\"title\":{\"fr\":\"a\\u0007b\"}}",
	    "title.fr: holds a control character\n");
	expect_faults(
	    "practice", "{\"title\":{\"fr\":\"x\"},\"problem\":{\"fr\":\"a\\u202eb\"}}", "");
	expect_faults("practice",
	    "{\"title\":{\"fr\":\"x\"},\"problem\":{\"fr\":\"a\\u202e\\u0007b\"}}",
	    "problem.fr: holds a control character\n");
}

static void a_title_has_a_bound(void **state)
{
	char json[2000];

	(void)state;
	for (int size = 1024; size <= 1025; size++) {
		snprintf(json, sizeof(json), "{\"title\":{\"fr\":\"%0*d\"}}", size, 0);
		expect_faults("practice", json,
		    size == 1024 ? "" : "title.fr: is 1025 bytes long, at most 1024 are allowed\n");
	}
}

static void dates_are_dates(void **state)
{
	static const char *const good[] = {
	    "2016", "2016-10", "2016-10-21", "2016-02-29", "2000-02-29", "1900", "2199-12-31"};
	static const char *const bad[] = {"2016-13", "2016-00", "2015-02-29", "1900-02-29",
	    "2016-10-00", "2016-10-32", "2016-1", "99999", "1899", "2200", "2016-10-21T00:00",
	    "Ongoing", "2016/10", "", "2016-", "-016"};
	char json[100];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(json, sizeof(json), "{\"title\":{\"fr\":\"x\"},\"end\":\"%s\"}", good[i]);
		expect_faults("commitment", json, "");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(json, sizeof(json), "{\"title\":{\"fr\":\"x\"},\"end\":\"%s\"}", bad[i]);
		expect_faults("commitment", json, "end: is no date YYYY, YYYY-MM or YYYY-MM-DD\n");
	}
	expect_faults("commitment", "{\"title\":{\"fr\":\"x\"},\"end\":2016}",
	    "end: is to be a date YYYY, YYYY-MM or YYYY-MM-DD\n");
}

static void numbers_and_amounts_keep_their_bounds(void **state)
{
	(void)state;
	expect_faults("commitment", "{\"title\":{\"fr\":\"x\"},\"article\":1}", "");
	expect_faults("commitment", "{\"title\":{\"fr\":\"x\"},\"article\":0}",
	    "article: is to be from 1 to 999\n");
	expect_faults("commitment", "{\"title\":{\"fr\":\"x\"},\"article\":\"1\"}",
	    "article: is to be a whole number\n");
	expect_faults("practice",
	    "{\"title\":{\"fr\":\"x\"},\"cost\":{\"amount\":9007199254740991,\"currency\":\"MAD\"}"
	    "}",
	    "");
	expect_faults("practice",
	    "{\"title\":{\"fr\":\"x\"},\"cost\":{\"amount\":-1,\"currency\":\"MAX\"}}",
	    "cost.currency: is no ISO 4217 code such as MAD\n");
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"cost\":{\"amount\":1}}",
	    "cost: is an amount in the minor unit and a currency: amount=500000 currency=MAD\n");
	expect_faults("practice",
	    "{\"title\":{\"fr\":\"x\"},\"cost\":{\"amount\":1,\"unit\":\"MAD\"}}",
	    "cost.unit: is no part of an amount\n");
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"cost\":500}",
	    "cost: is to be {\"amount\": in the minor unit, \"currency\": \"MAD\"}\n");
}

static void lists_and_words(void **state)
{
	(void)state;
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"themes\":\"gender\"}",
	    "themes: is to be a list\n");
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"themes\":[]}",
	    "themes: is empty: leave it out\n");
	expect_faults(
	    "practice", "{\"title\":{\"fr\":\"x\"},\"themes\":[\"gender\",\"own_one\"]}", "");
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"themes\":[\"Gender\",7]}",
	    "themes[0]: is none of the themes: did you mean 'gender'?\nthemes[1]: is to be text\n");
	expect_faults("practice",
	    "{\"title\":{\"fr\":\"x\"},\"themes\":[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","
	    "\"a\","
	    "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"]}",
	    "themes: has 17 elements, at most 16 are allowed\n");
	expect_linked("progress", "\"status\":\"complet\"",
	    "status: is none of the completion: did you mean 'complete'?\n");
	expect_linked("progress", "\"status\":\"NR\"",
	    "status: is to be one of no_evidence, not_started, limited, substantial, complete, "
	    "withdrawn\n");
	expect_linked("attestation",
	    "\"role\":\"observer\",\"coding\":{\"completion\":\"NR\","
	    "\"potential\":\"ND\",\"verifiable\":\"NA\"}",
	    "");
	expect_linked("attestation", "\"role\":\"observer\",\"coding\":{\"completion\":\"nr\"}",
	    "coding.completion: is to be one of no_evidence, not_started, limited, substantial, "
	    "complete, withdrawn\n");
}

static void addresses_and_hashes(void **state)
{
	static const char *const bad[][2] = {
	    {"ftp://a.ma", "is to begin with https:// or http://"},
	    {"https://", "is to begin with https:// or http://"},
	    {"javascript:alert(1)", "is to begin with https:// or http://"},
	    {"https://a.ma/a b", "holds a character that no address has"},
	    {"https://a.ma/<script>", "holds a character that no address has"},
	};
	char json[200], lines[200];

	(void)state;
	expect_faults("practice",
	    "{\"title\":{\"fr\":\"x\"},\"evidence\":[{\"url\":\"https://a.ma/\xc3\xa9\"}]}", "");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(json, sizeof(json),
		    "{\"title\":{\"fr\":\"x\"},\"evidence\":[{\"url\":\"%s\"}]}", bad[i][0]);
		snprintf(lines, sizeof(lines), "evidence[0].url: %s\n", bad[i][1]);
		expect_faults("practice", json, lines);
	}
	expect_faults(
	    "practice", "{\"title\":{\"fr\":\"x\"},\"evidence\":[{\"hash\":" LINK "}]}", "");
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"evidence\":[{\"hash\":\"00\"}]}",
	    "evidence[0].hash: is to be 64 hex digits\n");
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"evidence\":[{\"hash\":3}]}",
	    "evidence[0].hash: is to be 64 hex digits\n");
}

static void links_lead_to_records(void **state)
{
	(void)state;
	expect_faults("comment", "{\"text\":{\"fr\":\"x\"}}", "about: is required\n");
	expect_faults("comment", "{\"about\":\"sefrou/1\",\"text\":{\"fr\":\"x\"}}",
	    "about: names no record that is known here\n");
	expect_faults("comment", "{\"about\":3,\"text\":{\"fr\":\"x\"}}",
	    "about: is to be a link to a record\n");
	expect_faults("comment", "{\"about\":[1,2,3],\"text\":{\"fr\":\"x\"}}",
	    "about: is no link to a record\n");
	expect_linked("comment", "\"text\":{\"fr\":\"x\"}", "");
}

static void rules_between_fields_hold(void **state)
{
	(void)state;
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"withdrawn\":true}",
	    "reason: is required: a withdrawal says why\n");
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"withdrawn\":false}", "");
	expect_faults("practice",
	    "{\"reason\":{\"fr\":\"y\"},\"title\":{\"fr\":\"x\"},\"withdrawn\":true}", "");
	expect_faults("practice", "{\"title\":{\"fr\":\"x\"},\"withdrawn\":\"yes\"}",
	    "withdrawn: is to be true or false\n");
	expect_linked("attestation", "\"role\":\"observer\",\"agrees\":false",
	    "dissent: is required: who does not agree says in what\n");
	expect_linked("attestation", "\"role\":\"observer\",\"agrees\":true", "");
	expect_faults("adhesion", "{\"deliberation\":{\"number\":\"12\"}}",
	    "deliberation.date: is required\n");
}

static void columns_of_a_source_stay_as_written(void **state)
{
	struct writer map = {0}, out = {0};
	struct fault_sink sink = {0};

	(void)state;
	from_json(&map,
	    "{\"source\":{\"catalogue\":\"ogp\",\"columns\":{\"a\":\"\",\"b\":\"e\\u0301\\r\\n"
	    "\\u202e\"}},\"title\":{\"en\":\"x\"}}");
	assert_ok(
	    kinds_check(kind_by_name(BYTES_STR("commitment")), writer_view(&map), &out, &sink));
	assert_bytes(writer_view(&map), writer_view(&out));
	expect_faults("commitment",
	    "{\"source\":{\"catalogue\":\"ogp\",\"columns\":{\"a\":3}},\"title\":{\"en\":\"x\"}}",
	    "source.columns.a: is to be text\n");
	writer_release(&map);
	writer_release(&out);
}

static void a_record_has_a_bound(void **state)
{
	static char json[80000];
	char line[100];

	(void)state;
	snprintf(json, sizeof(json),
	    "{\"source\":{\"catalogue\":\"o\",\"columns\":{\"a\":\"%0*d\"}},\"title\":{\"en\":"
	    "\"x\"}}",
	    RECORD_PAYLOAD_MAX - 47, 0);
	expect_faults("commitment", json, "");
	snprintf(json, sizeof(json),
	    "{\"source\":{\"catalogue\":\"o\",\"columns\":{\"a\":\"%0*d\"}},\"title\":{\"en\":"
	    "\"x\"}}",
	    RECORD_PAYLOAD_MAX - 46, 0);
	snprintf(line, sizeof(line), ": the record is %d bytes large, at most 65536 are allowed\n",
	    RECORD_PAYLOAD_MAX + 1);
	expect_faults("commitment", json, line);
}

/* {"about": a link, pairs that sort behind} of a kind. */
static void expect_linked(const char *kind, const char *json, const char *lines)
{
	const struct record_ref ref = {{{1}}, 5, {{2}}};
	struct writer rest = {0}, map = {0}, out = {0};
	struct faults f = {0};
	struct fault_sink sink = faults_sink(&f);
	char text[400];
	enum err err;

	snprintf(text, sizeof(text), "{%s}", json);
	from_json(&rest, text);
	/* "agrees" alone sorts after "about"; so does everything else here */
	mp_put_map(&map, (rest.data[0] & 15u) + 1);
	mp_put_cstr(&map, "about");
	kinds_put_link(&map, &ref);
	writer_put(&map, rest.data + 1, rest.size - 1);
	err = kinds_check(kind_by_name(bytes_str(kind)), writer_view(&map), &out, &sink);
	assert_text(lines, writer_view(&f.lines));
	assert_err(*lines ? ERR_FIELD : ERR_NONE, err);
	if (err == ERR_NONE) {
		struct record_ref found;

		assert_true(kinds_link(writer_view(&out), "about", &found));
		assert_true(found.index == 5 && found.leaf.b[0] == 2);
	}
	writer_release(&rest);
	writer_release(&map);
	writer_release(&out);
	writer_release(&f.lines);
}

static void bytes_that_are_no_value_are_refused(void **state)
{
	static const struct {
		const char *hex, *line;
	} cases[] = {{"", ": message ends too early\n"}, {"c1", ": encoding is not canonical\n"},
	    {"8000", ": bytes follow the end of a message\n"},
	    {"81a3ffffff01", ": text is not valid UTF-8\n"},
	    {"91919191919191919190", ": a stated limit is exceeded\n"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct faults f = {0};
		struct fault_sink sink = faults_sink(&f);
		struct writer out = {0};

		assert_err(
		    ERR_FIELD, kinds_check(kind_by_number(128), HEX(cases[i].hex), &out, &sink));
		assert_text(cases[i].line, writer_view(&f.lines));
		writer_release(&f.lines);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_record_is_written_in_its_one_form),
	    cmocka_unit_test(texts_are_normalised),
	    cmocka_unit_test(fields_that_are_not_there_or_not_known_are_named),
	    cmocka_unit_test(texts_keep_their_form),
	    cmocka_unit_test(a_title_has_a_bound),
	    cmocka_unit_test(dates_are_dates),
	    cmocka_unit_test(numbers_and_amounts_keep_their_bounds),
	    cmocka_unit_test(lists_and_words),
	    cmocka_unit_test(addresses_and_hashes),
	    cmocka_unit_test(links_lead_to_records),
	    cmocka_unit_test(rules_between_fields_hold),
	    cmocka_unit_test(columns_of_a_source_stay_as_written),
	    cmocka_unit_test(a_record_has_a_bound),
	    cmocka_unit_test(bytes_that_are_no_value_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
