/* JSON from users becomes canonical or is refused with the place named; values become JSON that
 * nothing can break. */
#include "tests/unit.h"

#include <jansson.h>

#include "proto/json.h"
#include "proto/json_read.h"
#include "proto/mp.h"
#include "proto/text.h"

static const struct {
	const char *json;
	const char *hex;
} accepted[] = {
    {"null", "c0"},
    {"true", "c3"},
    {"false", "c2"},
    {"0", "00"},
    {"-0", "00"},
    {"-1", "ff"},
    {" 300 \n", "cd012c"},
    {"9007199254740991", "cf001fffffffffffff"},
    {"-9007199254740991", "d3ffe0000000000001"},
    {"\"\"", "a0"},
    {"\"F\\u00e8s\"", "a446c3a873"},
    {"\"\\ud83c\\udf7a\"", "a4f09f8dba"},
    {"\"a\\u0000b\"", "a3610062"},
    {"[]", "90"},
    {"{}", "80"},
    {"[1,[2,[]]]", "9201920290"},
    {"{\"b\":1,\"a\":2}", "82a16102a16201"},
    {"{\"b\":1,\"aa\":2,\"a\":3}", "83a16103a2616102a16201"},
    {"{\"\\u00e9\":1,\"z\":2,\"\":3}", "83a003a17a02a2c3a901"},
    {"[[[[[[[[1]]]]]]]]", "919191919191919101"},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\x7f\"", "aa225c2f080c0a0d09417f"},
    {"{\"b\":{\"d\":\"x\",\"c\":[]},\"a\":[{}]}", "82a1619180a16282a16390a164a178"},
    {"{\"b\\u0062\":{\"\\n\":1},\"b\":\"\\t\"}", "82a162a109a2626281a10a01"},
    {"[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,[-0]]", "dc0011000102030405060708090a0b0c0d0e0f9100"},
    {"{\"q\":0,\"p\":0,\"o\":0,\"n\":0,\"m\":0,\"l\":0,\"k\":0,\"j\":0,\"i\":0,\"h\":0,"
     "\"g\":0,\"f\":0,\"e\":0,\"d\":0,\"c\":0,\"b\":[0]}",
	"de0010a1629100a16300a16400a16500a16600a16700a16800a16900a16a00a16b00a16c00a16d00a16e00a1"
	"6f00a17000a17100"},
};

static void accepted_json_becomes_canonical(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		struct writer w = {0};
		struct why why = {0};

		if (json_parse(&w, bytes_str(accepted[i].json), &why) != ERR_NONE)
			fail_msg("%s: %s", accepted[i].json, why.text);
		assert_bytes(HEX(accepted[i].hex), writer_view(&w));
		assert_ok(mp_scan(writer_view(&w)));
		writer_release(&w);
	}
}

/* Each takes what the other takes and makes the same of it. */
static void both_readers_agree(void **state)
{
	struct writer quick = {0}, slow = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		struct bytes text = bytes_str(accepted[i].json);

		writer_clear(&quick);
		writer_clear(&slow);
		assert_true(json_read(&quick, text));
		assert_ok(json_read_tree(&slow, text, NULL));
		assert_bytes(writer_view(&slow), writer_view(&quick));
		/* Cut short it is another text, or none. */
		for (size_t size = 0; size < text.size; size++) {
			struct bytes part = bytes_of(text.data, size);

			writer_clear(&quick);
			writer_clear(&slow);
			assert_int_equal(
			    json_read(&quick, part), json_read_tree(&slow, part, NULL) == ERR_NONE);
			assert_bytes(writer_view(&slow), writer_view(&quick));
		}
	}
	writer_release(&quick);
	writer_release(&slow);
}

