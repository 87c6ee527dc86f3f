/* Networks as data: every shipped one is read whole; each mistake in a file is named by its place,
 * and nothing that stands in a file breaks the reader. */
#include "cli/network_check.h"
#include "cli/network_file.h"
#include "cli/network_roster.h"
#include "proto/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOOD \
	"{\"id\":\"test\",\"version\":1,\"names\":{\"ar\":\"شبكة\",\"fr\":\"Réseau\",\"en\":" \
	"\"Net\"}," \
	"\"founded\":\"2022-10\",\"period\":{\"start\":\"2020\",\"end\":\"2024\"}," \
	"\"timezone\":\"Africa/Casablanca\",\"languages\":[\"ar\",\"fr\"],\"currency\":\"MAD\"," \
	"\"charter\":{\"version\":\"1\",\"title\":{\"ar\":\"ميثاق\",\"fr\":\"Charte\",\"en\":" \
	"\"Charter\"}," \
	"\"note\":{\"ar\":\"ملاحظة\",\"fr\":\"Note\",\"en\":\"Note\"},\"articles\":[{\"number\":" \
	"1," \
	"\"title\":{\"ar\":\"أول\",\"fr\":\"Un\",\"en\":\"One\"},\"text\":{\"ar\":\"نص\",\"fr\":" \
	"\"Texte\"," \
	"\"en\":\"Text\"}}],\"values\":[{\"id\":\"v\",\"title\":{\"ar\":\"قيمة\",\"fr\":\"V\"," \
	"\"en\":\"V\"}," \
	"\"text\":{\"ar\":\"نص\",\"fr\":\"T\",\"en\":\"T\"}}]}," \
	"\"themes\":[{\"id\":\"gender\",\"ar\":\"النوع\",\"fr\":\"genre\",\"en\":\"gender\"}]," \
	"\"stages\":[{\"id\":\"s\",\"ar\":\"مرحلة\",\"fr\":\"s\",\"en\":\"s\"}]," \
	"\"vocabularies\":{\"measures\":[{\"id\":\"m\",\"ar\":\"قياس\",\"fr\":\"m\",\"en\":\"m\"}" \
	"]}," \
	"\"grids\":[{\"id\":\"g\",\"version\":\"2020\",\"note\":{\"ar\":\"ملاحظة\",\"fr\":\"N\"," \
	"\"en\":\"N\"}," \
	"\"conditions\":[{\"id\":\"c\",\"title\":{\"ar\":\"شرط\",\"fr\":\"C\",\"en\":\"C\"}}]," \
	"\"indicators\":[{\"id\":\"i\",\"title\":{\"ar\":\"مؤشر\",\"fr\":\"I\",\"en\":\"I\"}," \
	"\"unit\":\"%\"," \
	"\"max\":\"7.5\"}]}]," \
	"\"roster\":{\"note\":{\"ar\":\"ملاحظة\",\"fr\":\"N\",\"en\":\"N\"}}}"

struct seen {
	struct network_fault first;
	unsigned count;
};

static void see(void *context, const struct network_fault *fault)
{
	struct seen *seen = context;

	if (!seen->count++)
		seen->first = *fault;
}

/* The first fault of a text; count 0 when it is fine. */
static struct seen judge(const char *text)
{
	struct seen seen = {0};
	struct network_faults faults = {.report = see, .context = &seen};
	struct writer parsed = {0};
	struct why why = {0};

	assert_int_equal(json_parse(&parsed, bytes_str(text), &why), ERR_NONE);
	network_check(writer_view(&parsed), &faults);
	assert_int_equal(faults.count, seen.count);
	writer_release(&parsed);
	return seen;
}

/* The good file with `from`, which must be in it, replaced. */
static char *twin(const char *from, const char *to)
{
	const char *at = strstr(GOOD, from);
	size_t size = sizeof(GOOD) + strlen(to);
	char *out = malloc(size);

	assert_non_null(at);
	assert_non_null(out);
	snprintf(out, size, "%.*s%s%s", (int)(at - GOOD), GOOD, to, at + strlen(from));
	return out;
}

static void a_good_file_has_no_fault(void **state)
{
	(void)state;
	assert_int_equal(judge(GOOD).count, 0);
}

#define BIDI "\xe2\x80\xae"

