/* The table of kinds is whole, its words are those that are shipped as data, and any payload can be read. */
#include "tests/proto/kinds_world.h"

#include "proto/kinds_table.h"

static void kinds_are_found_by_name_and_number(void **state)
{
	(void)state;
	assert_int_equal(kind_by_name(BYTES_STR("practice"))->number, 128);
	assert_string_equal(kind_by_number(66)->name, "commitment");
	assert_string_equal(kind_by_number(3)->name, "roster.entry");
	assert_null(kind_by_number(1000));
	assert_null(kind_by_name(BYTES_STR("Practice")));
	assert_null(kind_by_name(BYTES_STR("")));
	assert_string_equal(kind_nearest(BYTES_STR("practise"))->name, "practice");
	assert_string_equal(kind_nearest(BYTES_STR("comitment"))->name, "commitment");
	assert_null(kind_nearest(BYTES_STR("xyzzy")));
	assert_null(kind_nearest(BYTES_STR("log.opem"))); /* not for publishing */
	assert_int_equal(kind_erasable(63), ERASABLE_NEVER);
	assert_int_equal(kind_erasable(64), ERASABLE_BY_ROSTER);
	assert_int_equal(kind_erasable(127), ERASABLE_BY_ROSTER);
	assert_int_equal(kind_erasable(128), ERASABLE_BY_MEMBER);
}

static void check_fields(const struct field *fields, unsigned depth)
{
	assert_true(depth < 5);
	for (; fields->name; fields++) {
		for (enum lang lang = LANG_AR; lang < LANG_ZGH; lang++)
			assert_true(fields->label.in[lang] && *fields->label.in[lang]);
		assert_true(fields->help && *fields->help);
		assert_true(!fields->is_list || fields->count_max > 0);
		assert_true((fields->type == TYPE_MAP) == (fields->fields != NULL));
		assert_true((fields->type == TYPE_WORD) == (fields->words != NULL));
		assert_true((fields->type != TYPE_TEXT && fields->type != TYPE_STR) ||
			    fields->size_max > 0);
		assert_true(fields->type != TYPE_INT || fields->max > fields->min);
		assert_true(!fields[1].name || !field_by_name(fields + 1, bytes_str(fields->name)));
		if (fields->fields)
			check_fields(fields->fields, depth + 1);
	}
}

static void check_rule(const struct kind *kind, const struct rule *rule)
{
	struct bytes name = bytes_str(rule->a);

	assert_true(*rule->text);
	assert_true((rule->type == RULE_WORDS) == (rule->words != NULL));
	if (rule->type != RULE_ONE_OF) {
		assert_non_null(kind_field(kind, bytes_str(rule->a)));
		assert_non_null(kind_field(kind, bytes_str(rule->b)));
		return;
	}
	for (const char *at = rule->a; *at; at += name.size + (at[name.size] == ' ')) {
		name = bytes_of(at, strcspn(at, " "));
		assert_non_null(kind_field(kind, name));
	}
}

static void the_table_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; kind_at(i); i++) {
		const struct kind *kind = kind_at(i);

		assert_true(i == 0 || kind_at(i - 1)->number < kind->number);
		assert_int_equal(kind->is_published, kind->number > 63);
		for (enum lang lang = LANG_AR; lang < LANG_ZGH; lang++)
			assert_true(kind->label.in[lang] && *kind->label.in[lang]);
		assert_true(kind->help && *kind->help);
		assert_int_equal(kind->is_published, kind->fields != NULL);
		if (!kind->is_published)
			continue;
		check_fields(kind->fields, 0);
		assert_true(!kind->title || kind_field(kind, bytes_str(kind->title)));
		assert_true(!kind->status || kind_field(kind, bytes_str(kind->status)));
		for (const struct rule *rule = kind->rules; rule->a; rule++)
			check_rule(kind, rule);
	}
	check_fields(kind_common_fields, 0);
	assert_null(kind_at(1000));
}

static void read_file(struct writer *w, const char *path)
{
	FILE *file = fopen(path, "rb");
	int c;

	if (!file)
		fail_msg("%s cannot be read", path);
	while ((c = getc(file)) != EOF)
		writer_u8(w, (uint8_t)c);
	fclose(file);
}