static const struct {
	const char *json;
	const char *line; /* as it begins */
} refused[] = {
    {"", "not JSON: line 1, column 0: "},
    {"{\"a\":1", "not JSON: line 1, column 6: "},
    {"{\"a\":1}\n}", "not JSON: line 2, column 1: "},
    {"{'a':1}", "not JSON: line 1, column 2: "},
    {"[1,]", "not JSON: "},
    {"nul", "not JSON: "},
    {"01", "not JSON: "},
    {"{\"a\":1,\"a\":1}", "not JSON: line 1, column 10: duplicate object key"},
    {"{\"a\":1,\"\\u0061\":1}", "not JSON: line 1, column 15: duplicate object key"},
    {"\"\xff\"", "not JSON: line 1, column 1: unable to decode byte 0xff"},
    {"\"\\ud800\"", "not JSON: "},
    {"9223372036854775808", "not JSON: line 1, column 19: too big integer"},
    {"1.5", "numbers with a point or an exponent are not taken"},
    {"{\"a\":1.0}", "a: numbers with a point or an exponent are not taken"},
    {"{\"a\":{\"b\":[0,1e3]}}", "a.b[1]: numbers with a point or an exponent are not taken"},
    {"[[0,{\"x y\":2.5}]]", "[0][1].x y: numbers with a point or an exponent are not taken"},
    {"{\"\\u001b[2J\":2.5}", "\\u001b[2J: numbers with a point or an exponent are not taken"},
    {"9007199254740992", "integer is not within 9007199254740991 of zero"},
    {"{\"amount\":-9007199254740992}", "amount: integer is not within 9007199254740991 of zero"},
    {"[[[[[[[[[1]]]]]]]]]", "[0][0][0][0][0][0][0][0]: more than 8 levels"},
    {"{\"a\":[[[[[[[{}]]]]]]]}", "a[0][0][0][0][0][0][0]: more than 8 levels"},
    {"{\"b\":1,\"a\":2,\"b\":3}", "not JSON: line 1, column 16: duplicate object key"},
    {"{\"a\\u0000\":1}", "not JSON: line 1, column 10: NUL byte in object key not supported"},
    {"\"\\udc00\"", "not JSON: line 1, column 8: invalid Unicode '\\uDC00'"},
    {"\"\\ud800\\u0041\"", "not JSON: line 1, column 14: invalid Unicode '\\uD800\\u0041'"},
    {"\"\\u12g4\"", "not JSON: "},
    {"\"\\x\"", "not JSON: "},
    {"\"a\tb\"", "not JSON: line 1, column 2: control character 0x9"},
    {"\"a", "not JSON: line 1, column 2: premature end of input"},
    {"\"a\\", "not JSON: "},
    {"[1 2]", "not JSON: line 1, column 4: ']' expected"},
    {"{\"a\" 1}", "not JSON: line 1, column 6: ':' expected"},
    {"1 2", "not JSON: line 1, column 3: end of file expected"},
    {"truex", "not JSON: line 1, column 5: invalid token"},
    {"-", "not JSON: "},
    {"+1", "not JSON: "},
    {"\xef\xbb\xbf{}", "not JSON: "},
};

static void refused_json_names_the_place(void **state)
{
	struct writer w = {0};

	(void)state;
	writer_str(&w, "before");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct why why = {0};

		assert_err(ERR_FIELD, json_parse(&w, bytes_str(refused[i].json), &why));
		assert_err(ERR_FIELD, why.err);
		if (strncmp(why.text, refused[i].line, strlen(refused[i].line)) != 0)
			fail_msg("%s: %s", refused[i].json, why.text);
		assert_ok(w.err);
		assert_text("before", writer_view(&w));
		assert_false(json_read(&w, bytes_str(refused[i].json)));
		assert_text("before", writer_view(&w));
	}
	assert_err(ERR_FIELD, json_parse(&w, BYTES_STR("1.5"), NULL));
	writer_release(&w);
}

static void enormous_nesting_is_refused_before_it_hurts(void **state)
{
	struct writer w = {0};
	struct why why = {0};
	static char deep[20001];

	(void)state;
	memset(deep, '[', sizeof(deep) - 1);
	assert_err(ERR_FIELD, json_parse(&w, bytes_str(deep), &why));
	assert_non_null(strstr(why.text, "depth"));
	writer_release(&w);
}

static void the_line_about_bad_syntax_is_harmless(void **state)
{
	struct writer w = {0};
	struct why why = {0};
	struct bytes rest;
	uint32_t letter;

	(void)state;
	assert_err(ERR_FIELD, json_parse(&w, BYTES_STR("[1 \x1b]0;owned\a\u202e]"), &why));
	rest = bytes_str(why.text);
	while (text_next(&rest, &letter))
		assert_false(text_is_hostile(letter));
	writer_release(&w);
}

