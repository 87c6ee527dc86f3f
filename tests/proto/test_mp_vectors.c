/* Canonical MessagePack against the published vectors: of all encodings of a value exactly one is
 * canonical. */
#include "tests/unit.h"

#include <jansson.h>

#include "proto/mp.h"

#define SUITE "tests/vectors/msgpack/msgpack-test-suite.json"
#define SHORTEST "tests/vectors/msgpack/shortest_form.json"

static uint8_t room[200000];

static json_t *load(const char *path)
{
	json_error_t error;
	json_t *root = json_load_file(path, 0, &error);

	if (!root)
		fail_msg("%s:%d: %s", path, error.line, error.text);
	return root;
}

static struct bytes unhex(const char *hex)
{
	return unit_unhex(room, sizeof(room), hex);
}

/* Whether this writer's form of a JSON value of the suite is `expected`. Maps there have one key.
 */
static void put_json(struct writer *w, const json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_NULL:
		mp_put_nil(w);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		mp_put_bool(w, json_is_true(value));
		break;
	case JSON_INTEGER:
		mp_put_int(w, json_integer_value(value));
		break;
	case JSON_STRING:
		mp_put_str(w, bytes_of(json_string_value(value), json_string_length(value)));
		break;
	case JSON_ARRAY:
		mp_put_array(w, (uint32_t)json_array_size(value));
		json_array_foreach(value, i, member) put_json(w, member);
		break;
	case JSON_OBJECT:
		mp_put_map(w, (uint32_t)json_object_size(value));
		json_object_foreach((json_t *)(uintptr_t)value, key, member)
		{
			mp_put_cstr(w, key);
			put_json(w, member);
		}
		break;
	case JSON_REAL:
		fail_msg("a real has no canonical form");
	}
}

/* Of all encodings that the suite gives for a value exactly the first is canonical, and the writer
 * gives it. */
static unsigned check_suite_case(const json_t *test, const char *field)
{
	json_t *encodings = json_object_get(test, "msgpack");
	const json_t *value = json_object_get(test, field);
	struct writer w = {0};
	uint8_t binary[64];
	json_t *hex;
	size_t i;

	if (strcmp(field, "binary") == 0) {
		struct bytes body = unit_unhex(binary, sizeof(binary), json_string_value(value));

		mp_put_bin(&w, body.data, body.size);
	} else {
		put_json(&w, value);
	}
	assert_ok(w.err);
	json_array_foreach(encodings, i, hex)
	{
		struct bytes encoding = unhex(json_string_value(hex));

		if (i == 0) {
			assert_bytes(encoding, writer_view(&w));
			assert_ok(mp_scan(encoding));
		} else {
			assert_err(ERR_ENCODING, mp_scan(encoding));
		}
	}
	writer_release(&w);
	return 1;
}

static void the_suite_has_one_canonical_encoding_a_value(void **state)
{
	static const char *const fields[] = {
	    "nil", "bool", "binary", "number", "string", "array", "map"};
	json_t *root = load(SUITE);
	const char *file;
	json_t *cases, *test, *hex;
	unsigned checked = 0;
	size_t i, j;

	(void)state;
	json_object_foreach(root, file, cases)
	{
		json_array_foreach(cases, i, test)
		{
			const json_t *number = json_object_get(test, "number");

			if (json_is_real(number) || json_object_get(test, "ext") ||
			    json_object_get(test, "timestamp")) {
				json_array_foreach(json_object_get(test, "msgpack"), j, hex)
				    assert_err(
					ERR_ENCODING, mp_scan(unhex(json_string_value(hex))));
				checked++;
				continue;
			}
			if (!number && json_object_get(test, "bignum")) {
				json_array_foreach(json_object_get(test, "msgpack"), j, hex)
				    assert_int_not_equal(
					ERR_NONE, mp_scan(unhex(json_string_value(hex))));
				checked++;
				continue;
			}
			for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++)
				if (json_object_get(test, fields[f])) {
					checked += check_suite_case(test, fields[f]);
					break;
				}
		}
	}
	assert_int_equal(checked, 43);
	json_decref(root);
}