/* The words of a vocabulary in the table are the entries of its file, in their order. */
static void check_vocabulary(const char *name, const char *const *words)
{
	struct writer text = {0}, map = {0};
	char path[200];
	struct reader r;
	uint32_t count;

	snprintf(path, sizeof(path), "deploy/vocabularies/%s.json", name);
	read_file(&text, path);
	assert_ok(json_parse(&map, writer_view(&text), NULL));
	reader_init(&r, mp_get(writer_view(&map), "entries"));
	count = mp_array(&r);
	for (uint32_t i = 0; i < count; i++) {
		assert_non_null(words[i]);
		assert_text(words[i], kinds_str(mp_raw(&r), "id"));
	}
	assert_null(words[count]);
	writer_release(&text);
	writer_release(&map);
}

static unsigned check_vocabularies_of(const struct field *fields)
{
	unsigned count = 0;

	for (; fields && fields->name; fields++) {
		if (fields->words) {
			check_vocabulary(fields->words->name, fields->words->words);
			count++;
		}
		count += check_vocabularies_of(fields->fields);
	}
	return count;
}

static void words_are_those_of_the_shipped_vocabularies(void **state)
{
	unsigned count = 0;

	(void)state;
	for (size_t i = 0; kind_at(i); i++)
		count += check_vocabularies_of(kind_at(i)->fields);
	assert_true(count >= 8);
	check_vocabulary("unknowns", unknown_words);
}

static void fields_are_found_by_path(void **state)
{
	const struct kind *practice = kind_by_number(KIND_PRACTICE);

	(void)state;
	assert_int_equal(kind_field(practice, BYTES_STR("title"))->type, TYPE_TEXT);
	assert_int_equal(kind_field(practice, BYTES_STR("title.fr"))->type, TYPE_TEXT);
	assert_null(kind_field(practice, BYTES_STR("title.de")));
	assert_null(kind_field(practice, BYTES_STR("title.fr.x")));
	assert_int_equal(kind_field(practice, BYTES_STR("evidence.url"))->type, TYPE_URL);
	assert_int_equal(kind_field(practice, BYTES_STR("evidence.title.ar"))->type, TYPE_TEXT);
	assert_null(kind_field(practice, BYTES_STR("evidence.nothing")));
	assert_int_equal(kind_field(practice, BYTES_STR("cost.amount"))->type, TYPE_MONEY);
	assert_null(kind_field(practice, BYTES_STR("cost.price")));
	assert_int_equal(kind_field(practice, BYTES_STR("supersedes"))->type, TYPE_LINK);
	assert_int_equal(
	    kind_field(practice, BYTES_STR("source.columns.Any Name"))->type, TYPE_COLUMNS);
	assert_null(kind_field(practice, BYTES_STR("")));
	assert_null(kind_field(practice, BYTES_STR("article")));
	assert_null(kind_field(kind_by_number(0), BYTES_STR("supersedes")));
}

static void titles_come_in_the_best_language(void **state)
{
	const struct kind *practice = kind_by_number(KIND_PRACTICE);
	struct writer map = {0};
	enum lang found;
	struct bytes payload, theme;

	(void)state;
	payload =
	    from_json(&map, "{\"themes\":[\"gender\",7],\"title\":{\"en\":\"E\",\"fr\":\"F\"}}");
	assert_text("E", kinds_title(practice, payload, LANG_EN, &found));
	assert_int_equal(found, LANG_EN);
	assert_text("F", kinds_title(practice, payload, LANG_AR, &found));
	assert_int_equal(found, LANG_FR);
	assert_text("F", kinds_title(NULL, payload, LANG_COUNT, NULL));
	assert_true(kinds_theme(payload, 0, &theme));
	assert_text("gender", theme);
	assert_true(kinds_theme(payload, 1, &theme));
	assert_int_equal(theme.size, 0);
	assert_false(kinds_theme(payload, 2, &theme));
	payload = from_json(&map, "{\"title\":\"plain\"}");
	assert_text("plain", kinds_title(practice, payload, LANG_EN, &found));
	assert_int_equal(found, LANG_COUNT);
	payload = from_json(&map, "{\"done\":{\"ar\":\"A\"},\"status\":\"limited\"}");
	assert_text("A", kinds_title(kind_by_number(KIND_PROGRESS), payload, LANG_EN, NULL));
	assert_text("limited", kinds_status(kind_by_number(KIND_PROGRESS), payload));
	assert_int_equal(kinds_status(practice, payload).size, 0);
	assert_int_equal(kinds_status(NULL, payload).size, 0);
	payload = from_json(&map, "{\"coding\":{\"completion\":\"NR\"}}");
	assert_text("NR", kinds_status(kind_by_number(KIND_ATTESTATION), payload));
	payload = from_json(&map, "{\"withdrawn\":true}");
	assert_text("withdrawn", kinds_status(practice, payload));
	writer_release(&map);
}