static const struct {
	const char *hex;
	const char *json;
} printed[] = {
    {"c0", "null"},
    {"c3", "true"},
    {"c2", "false"},
    {"d3ffe0000000000001", "-9007199254740991"},
    {"a446c3a873", "\"F\u00e8s\""},
    {"a422 5c 2f 0a", "\"\\\"\\\\/\\n\""},
    {"a3 00 09 0d", "\"\\u0000\\t\\u000d\""},
    {"a4 1b 7f c29b", "\"\\u001b\\u007f\\u009b\""},
    {"a6 e280a8 e280a9", "\"\\u2028\\u2029\""},
    {"a6 e280ae e281a6", "\"\\u202e\\u2066\""},
    {"a3 efbbbf", "\"\\ufeff\""},
    {"a4 f09fbfbe", "\"\\ud83f\\udffe\""},
    {"a4 f09f8dba", "\"\U0001f37a\""},
    {"a3 61ff62", "\"a\ufffdb\""},
    {"a3 efbfbd", "\"\ufffd\""},
    {"a2 61e2", "\"a\ufffd\""},
    {"c400", "\"\""},
    {"c403 fbffbf", "\"+/+/\""},
    {"c401 00", "\"AA==\""},
    {"90", "[]"},
    {"80", "{}"},
    {"93 01 9102 90", "[1,[2],[]]"},
    {"82 a161 01 a162 82a0c0a17880", "{\"a\":1,\"b\":{\"\":null,\"x\":{}}}"},
    {"81 a3 220a5c 90", "{\"\\\"\\n\\\\\":[]}"},
};

static void values_print_as_one_harmless_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(printed) / sizeof(printed[0]); i++) {
		struct writer w = {0};
		json_t *parsed;

		writer_u8(&w, '>');
		assert_ok(json_print(&w, HEX(printed[i].hex)));
		assert_int_equal(w.data[0], '>');
		assert_text(printed[i].json, ((struct bytes){w.data + 1, w.size - 1}));
		parsed = json_loadb(
		    (const char *)w.data + 1, w.size - 1, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(parsed);
		json_decref(parsed);
		writer_release(&w);
	}
}

static const struct {
	const char *hex;
	enum err err;
} unprintable[] = {
    {"", ERR_SHORT},
    {"c0c0", ERR_TRAILING},
    {"c1", ERR_ENCODING},
    {"cb0000000000000000", ERR_ENCODING},
    {"9201", ERR_SHORT},
    {"9201c1", ERR_ENCODING},
    {"8101c0", ERR_TYPE},
    {"819001", ERR_TYPE},
    {"a26100ff", ERR_TRAILING},
    {"ddffffffff", ERR_SHORT},
    {"9f9f9f9f010101", ERR_SHORT},
};

static void what_is_no_value_prints_nothing(void **state)
{
	struct writer w = {0};

	(void)state;
	writer_str(&w, "before");
	for (size_t i = 0; i < sizeof(unprintable) / sizeof(unprintable[0]); i++) {
		assert_err(unprintable[i].err, json_print(&w, HEX(unprintable[i].hex)));
		assert_ok(w.err);
		assert_text("before", writer_view(&w));
	}
	writer_release(&w);
}

static void depth_is_bounded_on_the_way_out(void **state)
{
	uint8_t deep[20000];
	struct writer w = {0};

	(void)state;
	memset(deep, 0x91, sizeof(deep));
	assert_err(ERR_LIMIT, json_print(&w, BYTES(deep)));
	deep[JSON_DEPTH_MAX - 1] = 0x90;
	assert_ok(json_print(&w, ((struct bytes){deep, JSON_DEPTH_MAX})));
	assert_int_equal(w.size, 2 * JSON_DEPTH_MAX);
	deep[JSON_DEPTH_MAX - 1] = 0x91;
	deep[JSON_DEPTH_MAX] = 0x90;
	assert_err(ERR_LIMIT, json_print(&w, ((struct bytes){deep, JSON_DEPTH_MAX + 1})));
	writer_release(&w);
}