static void integers_have_their_shortest_form(void **state)
{
	json_t *root = load(SHORTEST);
	json_t *test;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "integers"), i, test)
	{
		const char *text = json_string_value(json_object_get(test, "value"));
		struct bytes hex = unhex(json_string_value(json_object_get(test, "hex")));
		bool negative = text[0] == '-';
		uint64_t size = strtoull(text + negative, NULL, 10);
		struct writer w = {0};
		struct reader r;

		reader_init(&r, hex);
		if (negative)
			mp_put_int(&w, (int64_t)(0 - size));
		else
			mp_put_uint(&w, size);
		if (size > (uint64_t)MP_INT_MAX) {
			assert_err(ERR_LIMIT, mp_scan(hex));
			assert_err(ERR_LIMIT, w.err);
			assert_int_equal(mp_int(&r), 0);
			assert_err(ERR_LIMIT, r.err);
		} else {
			assert_ok(mp_scan(hex));
			assert_bytes(hex, writer_view(&w));
			assert_true(mp_int(&r) == (int64_t)(negative ? 0 - size : size));
			assert_ok(reader_end(&r));
		}
		writer_release(&w);
	}
	assert_int_equal(i, 41);
	json_decref(root);
}

static void put_head(struct writer *w, const char *type, uint32_t length)
{
	if (strcmp(type, "array") == 0)
		mp_put_array(w, length);
	else if (strcmp(type, "map") == 0)
		mp_put_map(w, length);
	else if (strcmp(type, "str") == 0)
		mp_put_str(w, (struct bytes){room, length});
	else
		mp_put_bin(w, room, length);
}

static void heads_have_their_shortest_form_and_are_not_believed(void **state)
{
	json_t *root = load(SHORTEST);
	json_t *test;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "headers"), i, test)
	{
		uint32_t length = (uint32_t)json_integer_value(json_object_get(test, "length"));
		const char *type = json_string_value(json_object_get(test, "type"));
		uint8_t raw[8];
		struct bytes hex =
		    unit_unhex(raw, sizeof(raw), json_string_value(json_object_get(test, "hex")));
		struct writer w = {0};

		assert_err(length == 0 ? ERR_NONE : ERR_SHORT, mp_scan(hex));
		if (length > sizeof(room) && (type[0] == 's' || type[0] == 'b'))
			continue;
		put_head(&w, type, length);
		assert_ok(w.err);
		assert_true(w.size >= hex.size);
		assert_bytes(hex, ((struct bytes){w.data, hex.size}));
		writer_release(&w);
	}
	assert_int_equal(i, 48);
	json_decref(root);
}

static void what_is_not_shortest_or_malformed_is_refused(void **state)
{
	json_t *root = load(SHORTEST);
	json_t *test, *hex;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "not_shortest"), i, test) assert_err(
	    ERR_ENCODING, mp_scan(unhex(json_string_value(json_object_get(test, "hex")))));
	assert_int_equal(i, 19);
	json_array_foreach(json_object_get(root, "malformed"), i, test)
	{
		hex = json_object_get(test, "hex");
		if (hex) {
			struct bytes in = unhex(json_string_value(hex));
			enum err expected = in.size == 2 && in.data[0] == 0xc0	 ? ERR_TRAILING
					    : in.size == 1 && in.data[0] == 0xc1 ? ERR_ENCODING
										 : ERR_SHORT;

			assert_err(expected, mp_scan(in));
		} else {
			memset(room, 0x91, 100000);
			assert_err(ERR_LIMIT, mp_scan((struct bytes){room, 100000}));
		}
	}
	assert_int_equal(i, 12);
	json_array_foreach(json_object_get(root, "invalid_utf8_str"), i, test)
	    assert_err(ERR_UTF8, mp_scan(unhex(json_string_value(json_object_get(test, "hex")))));
	json_array_foreach(json_object_get(root, "duplicate_keys"), i, test) assert_err(
	    ERR_ENCODING, mp_scan(unhex(json_string_value(json_object_get(test, "hex")))));
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_suite_has_one_canonical_encoding_a_value),
	    cmocka_unit_test(integers_have_their_shortest_form),
	    cmocka_unit_test(heads_have_their_shortest_form_and_are_not_believed),
	    cmocka_unit_test(what_is_not_shortest_or_malformed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
