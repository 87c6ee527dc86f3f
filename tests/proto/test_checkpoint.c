/* Checkpoints: our own text byte by byte, and its twins. */
#include "proto/checkpoint.h"

#include <stdio.h>

#include "proto/note.h"
#include "proto/tree.h"
#include "tests/proto/vectors.h"

struct signed_log {
	struct hash network;
	struct seckey sk;
	struct checkpoint cp;
};

static void signed_log_init(struct signed_log *s)
{
	*s = (struct signed_log){.cp.size = 10};
	for (uint8_t i = 0; i < HASH_SIZE; i++) {
		s->network.b[i] = i;
		s->cp.root.b[i] = (uint8_t)(0xff - i);
	}
	seal_sign_keypair(&s->cp.log, &s->sk, (const uint8_t[32]){0x42});
	assert_int_equal(checkpoint_sign(&s->cp, &s->network, &s->sk), ERR_NONE);
}

static void text_note_and_vkey_are_as_specified(void **state)
{
	struct writer text = {0}, note = {0}, vkey = {0}, want = {0};
	char hex[2 * KEY_SIZE + 1], base64[200];
	struct signed_log s;
	struct hash id;
	uint8_t blob[4 + SIG_SIZE];
	(void)state;

	signed_log_init(&s);
	hex_encode(hex, BYTES(s.cp.log.b));
	writer_printf(&want,
	    "open-communes/000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f/"
	    "%s\n10\n"
	    "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=\n",
	    hex);
	checkpoint_text(&text, &s.network, &s.cp);
	assert_true(bytes_equal(writer_view(&text), writer_view(&want)));

	const struct bytes origin = bytes_of(text.data, CHECKPOINT_ORIGIN_SIZE);
	const struct bytes parts[] = {origin, BYTES_STR("\n\x01"), BYTES(s.cp.log.b)};
	seal_sha256_parts(&id, parts, 3);
	memcpy(blob, id.b, 4);
	memcpy(blob + 4, s.cp.sig.b, SIG_SIZE);
	base64_encode(base64, BYTES(blob));
	writer_printf(&want, "\n— %.*s %s\n", (int)origin.size, (const char *)origin.data, base64);
	checkpoint_note(&note, &s.network, &s.cp);
	assert_true(bytes_equal(writer_view(&note), writer_view(&want)));

	memcpy(blob, (const uint8_t[]){0x01}, 1);
	memcpy(blob + 1, s.cp.log.b, KEY_SIZE);
	base64_encode(base64, bytes_of(blob, 1 + KEY_SIZE));
	writer_clear(&want);
	writer_printf(&want, "%.*s+%02x%02x%02x%02x+%s", (int)origin.size,
	    (const char *)origin.data, id.b[0], id.b[1], id.b[2], id.b[3], base64);
	checkpoint_vkey(&vkey, &s.network, &s.cp.log);
	assert_true(bytes_equal(writer_view(&vkey), writer_view(&want)));
	writer_release(&text);
	writer_release(&note);
	writer_release(&vkey);
	writer_release(&want);
}

