/* Proofs as text, and the whole verification of bundles (log signature, cosignatures, growth,
 * inclusion) as an offline checker does it, by public vectors. */
#include "proto/tlog_proof.h"

#include "proto/checkpoint.h"
#include "proto/limits.h"
#include "proto/note.h"
#include "tests/proto/vectors.h"
#include "tests/unit.h"

#define KEYS_MAX 8

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

static enum err bundle_growth(
    const struct bundle *b, json_t *one, const struct checkpoint_claim *claim)
{
	struct bytes text = bytes_str(vectors_str(one, "old_checkpoint"));
	struct hash proof[TREE_PROOF_MAX];
	struct checkpoint_claim old;
	enum err err = bundle_checkpoint(b, text, 0, &old);

	if (err)
		return err;
	return tree_consistency_verify(old.size, &old.root, claim->size, &claim->root, proof,
	    bundle_proof(one, "consistency", proof));
}

static enum err bundle_inclusion(json_t *one, const struct checkpoint_claim *claim, uint64_t index,
    const struct hash *proof, size_t count)
{
	struct vectors_blob leaf = vectors_base64_text(vectors_str(one, "leaf"));
	struct hash leaf_hash;

	tree_leaf_hash(&leaf_hash, vectors_view(&leaf));
	free(leaf.data);
	return tree_inclusion_verify(&leaf_hash, index, claim->size, proof, count, &claim->root);
}

static enum err check_bundle(json_t *one, struct bytes checkpoint)
{
	struct hash proof[TREE_PROOF_MAX];
	struct checkpoint_claim claim;
	uint64_t index = 0;
	struct bundle b;
	enum err err;

	err = bundle_keys(&b, one);
	if (!err)
		err = bundle_checkpoint(&b, checkpoint, b.threshold, &claim);
	if (!err)
		err = bundle_growth(&b, one, &claim);
	if (err)
		return err;
	if (json_object_get(one, "index"))
		index = vectors_u64(one, "index");
	return bundle_inclusion(one, &claim, index, proof, bundle_proof(one, "inclusion", proof));
}

static enum err check_proof(json_t *one, struct bytes text)
{
	struct checkpoint_claim claim;
	struct tlog_proof proof;
	struct bundle b;
	enum err err;

	err = bundle_keys(&b, one);
	if (!err)
		err = tlog_proof_parse(&proof, text);
	if (!err)
		err = bundle_checkpoint(&b, proof.checkpoint, b.threshold, &claim);
	if (err)
		return err;
	return bundle_inclusion(one, &claim, proof.index, proof.hashes, proof.count);
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
    {"tlog-proof, version line", ERR_FORMAT},
    {"tlog-proof, index with a leading zero", ERR_FORMAT},
    {"tlog-proof, index before extra", ERR_FORMAT},
    {"tlog-proof, extra not base64", ERR_FORMAT},
    {"tlog-proof, no index", ERR_FORMAT},
    {"tlog-proof, another index", ERR_PROOF},
    {"tlog-proof, no empty line before the checkpoint", ERR_FORMAT},
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
		bool is_proof = json_object_get(one, "tlog_proof") != NULL;
		char *text = strdup(vectors_str(one, is_proof ? "tlog_proof" : "checkpoint"));
		enum err err = is_proof ? check_proof(one, bytes_str(text))
					: check_bundle(one, stray_byte(text));
		free(text);
		if (err != wanted(one))
			fail_msg("%s: %s", vectors_str(one, "desc"), err_name(err));
		if (err)
			refused++;
		else
			accepted++;
	}
	assert_int_equal(accepted, 9 + 4);
	assert_int_equal(refused, sizeof(refusals) / sizeof(*refusals));
	json_decref(file);
}

static void framings_of_the_vectors(void **state)
{
	json_t *file = vectors_load("tests/vectors/notes/tlog_proof_framing.json"), *one;
	unsigned accepted = 0;
	size_t i;
	(void)state;

	json_array_foreach(file, i, one)
	{
		struct bytes text = bytes_str(vectors_str(one, "text"));
		struct writer again = {0};
		struct tlog_proof proof;
		if (strcmp(vectors_str(one, "want"), "OK") != 0) {
			assert_err(ERR_FORMAT, tlog_proof_parse(&proof, text));
			continue;
		}
		assert_ok(tlog_proof_parse(&proof, text));
		tlog_proof_put(&again, &proof);
		assert_bytes(text, writer_view(&again));
		writer_release(&again);
		accepted++;
	}
	assert_int_equal(accepted, 2);
	json_decref(file);
}