static void put_random(struct writer *w, uint64_t *seed, unsigned depth)
{
	uint64_t pick = unit_random(seed) % (depth < MP_DEPTH_MAX ? 6 : 4);
	uint32_t count = (uint32_t)(unit_random(seed) % 4);

	if (pick == 0)
		mp_put_bool(w, unit_random(seed) & 1);
	else if (pick == 1)
		mp_put_int(w, (int64_t)(unit_random(seed) & (uint64_t)MP_INT_MAX) *
				  (unit_random(seed) & 1 ? 1 : -1));
	else if (pick == 2)
		mp_put_nil(w);
	else if (pick == 3) {
		struct writer text = {0};

		for (uint32_t i = 0; i < count; i++) {
			uint32_t letter = (uint32_t)(unit_random(seed) % 0x11000);

			letter >>= unit_random(seed) % 12;
			if (letter < 0xd800 || letter >= 0xe000)
				text_put(&text, letter);
		}
		mp_put_str(w, writer_view(&text));
		writer_release(&text);
	} else if (pick == 4) {
		mp_put_array(w, count);
		for (uint32_t i = 0; i < count; i++)
			put_random(w, seed, depth + 1);
	} else {
		static const char *const keys[] = {"", "\x01", "a\"", "\u0641"};

		mp_put_map(w, count);
		for (uint32_t i = 0; i < count; i++) {
			mp_put_cstr(w, keys[i]);
			put_random(w, seed, depth + 1);
		}
	}
}

/* Printing and parsing give back the same bytes, for every value without bin. */
static void values_survive_the_way_out_and_in(void **state)
{
	uint64_t seed = 4711;

	(void)state;
	for (int run = 0; run < 5000; run++) {
		struct writer value = {0}, text = {0}, again = {0};
		struct why why = {0};

		put_random(&value, &seed, 0);
		assert_ok(json_print(&text, writer_view(&value)));
		if (json_parse(&again, writer_view(&text), &why) != ERR_NONE)
			fail_msg("run %d: %s", run, why.text);
		assert_bytes(writer_view(&value), writer_view(&again));
		writer_release(&value);
		writer_release(&text);
		writer_release(&again);
	}
}

/* Whatever bytes a peer sends as a value: JSON that jansson reads, without anything hostile, or
 * nothing. */
static void random_bytes_never_break_the_output(void **state)
{
	uint64_t seed = 31337;
	struct writer w = {0};
	unsigned values = 0;

	(void)state;
	for (int run = 0; run < 100000; run++) {
		static const uint8_t heads[] = {
		    0x81, 0x82, 0x91, 0x92, 0xa1, 0xa2, 0xa4, 0xc4, 0xc0};
		uint8_t in[12];
		struct bytes rest;
		uint32_t letter;
		json_t *parsed;

		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = unit_random(&seed) & 1 ? heads[unit_random(&seed) % sizeof(heads)]
						       : (uint8_t)(unit_random(&seed) >> 40);
		writer_clear(&w);
		if (json_print(&w, (struct bytes){in, unit_random(&seed) % 12 + 1}) != ERR_NONE) {
			assert_int_equal(w.size, 0);
			continue;
		}
		values++;
		rest = writer_view(&w);
		while (text_next(&rest, &letter))
			assert_false(text_is_hostile(letter));
		parsed = json_loadb(
		    (const char *)w.data, w.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		writer_u8(&w, '\0');
		/* jansson refuses keys with a NUL, which JSON allows. */
		if (!parsed && !strstr((const char *)w.data, "\\u0000"))
			fail_msg("run %d: %s", run, (const char *)w.data);
		json_decref(parsed);
	}
	assert_true(values > 1000);
	writer_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepted_json_becomes_canonical),
	    cmocka_unit_test(both_readers_agree),
	    cmocka_unit_test(refused_json_names_the_place),
	    cmocka_unit_test(enormous_nesting_is_refused_before_it_hurts),
	    cmocka_unit_test(the_line_about_bad_syntax_is_harmless),
	    cmocka_unit_test(values_print_as_one_harmless_line),
	    cmocka_unit_test(what_is_no_value_prints_nothing),
	    cmocka_unit_test(depth_is_bounded_on_the_way_out),
	    cmocka_unit_test(values_survive_the_way_out_and_in),
	    cmocka_unit_test(random_bytes_never_break_the_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
