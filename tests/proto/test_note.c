/* Signed notes: the public vectors, each accepted note with every bit changed, and signing. */
#include "proto/note.h"

#include <stdio.h>

#include "proto/limits.h"
#include "tests/proto/vectors.h"

#define KEYS_MAX 8
#define EXAMPLE \
	"This is an example message.\n\n— example.com/foo " \
	"Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72Iney" \
	"aQM=\n"
#define EXAMPLE_VKEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

static enum err open_note(
    struct bytes in, const struct vkey *keys, size_t count, struct note_verdict *verdicts)
{
	struct note note;
	enum err err = note_parse(&note, in);

	return err ? err : note_verify(&note, keys, count, verdicts);
}

static void check_case(json_t *one)
{
	const char *name = vectors_str(one, "name");
	bool want = strcmp(vectors_str(one, "want"), "OK") == 0;
	json_t *vkeys = vectors_get(one, "vkeys"), *text;
	struct note_verdict verdicts[KEYS_MAX];
	struct vkey keys[KEYS_MAX];
	size_t count = 0, verified = 0, i;
	enum err err;

	json_array_foreach(vkeys, i, text)
	{
		assert_true(count < KEYS_MAX);
		count += vkey_decode(&keys[count], bytes_str(json_string_value(text))) == ERR_NONE;
	}
	err = open_note(bytes_str(vectors_str(one, "note")), keys, count, verdicts);
	if ((err == ERR_NONE) != want)
		fail_msg("%s: %s", name, err_name(err));
	if (!want)
		return;
	for (i = 0; i < count; i++) {
		char id[300];
		if (!verdicts[i].is_verified)
			continue;
		snprintf(id, sizeof(id), "%.*s+%08x", (int)keys[i].name.size,
		    (const char *)keys[i].name.data, keys[i].id);
		assert_string_equal(id,
		    json_string_value(json_array_get(vectors_get(one, "verified"), verified++)));
	}
	assert_int_equal(verified, json_array_size(vectors_get(one, "verified")));
}

static void notes_of_the_vectors(void **state)
{
	json_t *file = vectors_load("tests/vectors/notes/notes.json"), *one;
	size_t i;
	(void)state;

	assert_true(json_array_size(file) > 10);
	json_array_foreach(file, i, one) check_case(one);
	json_decref(file);
}

static void every_changed_bit_and_every_cut_is_refused(void **state)
{
	char text[] = EXAMPLE;
	struct note_verdict verdict;
	struct vkey vk;
	(void)state;

	assert_int_equal(vkey_decode(&vk, BYTES_STR(EXAMPLE_VKEY)), ERR_NONE);
	assert_int_equal(open_note(bytes_str(text), &vk, 1, &verdict), ERR_NONE);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		for (int bit = 0; bit < 8; bit++) {
			text[i] = (char)(text[i] ^ 1 << bit);
			assert_int_not_equal(
			    open_note(bytes_of(text, sizeof(text) - 1), &vk, 1, &verdict),
			    ERR_NONE);
			text[i] = (char)(text[i] ^ 1 << bit);
		}
		assert_int_not_equal(open_note(bytes_of(text, i), &vk, 1, &verdict), ERR_NONE);
	}
}

static void each_kind_of_damage_has_its_error(void **state)
{
	static const struct {
		struct bytes in;
		enum err err;
	} cases[] = {
#define LINE "— example.com/foo Uw2QOkn8srV1\n"
	    {BYTES_STR("text\n\n" LINE), ERR_NONE},
	    {BYTES_STR("\n\n" LINE), ERR_NONE},
	    {BYTES_STR("text\n\nmore\n\n" LINE LINE), ERR_NONE},
	    {BYTES_STR(""), ERR_FORMAT},
	    {BYTES_STR("\n\n"), ERR_FORMAT},
	    {BYTES_STR("text\n" LINE), ERR_FORMAT},
	    {BYTES_STR("text\n\n" LINE "\n"), ERR_FORMAT},
	    {BYTES_STR("te\txt\n\n" LINE), ERR_FORMAT},
	    {BYTES_STR("te\0xt\n\n" LINE), ERR_FORMAT},
	    {BYTES_STR("te\xffxt\n\n" LINE), ERR_UTF8},
	    {BYTES_STR("text\n\n- example.com/foo Uw2QOkn8srV1\n"), ERR_FORMAT},
	    {BYTES_STR("text\n\n—  example.com/foo Uw2QOkn8srV1\n"), ERR_FORMAT},
	    {BYTES_STR("text\n\n— example.com/foo\n"), ERR_FORMAT},
	    {BYTES_STR("text\n\n— example.com/foo \n"), ERR_FORMAT},
	    {BYTES_STR("text\n\n— example+com Uw2QOkn8srV1\n"), ERR_FORMAT},
	    {BYTES_STR("text\n\n— example.com/foo Uw2QOg==\n"), ERR_FORMAT}, /* an id alone */
	    {BYTES_STR("text\n\n— example.com/foo Uw2QOkn=\n"), ERR_FORMAT}, /* trailing bits */
	    {BYTES_STR("text\n\n— example.com/foo Uw2QOkk\n"), ERR_FORMAT},
	    {BYTES_STR("text\n\n— example.com/foo Uw2QOkn8 srV1\n"), ERR_FORMAT},
	    {BYTES_STR("text\n\n— example.com/foo Uw2QOkn8srV1"), ERR_FORMAT},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct note note;
		enum err err = note_parse(&note, cases[i].in);
		if (err != cases[i].err)
			fail_msg("case %zu: %s", i, err_name(err));
	}
}

