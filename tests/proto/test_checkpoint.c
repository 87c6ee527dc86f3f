/* Checkpoints: our own text byte by byte, its twins, and the whole verification of bundles (log
 * signature, cosignatures, growth, inclusion) as public vectors give it. */
#include "proto/checkpoint.h"

#include <stdio.h>

#include "proto/note.h"
#include "proto/tree.h"
#include "tests/proto/vectors.h"

#define KEYS_MAX 8

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

/* --- bundles: what an offline verifier does with the pieces --------------------------------------
 */

struct bundle {
	struct vkey keys[KEYS_MAX]; /* the log's, then the witnesses' */
	size_t key_count;
	struct bytes origin;
	size_t threshold;
};

static enum err bundle_keys(struct bundle *b, json_t *one)
{
	json_t *witnesses = vectors_get(one, "witnesses"), *text;
	enum err err = vkey_decode(&b->keys[0], bytes_str(vectors_str(one, "vkey")));
	size_t i;

	b->key_count = 1;
	b->origin = bytes_str(vectors_str(one, "origin"));
	b->threshold = (size_t)vectors_u64(one, "threshold");
	json_array_foreach(witnesses, i, text)
	{
		assert_true(b->key_count < KEYS_MAX);
		if (!err)
			err = vkey_decode(
			    &b->keys[b->key_count++], bytes_str(json_string_value(text)));
	}
	return err;
}

static enum err bundle_checkpoint(
    const struct bundle *b, struct bytes in, size_t threshold, struct checkpoint_claim *claim)
{
	struct note_verdict verdicts[KEYS_MAX];
	size_t cosigned = 0;
	struct note note;
	enum err err;

	err = note_parse(&note, in);
	if (!err)
		err = note_verify(&note, b->keys, b->key_count, verdicts);
	if (!err)
		err = checkpoint_parse(claim, note.text);
	if (err)
		return err;
	for (size_t i = 1; i < b->key_count; i++)
		cosigned += verdicts[i].is_verified;
	if (!verdicts[0].is_verified || cosigned < threshold)
		return ERR_STRANGER;
	return bytes_equal(claim->origin, b->origin) ? ERR_NONE : ERR_NETWORK;
}

static size_t bundle_proof(json_t *one, const char *key, struct hash *proof)
{
	json_t *list = json_object_get(one, key), *text;
	size_t i, count = 0;

	json_array_foreach(list, i, text)
	{
		assert_true(count < TREE_PROOF_MAX);
		assert_true(vectors_hash_text(&proof[count++], json_string_value(text)));
	}
	return count;
}

static enum err check_bundle(json_t *one, struct bytes checkpoint)
{
	struct hash proof[TREE_PROOF_MAX], leaf_hash;
	struct checkpoint_claim claim, old;
	struct vectors_blob leaf;
	struct bundle b;
	uint64_t index = 0;
	enum err err;

	err = bundle_keys(&b, one);
	if (!err)
		err = bundle_checkpoint(&b, checkpoint, b.threshold, &claim);
	if (!err)
		err = bundle_checkpoint(&b, bytes_str(vectors_str(one, "old_checkpoint")), 0, &old);
	if (err)
		return err;
	err = tree_consistency_verify(old.size, &old.root, claim.size, &claim.root, proof,
	    bundle_proof(one, "consistency", proof));
	if (err)
		return err;
	leaf = vectors_base64_text(vectors_str(one, "leaf"));
	tree_leaf_hash(&leaf_hash, vectors_view(&leaf));
	free(leaf.data);
	if (json_object_get(one, "index"))
		index = vectors_u64(one, "index");
	return tree_inclusion_verify(&leaf_hash, index, claim.size, proof,
	    bundle_proof(one, "inclusion", proof), &claim.root);
}

/* Why each bundle that must be refused is. */
static const struct refusal {
	const char *desc;
	enum err err;
} refusals[] = {
    {"bad log signature", ERR_SIGNATURE},
    {"log signature missing", ERR_STRANGER},
    {"too few cosignatures", ERR_STRANGER},
    {"the same cosigner twice does not make two", ERR_STRANGER},
    {"cosignature over another time than the one it carries", ERR_SIGNATURE},
    {"cosignature without its time (plain Ed25519 under the 0x04 id)", ERR_SIGNATURE},
    {"cosignature with an id of type 0x01 is from an unknown key", ERR_STRANGER},
    {"extension line removed after signing", ERR_SIGNATURE},
    {"another origin", ERR_NETWORK},
    {"size with a leading zero", ERR_FORMAT},
    {"size with a plus sign", ERR_FORMAT},
    {"size in hexadecimal", ERR_FORMAT},
    {"size over 64 bits", ERR_FORMAT},
    {"root without its padding", ERR_FORMAT},
    {"root in base64url", ERR_FORMAT},
    {"root of 31 bytes", ERR_FORMAT},
    {"root with nonzero trailing bits", ERR_FORMAT},
    {"only two lines", ERR_FORMAT},
    {"empty origin", ERR_FORMAT},
    {"empty extension line in the middle", ERR_FORMAT},
    {"carriage returns", ERR_FORMAT},
    {"tab in an extension line", ERR_FORMAT},
    {"not UTF-8", ERR_UTF8},
    {"no final newline", ERR_FORMAT},
    {"a blank line after the signatures", ERR_FORMAT},
    {"text after the signatures", ERR_FORMAT},
    {"hyphen for the em dash", ERR_FORMAT},
    {"two spaces before the name", ERR_FORMAT},
    {"no blank line", ERR_FORMAT},
    {"vkey with a wrong id", ERR_HASH},
    {"another leaf", ERR_PROOF},
    {"another index", ERR_PROOF},
    {"inclusion proof one short", ERR_PROOF},
    {"consistency proof one short", ERR_PROOF},
    {"old checkpoint of a fork", ERR_PROOF},
};

static enum err wanted(json_t *one)
{
	if (strcmp(vectors_str(one, "want"), "OK") == 0)
		return ERR_NONE;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		if (strcmp(vectors_str(one, "desc"), refusals[i].desc) == 0)
			return refusals[i].err;
	}
	fail_msg("no reason listed for: %s", vectors_str(one, "desc"));
	return ERR_BUG;
}

/* JSON cannot hold the stray byte of the case that is not UTF-8: the replacement character stands
 * for it. */
static struct bytes stray_byte(char *text)
{
	char *at = strstr(text, "\xef\xbf\xbd");

	if (at) {
		*at = (char)0xff;
		memmove(at + 1, at + 3, strlen(at + 3) + 1);
	}
	return bytes_str(text);
}

static void bundles_of_the_vectors(void **state)
{
	json_t *file = vectors_load("tests/vectors/notes/bundles.json"), *one;
	unsigned accepted = 0, refused = 0;
	size_t i;
	(void)state;

	json_array_foreach(file, i, one)
	{
		char *text;
		enum err err;
		if (!json_object_get(one, "checkpoint"))
			continue;
		text = strdup(vectors_str(one, "checkpoint"));
		err = check_bundle(one, stray_byte(text));
		free(text);
		if (err != wanted(one))
			fail_msg("%s: %s", vectors_str(one, "desc"), err_name(err));
		if (err)
			refused++;
		else
			accepted++;
	}
	assert_int_equal(accepted, 9);
	assert_int_equal(refused, sizeof(refusals) / sizeof(*refusals));
	json_decref(file);
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
	    cmocka_unit_test(bundles_of_the_vectors),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