static void every_changed_field_breaks_the_signature(void **state)
{
	struct signed_log s;
	struct checkpoint twin;
	struct hash other;
	(void)state;

	signed_log_init(&s);
	assert_int_equal(checkpoint_verify(&s.cp, &s.network), ERR_NONE);
	for (size_t i = 0; i < HASH_SIZE; i++) {
		other = s.network;
		other.b[i] ^= 0x04;
		assert_int_equal(checkpoint_verify(&s.cp, &other), ERR_SIGNATURE);
		twin = s.cp;
		twin.root.b[i] ^= 0x40;
		assert_int_equal(checkpoint_verify(&twin, &s.network), ERR_SIGNATURE);
		twin = s.cp;
		twin.log.b[i] ^= 0x01;
		assert_int_equal(checkpoint_verify(&twin, &s.network), ERR_SIGNATURE);
	}
	for (size_t i = 0; i < SIG_SIZE; i++) {
		twin = s.cp;
		twin.sig.b[i] ^= 0x02;
		assert_int_equal(checkpoint_verify(&twin, &s.network), ERR_SIGNATURE);
	}
	twin = s.cp;
	twin.size = 11;
	assert_int_equal(checkpoint_verify(&twin, &s.network), ERR_SIGNATURE);
	twin.size = 0;
	assert_int_equal(checkpoint_verify(&twin, &s.network), ERR_FORMAT);
	twin.size = TREE_SIZE_MAX;
	assert_int_equal(checkpoint_verify(&twin, &s.network), ERR_SIGNATURE);
	twin.size = TREE_SIZE_MAX + 1;
	assert_int_equal(checkpoint_verify(&twin, &s.network), ERR_LIMIT);
}

static void the_largest_size_can_be_signed(void **state)
{
	struct signed_log s;
	(void)state;

	signed_log_init(&s);
	s.cp.size = TREE_SIZE_MAX;
	assert_int_equal(checkpoint_sign(&s.cp, &s.network, &s.sk), ERR_NONE);
	assert_int_equal(checkpoint_verify(&s.cp, &s.network), ERR_NONE);
}

static void a_note_opens_to_what_was_signed_and_no_twin_does(void **state)
{
	struct writer note = {0};
	struct signed_log s;
	struct checkpoint cp;
	struct hash network;
	(void)state;

	signed_log_init(&s);
	checkpoint_note(&note, &s.network, &s.cp);
	assert_int_equal(checkpoint_open(&cp, &network, writer_view(&note)), ERR_NONE);
	assert_true(hash_equal(&network, &s.network));
	assert_memory_equal(&cp, &s.cp, sizeof(cp));
	for (size_t i = 0; i < note.size; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			note.data[i] ^= (uint8_t)(1u << bit);
			assert_int_not_equal(
			    checkpoint_open(&cp, &network, writer_view(&note)), ERR_NONE);
			note.data[i] ^= (uint8_t)(1u << bit);
		}
		assert_int_not_equal(
		    checkpoint_open(&cp, &network, bytes_of(note.data, i)), ERR_NONE);
	}
	writer_release(&note);
}

static void other_origins_and_extension_lines_are_not_opened(void **state)
{
	struct signed_log s;
	struct writer text = {0}, note = {0};
	char origin[CHECKPOINT_ORIGIN_SIZE + 1];
	struct checkpoint cp;
	struct hash network;
	struct vkey vk;
	(void)state;

	signed_log_init(&s);
	checkpoint_origin(origin, &s.network, &s.cp.log);
	vkey_init(&vk, bytes_str(origin), VKEY_ED25519, &s.cp.log);
	checkpoint_text(&text, &s.network, &s.cp);
	writer_str(&text, "extension\n");
	writer_bytes(&note, writer_view(&text));
	writer_str(&note, "\n");
	note_sign(&note, writer_view(&text), &vk, &s.sk);
	assert_int_equal(checkpoint_open(&cp, &network, writer_view(&note)), ERR_FORMAT);

	writer_clear(&text);
	writer_clear(&note);
	writer_str(&text, "log.example\n10\n//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=\n");
	writer_bytes(&note, writer_view(&text));
	writer_str(&note, "\n");
	note_sign(&note, writer_view(&text), &vk, &s.sk);
	assert_int_equal(checkpoint_open(&cp, &network, writer_view(&note)), ERR_FORMAT);
	writer_release(&text);
	writer_release(&note);
}