static void text_is_all_before_the_last_empty_line(void **state)
{
	struct note note;
	(void)state;

	assert_int_equal(note_parse(&note, BYTES_STR("a\n\nb\n\n" LINE LINE)), ERR_NONE);
	assert_true(bytes_equal(note.text, BYTES_STR("a\n\nb\n")));
	assert_int_equal(note.count, 2);
}

/* A note with `count` signature lines of `size` signature bytes each. */
static void build_note(struct writer *w, size_t count, size_t size)
{
	uint8_t *blob = calloc(1, 4 + size);
	char *base64 = malloc(BASE64_SIZE(4 + size));

	writer_str(w, "text\n\n");
	base64_encode(base64, bytes_of(blob, 4 + size));
	for (size_t i = 0; i < count; i++)
		writer_printf(w, "— signer/%zu %s\n", i, base64);
	free(base64);
	free(blob);
}

static void signatures_and_bytes_are_bounded(void **state)
{
	struct writer w = {0};
	struct note note;
	(void)state;

	build_note(&w, NOTE_SIGNATURES_MAX, 64);
	assert_int_equal(note_parse(&note, writer_view(&w)), ERR_NONE);
	assert_int_equal(note.count, NOTE_SIGNATURES_MAX);
	writer_clear(&w);
	build_note(&w, NOTE_SIGNATURES_MAX + 1, 64);
	assert_int_equal(note_parse(&note, writer_view(&w)), ERR_LIMIT);
	writer_clear(&w);
	build_note(&w, 1, 64);
	while (w.size <= NOTE_SIZE_MAX)
		writer_str(&w, "some more text that makes the note too large\n");
	assert_int_equal(note_parse(&note, writer_view(&w)), ERR_LIMIT);
	writer_release(&w);
}

static void long_signatures_of_unknown_kinds_are_read_over(void **state)
{
	static const size_t sizes[] = {1, 71, 72, 73, 763, 764, 765, 2420, 4627};
	(void)state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct writer w = {0};
		struct note_line line;
		struct note note;
		build_note(&w, 16, sizes[i]);
		assert_int_equal(note_parse(&note, writer_view(&w)), ERR_NONE);
		assert_int_equal(note.count, 16);
		assert_int_equal(note_line_next(&note.lines, &line), ERR_NONE);
		assert_int_equal(line.size, sizes[i]);
		/* Padding inside of the base64 is no part of one. */
		if (sizes[i] > 1000) {
			w.data[6 + 4 + 9 + 1023] = '=';
			assert_int_equal(note_parse(&note, writer_view(&w)), ERR_FORMAT);
		}
		writer_release(&w);
	}
}

static const uint8_t seed[32] = {0x11};
#define SIGSUM_TEXT "example.org/log\n10\nHA5HAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

static void a_cosignature_is_made_as_sigsum_makes_it(void **state)
{
	struct writer w = {0};
	struct seckey sk;
	struct vkey vk;
	struct key pk;
	struct sig sig;
	(void)state;

	seal_sign_keypair(&pk, &sk, seed);
	vkey_init(&vk, BYTES_STR("example.org/witness"), VKEY_COSIGNATURE, &pk);
	assert_int_equal(note_cosign(&sig, BYTES_STR(SIGSUM_TEXT), 1234, &sk), ERR_NONE);
	note_put_cosignature(&w, &vk, 1234, &sig);
	assert_true(bytes_equal(writer_view(&w),
	    BYTES_STR(
		"— example.org/witness ys8uUAAAAAAAAATSftMzceM8zssdZ9jin9SjwIxzx9iADMf63VqirX2h"
		"afol9RsqNqbofIz0LVRqHXI2kpEBSki5RTXFtxz1vo9+Cg==\n")));
	assert_int_equal(note_cosign_verify(&sig, BYTES_STR(SIGSUM_TEXT), 1234, &pk), ERR_NONE);
	assert_int_equal(
	    note_cosign_verify(&sig, BYTES_STR(SIGSUM_TEXT), 1235, &pk), ERR_SIGNATURE);
	assert_int_equal(note_cosign_verify(&sig, BYTES_STR("other\n"), 1234, &pk), ERR_SIGNATURE);
	assert_int_equal(note_cosign(&sig, BYTES_STR(SIGSUM_TEXT), 1ull << 63, &sk), ERR_LIMIT);
	assert_int_equal(
	    note_cosign_verify(&sig, BYTES_STR(SIGSUM_TEXT), 1ull << 63, &pk), ERR_LIMIT);
	writer_release(&w);
}