static void each_part_of_a_proof_is_read(void **state)
{
	struct tlog_proof proof;
	(void)state;

	assert_ok(tlog_proof_parse(&proof,
	    BYTES_STR("c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 10\n"
		      "rzFuy5Go7nrpkhBwKy1HWPMM3eO/YePY54fXRoH5Cm4=\n\ncheckpoint data\n")));
	assert_text("ZXh0cmE=", proof.extra);
	assert_int_equal(proof.index, 10);
	assert_int_equal(proof.count, 1);
	assert_bytes(HEX("af316ecb91a8ee7ae99210702b2d4758f30cdde3bf61e3d8e787d74681f90a6e"),
	    BYTES(proof.hashes[0].b));
	assert_text("checkpoint data\n", proof.checkpoint);
}

static void malformed_proofs_are_refused(void **state)
{
#define FIRST "c2sp.org/tlog-proof@v1\n"
#define HASH "rzFuy5Go7nrpkhBwKy1HWPMM3eO/YePY54fXRoH5Cm4=\n"
	static const struct {
		const char *text;
		enum err err;
	} cases[] = {
	    {FIRST "index 0\n\n", ERR_NONE},
	    {FIRST "index 0\n" HASH "\nx", ERR_NONE},
	    {FIRST "index 0\n" HASH, ERR_FORMAT},
	    {FIRST "index 0", ERR_FORMAT},
	    {FIRST, ERR_FORMAT},
	    {"", ERR_FORMAT},
	    {FIRST "index \n\n", ERR_FORMAT},
	    {FIRST "index +1\n\n", ERR_FORMAT},
	    {FIRST "index 18446744073709551616\n\n", ERR_FORMAT},
	    {FIRST "Index 1\n\n", ERR_FORMAT},
	    {FIRST "extra \nindex 1\n\n", ERR_FORMAT},
	    {FIRST "extra Zg==Zg==\nindex 1\n\n", ERR_FORMAT},
	    {FIRST "extra Zm9vYg\nindex 1\n\n", ERR_FORMAT},
	    {FIRST "extra Zm9v\n", ERR_FORMAT},
	    {FIRST "index 0\nrzFuy5Go7nrpkhBwKy1HWPMM3eO/YePY54fXRoH5Cm4\n\n", ERR_FORMAT},
	    {FIRST "index 0\nrzFuy5Go7nrpkhBwKy1HWPMM3eO/YePY54fXRoH5\n\n", ERR_FORMAT},
	};
	struct tlog_proof proof;
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum err err = tlog_proof_parse(&proof, bytes_str(cases[i].text));
		if (err != cases[i].err)
			fail_msg("case %zu: %s", i, err_name(err));
	}
}

static void hashes_and_bytes_are_bounded(void **state)
{
	struct tlog_proof proof;
	struct writer w = {0};
	(void)state;

	for (unsigned count = TREE_LEVELS; count <= TREE_LEVELS + 1; count++) {
		writer_clear(&w);
		writer_str(&w, FIRST "index 0\n");
		for (unsigned i = 0; i < count; i++)
			writer_str(&w, HASH);
		writer_str(&w, "\n");
		assert_err(count > TREE_LEVELS ? ERR_LIMIT : ERR_NONE,
		    tlog_proof_parse(&proof, writer_view(&w)));
	}
	while (w.size <= NOTE_SIZE_MAX)
		writer_str(&w, HASH);
	assert_err(ERR_LIMIT, tlog_proof_parse(&proof, writer_view(&w)));
	writer_release(&w);
}

static int setup(void **state)
{
	(void)state;
	return seal_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bundles_of_the_vectors),
	    cmocka_unit_test(framings_of_the_vectors),
	    cmocka_unit_test(each_part_of_a_proof_is_read),
	    cmocka_unit_test(malformed_proofs_are_refused),
	    cmocka_unit_test(hashes_and_bytes_are_bounded),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