static void an_origin_has_one_form(void **state)
{
	char origin[CHECKPOINT_ORIGIN_SIZE + 1];
	struct signed_log s;
	struct hash network;
	struct key log;
	(void)state;

	signed_log_init(&s);
	checkpoint_origin(origin, &s.network, &s.cp.log);
	assert_true(checkpoint_origin_parse(bytes_str(origin), &network, &log));
	assert_true(hash_equal(&network, &s.network));
	assert_true(key_equal(&log, &s.cp.log));
	assert_false(
	    checkpoint_origin_parse(bytes_of(origin, CHECKPOINT_ORIGIN_SIZE - 1), &network, &log));
	origin[23] = 'A'; /* upper case */
	assert_false(checkpoint_origin_parse(bytes_str(origin), &network, &log));
	origin[23] = 'g';
	assert_false(checkpoint_origin_parse(bytes_str(origin), &network, &log));
	checkpoint_origin(origin, &s.network, &s.cp.log);
	origin[0] = 'O';
	assert_false(checkpoint_origin_parse(bytes_str(origin), &network, &log));
	checkpoint_origin(origin, &s.network, &s.cp.log);
	origin[14 + 64] = '0';
	assert_false(checkpoint_origin_parse(bytes_str(origin), &network, &log));
}

static void bodies_of_the_vectors_and_their_mended_twins(void **state)
{
	static const struct {
		const char *body;
		enum err err;
	} cases[] = {
#define ROOT "fC3dm56wUp50MLMzY134nb0NLeC1RdiuaAzKq8QLt3E="
	    {"Log\n123\n" ROOT "\n", ERR_NONE},
	    {"Log\n0\n" ROOT "\n", ERR_NONE},
	    {"Log\n18446744073709551615\n" ROOT "\n", ERR_NONE},
	    {"a log + of any name\n1\n" ROOT "\nmore\nlines\n", ERR_NONE},
	    {"Log\n18446744073709551616\n" ROOT "\n", ERR_FORMAT},
	    {"Log\n01\n" ROOT "\n", ERR_FORMAT},
	    {"Log\n-1\n" ROOT "\n", ERR_FORMAT},
	    {"Log\n1 \n" ROOT "\n", ERR_FORMAT},
	    {"Log\n1\n" ROOT, ERR_FORMAT},
	    {"Log\n1\nfC3dm56wUp50MLMzY134nb0NLeC1RdiuaAzKq8QL\n", ERR_FORMAT},
	    {"Log\n1\nfC3dm56wUp50MLMzY134nb0NLeC1RdiuaAzKq8QLt3F=\n", ERR_FORMAT},
	    {"Log\n1\n" ROOT "\n\n", ERR_FORMAT},
	    {"Log\n1\n" ROOT "\nmore", ERR_FORMAT},
	    {"Log\n1\n", ERR_FORMAT},
	    {"", ERR_FORMAT},
	};
	json_t *file = vectors_load("tests/vectors/notes/checkpoint_bodies.json"), *one;
	struct checkpoint_claim claim;
	size_t i;
	(void)state;

	assert_true(json_array_size(file) > 0);
	json_array_foreach(file, i, one)
	{
		assert_string_equal(vectors_str(one, "want"), "FAIL");
		assert_int_equal(
		    checkpoint_parse(&claim, bytes_str(vectors_str(one, "body"))), ERR_FORMAT);
	}
	json_decref(file);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum err err = checkpoint_parse(&claim, bytes_str(cases[i].body));
		if (err != cases[i].err)
			fail_msg("case %zu: %s", i, err_name(err));
	}
}

static int setup(void **state)
{
	(void)state;
	return seal_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_note_and_vkey_are_as_specified),
	    cmocka_unit_test(every_changed_field_breaks_the_signature),
	    cmocka_unit_test(the_largest_size_can_be_signed),
	    cmocka_unit_test(a_note_opens_to_what_was_signed_and_no_twin_does),
	    cmocka_unit_test(other_origins_and_extension_lines_are_not_opened),
	    cmocka_unit_test(an_origin_has_one_form),
	    cmocka_unit_test(bodies_of_the_vectors_and_their_mended_twins),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