/* Whatever stands where a field should, reading gives nothing and stays within the bytes. */
static void read_everything(struct bytes payload)
{
	struct fault_sink sink = {0};
	struct writer out = {0};
	struct record_ref ref;
	struct bytes theme;

	for (size_t i = 0; kind_at(i); i++) {
		kinds_title(kind_at(i), payload, LANG_AR, NULL);
		kinds_status(kind_at(i), payload);
		kinds_check(kind_at(i), payload, &out, &sink);
		kinds_lint(kind_at(i), payload, &sink);
		writer_clear(&out);
	}
	kinds_link(payload, "about", &ref);
	for (unsigned i = 0; i < 3; i++)
		kinds_theme(payload, i, &theme);
	writer_release(&out);
}

static void hostile_payloads_break_nothing(void **state)
{
	static uint8_t deep[20000];
	struct writer map = {0};
	uint64_t seed = 0x9e3779b97f4a7c15u;
	struct bytes good;

	(void)state;
	memset(deep, 0x91, sizeof(deep));
	read_everything(BYTES(deep));
	memset(deep, 0x81, sizeof(deep));
	read_everything(BYTES(deep));
	read_everything((struct bytes){0});
	read_everything(HEX("81a57469746c65 82a26672 a3ffffff"));
	read_everything(HEX("81a57469746c65 df ffffffff"));
	read_everything(HEX("81a67468656d6573 dd ffffffff"));
	good = from_json(&map,
	    "{\"about\":\"x\",\"coding\":{\"completion\":\"NR\"},\"cost\":{\"amount\":1,"
	    "\"currency\":\"MAD\"},\"evidence\":[{\"url\":\"https://a.ma\"}],\"source\":"
	    "{\"catalogue\":\"a\",\"columns\":{\"b\":\"c\"}},\"themes\":[\"gender\"],"
	    "\"title\":{\"fr\":\"x\"},\"withdrawn\":true}");
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t bytes[400];
		uint64_t random = unit_random(&seed);

		memcpy(bytes, good.data, good.size);
		bytes[random % good.size] = (uint8_t)(random >> 32);
		if (random & 1u << 20)
			bytes[(random >> 24) % good.size] ^= (uint8_t)(1u << (random >> 40) % 8);
		read_everything(bytes_of(bytes, good.size - (random >> 48) % 4));
	}
	writer_release(&map);
}

static void every_schema_is_json_and_names_every_field(void **state)
{
	struct writer json = {0}, map = {0};

	(void)state;
	for (size_t i = 0; kind_at(i); i++) {
		struct why why = {0};

		writer_clear(&json);
		writer_clear(&map);
		kind_schema_json(&json, kind_at(i));
		assert_ok(json.err);
		if (json_parse(&map, writer_view(&json), &why) != ERR_NONE &&
		    strstr(why.text, "level") == NULL)
			fail_msg("%s: %s", kind_at(i)->name, why.text);
		writer_u8(&json, 0);
		for (const struct field *f = kind_at(i)->fields; f && f->name; f++) {
			char key[80];

			snprintf(key, sizeof(key), "\"%s\":{\"title\":", f->name);
			assert_non_null(strstr((const char *)json.data, key));
		}
		assert_int_equal(kind_at(i)->is_published,
		    strstr((const char *)json.data, "\"supersedes\":{") != NULL);
	}
	writer_release(&json);
	writer_release(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kinds_are_found_by_name_and_number),
	    cmocka_unit_test(the_table_is_whole),
	    cmocka_unit_test(words_are_those_of_the_shipped_vocabularies),
	    cmocka_unit_test(fields_are_found_by_path),
	    cmocka_unit_test(titles_come_in_the_best_language),
	    cmocka_unit_test(hostile_payloads_break_nothing),
	    cmocka_unit_test(every_schema_is_json_and_names_every_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
