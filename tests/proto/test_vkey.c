/* Verifier keys as text: round trips, the ids of public keys, and each malformed twin. */
#include "proto/vkey.h"

#include <stdio.h>

#include "proto/seal.h"
#include "tests/proto/vectors.h"

#define SUMDB "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
#define WITNESS "example.org/witness+cacf2e50+BGbguFjkYqYJ5m/nE3DIFtiEb/ED1UmaIqf+w3/bxCSn"

static void assert_round_trip(const char *text, enum vkey_type type, uint32_t id)
{
	struct writer w = {0};
	struct vkey vk;

	assert_int_equal(vkey_decode(&vk, bytes_str(text)), ERR_NONE);
	assert_int_equal(vk.type, type);
	assert_int_equal(vk.id, id);
	vkey_encode(&w, &vk);
	assert_true(bytes_equal(writer_view(&w), bytes_str(text)));
	writer_release(&w);
}

static void known_keys_decode_and_encode(void **state)
{
	(void)state;
	assert_round_trip(SUMDB, VKEY_ED25519, 0x033de0ae);
	assert_round_trip(WITNESS, VKEY_COSIGNATURE, 0xcacf2e50);
}

static void one_key_has_another_id_under_each_name_and_type(void **state)
{
	struct vkey a, b, c;
	(void)state;

	assert_int_equal(vkey_decode(&a, BYTES_STR(SUMDB)), ERR_NONE);
	vkey_init(&b, a.name, VKEY_COSIGNATURE, &a.key);
	vkey_init(&c, BYTES_STR("sum.golang.orh"), VKEY_ED25519, &a.key);
	assert_int_not_equal(a.id, b.id);
	assert_int_not_equal(a.id, c.id);
}

static void every_changed_character_is_refused(void **state)
{
	char text[] = SUMDB;
	(void)state;

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		struct vkey vk;
		char kept = text[i];
		for (int bit = 0; bit < 8; bit++) {
			text[i] = (char)(kept ^ 1 << bit);
			assert_int_not_equal(vkey_decode(&vk, bytes_str(text)), ERR_NONE);
		}
		text[i] = kept;
		assert_int_not_equal(vkey_decode(&vk, bytes_of(text, i)), ERR_NONE);
	}
}

static void malformed_keys_say_why(void **state)
{
	static const struct {
		const char *text;
		enum err err;
	} cases[] = {
	    {"", ERR_FORMAT},
	    {"name", ERR_FORMAT},
	    {"name+033de0ae", ERR_FORMAT},
	    {"+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", ERR_FORMAT},
	    {"sum golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", ERR_FORMAT},
	    {"sum.golang.org+33de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", ERR_FORMAT},
	    {"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuA==", ERR_FORMAT},
	    {"sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", ERR_FORMAT},
	    {"sum.golang.org+033de0ae+", ERR_FORMAT},
	    {"sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", ERR_HASH},
	    {"sum.golang.org+033de0ae+As4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", ERR_VERSION},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct vkey vk;
		assert_int_equal(vkey_decode(&vk, bytes_str(cases[i].text)), cases[i].err);
	}
}

static void a_key_of_low_order_is_refused(void **state)
{
	struct key identity = {{1}};
	struct writer w = {0};
	struct vkey vk;
	(void)state;

	vkey_init(&vk, BYTES_STR("low.example"), VKEY_ED25519, &identity);
	vkey_encode(&w, &vk);
	assert_int_equal(vkey_decode(&vk, writer_view(&w)), ERR_KEY);
	writer_release(&w);
}

static void names_hold_no_space_plus_or_control_character(void **state)
{
	static const char *const bad[] = {"", "a b", "a+b", "\ta", "a\n", "a\xc2\xa0",
	    "\xe2\x80\x83", "x\xe3\x80\x80y", "\xe2\x80\xa9", "\xff", "\xc2", "a\xc2\x85z"};
	static const char *const good[] = {"a", "example.com/foo",
	    "\xd8\xac\xd9\x85\xd8\xa7\xd8\xb9\xd8\xa9", "a/b/c-d_e", "\xe2\x80\x94", "\xc2\xa1"};
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(vkey_is_name(bytes_str(bad[i])));
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(vkey_is_name(bytes_str(good[i])));
}

static int setup(void **state)
{
	(void)state;
	return seal_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_keys_decode_and_encode),
	    cmocka_unit_test(one_key_has_another_id_under_each_name_and_type),
	    cmocka_unit_test(every_changed_character_is_refused),
	    cmocka_unit_test(malformed_keys_say_why),
	    cmocka_unit_test(a_key_of_low_order_is_refused),
	    cmocka_unit_test(names_hold_no_space_plus_or_control_character),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