static void each_tampered_twin_is_named_by_its_place(void **state)
{
	static const struct {
		const char *from, *to, *field, *text;
	} twins[] = {
	    {"\"id\":\"test\"", "\"id\":\"Test\"", "id",
		"must be a small letter, then at most 31 small letters, digits or dashes"},
	    {"\"id\":\"test\",", "", "id", "is missing"},
	    {"\"version\":1", "\"version\":0", "version", "must be a whole number from 1 on"},
	    {"\"version\":1", "\"version\":\"1\"", "version", "must be a whole number from 1 on"},
	    {"{\"ar\":\"شبكة\",\"fr\":\"Réseau\",\"en\":\"Net\"}", "1", "names",
		"must be an object"},
	    {"\"fr\":\"Réseau\",", "", "names.fr", "is missing: ar, fr and en are all needed"},
	    {"\"fr\":\"Réseau\"", "\"fr\":\"\"", "names.fr", "is empty"},
	    {"\"fr\":\"Réseau\"", "\"fr\":7", "names.fr", "must be a text"},
	    {"\"fr\":\"Réseau\"", "\"fr\":\"شبكة\"", "names.fr", "has Arabic letters"},
	    {"\"ar\":\"شبكة\"", "\"ar\":\"Net\"", "names.ar", "has no Arabic letter"},
	    {"\"fr\":\"Réseau\"", "\"fr\":\" Réseau\"", "names.fr", "begins or ends with a blank"},
	    {"Réseau", "Re\xcc\x81seau", "names.fr", "is not in Unicode normalization form C"},
	    {"Réseau", BIDI "Réseau", "names.fr", "holds a control of writing direction"},
	    {"Réseau", "R\\u001b[31m", "names.fr", "holds a control character"},
	    {"Réseau", "R\\nR", "names.fr", "holds a line break or a tab"},
	    {"\"fr\":\"Réseau\"", "\"fr\":\"R\",\"de\":\"N\"", "names.de",
		"is no language of a network: ar, fr, en and zgh are"},
	    {"2022-10", "2022-13", "founded", "must be a date: YYYY, YYYY-MM or YYYY-MM-DD"},
	    {"\"start\":\"2020\"", "\"start\":\"2025\"", "period", "ends before it starts"},
	    {"\"start\":\"2020\",", "", "period.start", "is missing"},
	    {"Africa/Casablanca", "GMT+1", "timezone",
		"must be the name of a zone such as Africa/Casablanca"},
	    {"Africa/Casablanca", "../etc/passwd", "timezone",
		"must be the name of a zone such as Africa/Casablanca"},
	    {"[\"ar\",\"fr\"]", "[]", "languages", "has 0 entries; 1 to 256 are allowed"},
	    {"[\"ar\",\"fr\"]", "[\"ar\",\"f\"]", "languages[2]",
		"must be a language of BCP 47 such as ar"},
	    {"MAD", "DHM", "currency", "must be a code of ISO 4217 such as MAD"},
	    {"\"number\":1", "\"number\":2", "charter.articles[1].number",
		"must be 1: articles are numbered from 1 without gaps"},
	    {"\"number\":1,", "", "charter.articles[1].number", "is missing"},
	    {"[{\"number\":1", "[5,{\"number\":2", "charter.articles[1]", "must be an object"},
	    {"\"id\":\"v\"", "\"id\":\"V\"", "charter.values[1].id",
		"must be a small letter, then at most 31 small letters, digits or underscores"},
	    {"\"themes\":[",
		"\"themes\":[{\"id\":\"gender\",\"ar\":\"ن\",\"fr\":\"g\",\"en\":\"g\"},",
		"themes[2]", "has an id that stands there already"},
	    {"\"themes\":[", "\"themes\":{},\"colours\":[", "themes", "must be a list"},
	    {"\"measures\"", "\"completion\"", "vocabularies.completion",
		"is no field of a network"},
	    {"\"max\":\"7.5\"", "\"max\":\"7,5\"", "grids[1].indicators[1].max",
		"must be a decimal number in quotes, such as \"20\" or \"7.5\""},
	    {"\"max\":\"7.5\"", "\"max\":\"07\"", "grids[1].indicators[1].max",
		"must be a decimal number in quotes, such as \"20\" or \"7.5\""},
	    {"\"max\":\"7.5\"", "\"max\":\".\"", "grids[1].indicators[1].max",
		"must be a decimal number in quotes, such as \"20\" or \"7.5\""},
	    {"\"conditions\":[",
		"\"conditions\":[{\"id\":\"c\",\"title\":{\"ar\":\"ش\",\"fr\":\"C\",\"en\":\"C\"}}"
		",",
		"grids[1].conditions[2]", "has an id that stands there already"},
	    {"\"roster\":", "\"colour\":1,\"roster\":", "colour", "is no field of a network"},
	    {"\"roster\":", "\"\\u001b\":1,\"roster\":", "\\u001b", "is no field of a network"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(twins) / sizeof(*twins); i++) {
		char *text = twin(twins[i].from, twins[i].to);
		struct seen seen = judge(text);

		assert_true(seen.count > 0);
		assert_string_equal(seen.first.field, twins[i].field);
		assert_string_equal(seen.first.text, twins[i].text);
		free(text);
	}
}

static void a_grid_may_have_versions_but_none_twice(void **state)
{
	const char *at = strstr(GOOD, "{\"id\":\"g\"");
	size_t size = (size_t)(strstr(GOOD, "]}],\"roster\"") + 2 - at);
	char grid[2048];
	char *text;

	(void)state;
	snprintf(grid, sizeof(grid), "\"grids\":[%.*s,", (int)size, at);
	text = twin("\"grids\":[", grid);
	assert_string_equal(judge(text).first.field, "grids[2]");
	assert_string_equal(
	    judge(text).first.text, "has an id and a version that stand there already");
	memcpy(strstr(text, "\"2020\",\"note\""), "\"2021\"", 6);
	assert_int_equal(judge(text).count, 0);
	free(text);
}

static void texts_have_a_longest_size(void **state)
{
	char *text;
	char line[300 + 10];

	(void)state;
	memset(line, 'a', 300);
	memcpy(line, "Net", 3);
	line[256] = 0;
	text = twin("Net", line);
	assert_string_equal(judge(text).first.field, "names.en");
	assert_string_equal(judge(text).first.text, "has 256 bytes, at most 255 are allowed");
	free(text);
	line[255] = 0;
	text = twin("Net", line);
	assert_int_equal(judge(text).count, 0);
	free(text);
}

/* Every byte of a good file in turn becomes another: whatever comes out is judged, never read past
 * its end. */
static void no_single_byte_breaks_the_check(void **state)
{
	static const uint8_t others[] = {0x00, 0x5b, 0x7b, 0x80, 0xc1, 0xd9, 0xdc, 0xdf, 0xff};
	struct network_faults faults = {0};
	struct writer parsed = {0};

	(void)state;
	assert_int_equal(json_parse(&parsed, bytes_str(GOOD), NULL), ERR_NONE);
	for (size_t i = 0; i < parsed.size; i++) {
		uint8_t was = parsed.data[i];

		for (size_t j = 0; j < sizeof(others); j++) {
			parsed.data[i] = others[j];
			network_check(writer_view(&parsed), &faults);
			network_check((struct bytes){parsed.data, i}, &faults);
		}
		parsed.data[i] = was;
	}
	assert_true(faults.count > parsed.size);
	writer_release(&parsed);
}

/* --- shipped files --------------------------------------------------------------------------- */

static bool count_one(void *context, const char *path)
{
	struct network_roster roster;
	struct network_file n;
	struct network_faults faults = {0};
	struct why why = {0};

	if (network_file_read(&n, path, &why))
		fail_msg("%s", why.text);
	assert_int_equal(network_roster_read(&roster, path, &why), ERR_NONE);
	network_roster_check(&roster, &faults);
	assert_int_equal(faults.count, 0);
	assert_true(roster.table.rows >= 5);
	++*(int *)context;
	network_roster_release(&roster);
	network_file_release(&n);
	return true;
}

static void the_five_programmes_are_shipped(void **state)
{
	static const struct {
		const char *name;
		size_t members;
	} shipped[] = {{"remacto", 126}, {"papc", 11}, {"communes-citoyennes", 5}, {"ised-bmk", 40},
	    {"remagp", 15}};
	struct network_roster roster;
	struct network_file n, same;
	struct why why = {0};
	int count = 0;

	(void)state;
	assert_true(network_file_each(count_one, &count));
	assert_int_equal(count, 5);
	for (size_t i = 0; i < sizeof(shipped) / sizeof(*shipped); i++) {
		assert_int_equal(network_file_read(&n, shipped[i].name, &why), ERR_NONE);
		assert_int_equal(network_roster_read(&roster, n.path, &why), ERR_NONE);
		assert_int_equal(roster.table.rows, shipped[i].members);
		assert_int_equal(network_file_by_charter(&same, &n.charter), ERR_NONE);
		assert_string_equal(same.path, n.path);
		network_roster_release(&roster);
		network_file_release(&same);
		network_file_release(&n);
	}
}

static void a_charter_that_nobody_ships_is_not_found(void **state)
{
	struct hash charter = {{1}};
	struct network_file n;

	(void)state;
	assert_int_equal(network_file_by_charter(&n, &charter), ERR_UNKNOWN);
	assert_null(n.text.data);
}

/* --- rosters --------------------------------------------------------------------------------- */

#define HEADER "code,kind,territory,vintage,name_ar,name_fr,basis\n"
#define LINE "larache,commune,01.331.01.03,2020,العرائش,Larache,named\n"

static struct seen judge_roster(const char *text, enum err expected)
{
	char dir[] = "/tmp/open-communes-roster-XXXXXX";
	char network[64], path[64];
	struct seen seen = {0};
	struct network_faults faults = {.report = see, .context = &seen};
	struct network_roster roster;
	struct why why = {0};
	FILE *file;

	assert_non_null(mkdtemp(dir));
	snprintf(network, sizeof(network), "%s/network.json", dir);
	snprintf(path, sizeof(path), "%s/roster.csv", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(network_roster_read(&roster, network, &why), expected);
	if (!expected)
		network_roster_check(&roster, &faults);
	network_roster_release(&roster);
	unlink(path);
	rmdir(dir);
	return seen;
}

static void each_tampered_line_of_a_roster_is_named(void **state)
{
	static const struct {
		const char *line, *field, *text;
	} twins[] = {
	    {"Larache,commune,01.331.01.03,2020,العرائش,Larache,named\n", "roster.csv[1].code",
		"must be a small letter, then at most 31 small letters, digits or dashes"},
	    {"larache,city,01.331.01.03,2020,العرائش,Larache,named\n", "roster.csv[1].kind",
		"must be region, province, commune, arrondissement, coordinator or observer"},
	    {"larache,commune,Larache,2020,العرائش,Larache,named\n", "roster.csv[1].territory",
		"must be a code of a territory such as 01 or 01.151.01.01"},
	    {"larache,commune,01.331.01.03,,العرائش,Larache,named\n", "roster.csv[1].vintage",
		"is empty"},
	    {"larache,commune,01.331.01.03,2020," BIDI "العرائش,Larache,named\n",
		"roster.csv[1].name_ar", "holds a control of writing direction"},
	    {"larache,commune,01.331.01.03,2020,العرائش,Larache,known\n", "roster.csv[1].basis",
		"must be named or composed"},
	    {LINE LINE, "roster.csv[2].code", "stands in row 1 already"},
	};

	(void)state;
	assert_int_equal(judge_roster(HEADER LINE, ERR_NONE).count, 0);
	for (size_t i = 0; i < sizeof(twins) / sizeof(*twins); i++) {
		char text[512];
		struct seen seen;

		snprintf(text, sizeof(text), HEADER "%s", twins[i].line);
		seen = judge_roster(text, ERR_NONE);
		assert_int_equal(seen.count, 1);
		assert_string_equal(seen.first.field, twins[i].field);
		assert_string_equal(seen.first.text, twins[i].text);
	}
	judge_roster("code,kind\nlarache,commune\n", ERR_FIELD);
	judge_roster(HEADER "larache,commune\n", ERR_FIELD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_file_has_no_fault),
	    cmocka_unit_test(each_tampered_twin_is_named_by_its_place),
	    cmocka_unit_test(a_grid_may_have_versions_but_none_twice),
	    cmocka_unit_test(texts_have_a_longest_size),
	    cmocka_unit_test(no_single_byte_breaks_the_check),
	    cmocka_unit_test(the_five_programmes_are_shipped),
	    cmocka_unit_test(a_charter_that_nobody_ships_is_not_found),
	    cmocka_unit_test(each_tampered_line_of_a_roster_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