struct signers {
	struct seckey sk[2];
	struct vkey vk[2];
	struct writer note;
};

static void signers_init(struct signers *s)
{
	struct key pk;

	*s = (struct signers){0};
	seal_sign_keypair(&pk, &s->sk[0], seed);
	vkey_init(&s->vk[0], BYTES_STR("log.example"), VKEY_ED25519, &pk);
	seal_sign_keypair(&pk, &s->sk[1], (const uint8_t[32]){0x22});
	vkey_init(&s->vk[1], BYTES_STR("witness.example"), VKEY_COSIGNATURE, &pk);
	writer_str(&s->note, "text\n\n");
}

static void a_note_with_two_signatures_gives_both_verdicts(void **state)
{
	struct note_verdict verdicts[2];
	struct signers s;
	struct sig sig;
	(void)state;

	signers_init(&s);
	note_sign(&s.note, BYTES_STR("text\n"), &s.vk[0], &s.sk[0]);
	assert_int_equal(note_cosign(&sig, BYTES_STR("text\n"), 77, &s.sk[1]), ERR_NONE);
	note_put_cosignature(&s.note, &s.vk[1], 77, &sig);
	assert_int_equal(open_note(writer_view(&s.note), s.vk, 2, verdicts), ERR_NONE);
	assert_true(verdicts[0].is_verified);
	assert_true(verdicts[1].is_verified);
	assert_int_equal(verdicts[1].time_s, 77);
	assert_int_equal(open_note(writer_view(&s.note), s.vk, 0, verdicts), ERR_SIGNATURE);
	writer_release(&s.note);
}

static void one_false_line_of_a_trusted_key_spoils_the_note(void **state)
{
	struct note_verdict verdicts[2];
	struct signers s;
	struct sig sig;
	(void)state;

	signers_init(&s);
	note_sign(&s.note, BYTES_STR("text\n"), &s.vk[0], &s.sk[0]);
	assert_int_equal(note_cosign(&sig, BYTES_STR("text\n"), 77, &s.sk[1]), ERR_NONE);
	note_put_cosignature(&s.note, &s.vk[1], 78, &sig);
	assert_int_equal(open_note(writer_view(&s.note), s.vk, 2, verdicts), ERR_SIGNATURE);
	assert_false(verdicts[0].is_verified);
	assert_false(verdicts[1].is_verified);
	/* Unless nobody trusts that key. */
	assert_int_equal(open_note(writer_view(&s.note), s.vk, 1, verdicts), ERR_NONE);
	assert_true(verdicts[0].is_verified);
	writer_release(&s.note);
}

static void a_plain_signature_is_no_cosignature_and_the_other_way_round(void **state)
{
	struct note_verdict verdict;
	struct signers s;
	struct sig sig;
	(void)state;

	signers_init(&s);
	note_sign(&s.note, BYTES_STR("text\n"), &s.vk[1], &s.sk[1]);
	assert_int_equal(open_note(writer_view(&s.note), &s.vk[1], 1, &verdict), ERR_SIGNATURE);
	writer_clear(&s.note);
	writer_str(&s.note, "text\n\n");
	assert_int_equal(note_cosign(&sig, BYTES_STR("text\n"), 5, &s.sk[0]), ERR_NONE);
	note_put_cosignature(&s.note, &s.vk[0], 5, &sig);
	assert_int_equal(open_note(writer_view(&s.note), s.vk, 1, &verdict), ERR_SIGNATURE);
	writer_release(&s.note);
}

static void a_signature_too_long_to_be_ours_is_not_written(void **state)
{
	uint8_t blob[NOTE_COSIGNATURE_SIZE + 1] = {0};
	struct signers s;
	(void)state;

	signers_init(&s);
	note_put_signature(&s.note, &s.vk[0], BYTES(blob));
	assert_int_equal(s.note.err, ERR_BUG);
	writer_release(&s.note);
}

static int setup(void **state)
{
	(void)state;
	return seal_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(notes_of_the_vectors),
	    cmocka_unit_test(every_changed_bit_and_every_cut_is_refused),
	    cmocka_unit_test(each_kind_of_damage_has_its_error),
	    cmocka_unit_test(text_is_all_before_the_last_empty_line),
	    cmocka_unit_test(signatures_and_bytes_are_bounded),
	    cmocka_unit_test(long_signatures_of_unknown_kinds_are_read_over),
	    cmocka_unit_test(a_cosignature_is_made_as_sigsum_makes_it),
	    cmocka_unit_test(a_note_with_two_signatures_gives_both_verdicts),
	    cmocka_unit_test(one_false_line_of_a_trusted_key_spoils_the_note),
	    cmocka_unit_test(a_plain_signature_is_no_cosignature_and_the_other_way_round),
	    cmocka_unit_test(a_signature_too_long_to_be_ours_is_not_written),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
