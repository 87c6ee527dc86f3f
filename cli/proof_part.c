/* One record of a proof. */
#include "cli/proof_part.h"

#include "cli/lang.h"

#include <string.h>

struct bytes proof_text(struct bytes map, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

static bool unbase64(struct writer *out, struct bytes text)
{
	size_t size = 3 * (text.size / 4);
	uint8_t *at = writer_grow(out, size);

	if (!at || !base64_decode(at, &size, (const char *)text.data, text.size))
		return false;
	out->size = (size_t)(at - out->data) + size;
	return true;
}

static bool hash_of(struct hash *out, struct bytes text)
{
	struct writer w = {0};
	bool is_hash = unbase64(&w, text) && w.size == HASH_SIZE;

	if (is_hash)
		memcpy(out->b, w.data, HASH_SIZE);
	writer_release(&w);
	return is_hash;
}

static bool size_field(struct bytes map, const char *field, uint64_t *out)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	if (mp_peek(&r) != MP_INT)
		return false;
	*out = mp_uint(&r);
	return r.err == ERR_NONE;
}

static bool hashes(struct bytes map, const char *field, struct hash *out, size_t *count)
{
	struct reader r;
	uint32_t total;

	reader_init(&r, mp_get(map, field));
	if (mp_peek(&r) != MP_ARRAY)
		return false;
	total = mp_array(&r);
	if (total > TREE_PROOF_MAX)
		return false;
	for (uint32_t i = 0; i < total; i++)
		if (mp_peek(&r) != MP_STR || !hash_of(&out[i], mp_str(&r)))
			return false;
	*count = total;
	return true;
}

enum err proof_part_read(struct proof_part *part, struct bytes map, struct why *why)
{
	struct bytes salt = proof_text(map, "salt");
	struct bytes payload = proof_text(map, "payload");
	enum err err;

	if (!size_field(map, "index", &part->index) ||
	    !unbase64(&part->leaf, proof_text(map, "leaf")) ||
	    !hashes(map, "inclusion", part->inclusion, &part->inclusion_count))
		return why_set(
		    why, ERR_FORMAT, _("index, leaf or inclusion is missing or damaged"));
	err = header_decode(&part->header, writer_view(&part->leaf));
	if (err)
		return why_set(why, err, _("the leaf is no record: %s"), err_text(err));
	tree_leaf_hash(&part->leaf_hash, writer_view(&part->leaf));
	part->checkpoint = proof_text(map, "checkpoint");
	/* An empty payload is base64 of nothing; the salt says that it is there. */
	part->has_payload = unbase64(&part->salt, salt) && part->salt.size == RECORD_SALT_SIZE &&
			    unbase64(&part->payload, payload);
	part->is_read = true;
	return ERR_NONE;
}

enum err proof_part_included(
    const struct proof_part *part, const struct checkpoint *cp, struct why *why)
{
	enum err err = tree_inclusion_verify(&part->leaf_hash, part->index, cp->size,
	    part->inclusion, part->inclusion_count, &cp->root);

	return err ? why_set(why, err, _("leaf %llu does not lead to the root of the checkpoint"),
			 (unsigned long long)part->index)
		   : ERR_NONE;
}

enum err proof_part_payload(const struct proof_part *part, struct why *why)
{
	struct hash commitment;

	if (!part->has_payload)
		return why_set(
		    why, ERR_ERASED, _("the proof holds no payload: it is erased or not held"));
	record_commitment(&commitment, part->salt.data, writer_view(&part->payload));
	if (part->payload.size != part->header.payload_size ||
	    !hash_equal(&commitment, &part->header.commitment))
		return why_set(
		    why, ERR_HASH, _("the payload does not match the commitment in the record"));
	return ERR_NONE;
}

struct bytes proof_payload(const struct proof_part *part)
{
	return writer_view(&part->payload);
}

void proof_part_release(struct proof_part *part)
{
	writer_release(&part->leaf);
	writer_release(&part->salt);
	writer_release(&part->payload);
}

enum err proof_growth_check(struct proof_growth *growth, struct bytes doc, struct why *why)
{
	struct bytes old = mp_get(doc, "old");
	struct bytes now = mp_get(doc, "new");
	struct hash proof[TREE_PROOF_MAX];
	struct hash old_root;
	struct hash root;
	size_t count;
	enum err err;

	if (!size_field(old, "size", &growth->old_size) ||
	    !size_field(now, "size", &growth->size) ||
	    !hash_of(&old_root, proof_text(old, "root")) ||
	    !hash_of(&root, proof_text(now, "root")) || !hashes(doc, "proof", proof, &count))
		return why_set(why, ERR_FORMAT, _("old, new or proof is missing or damaged"));
	err =
	    tree_consistency_verify(growth->old_size, &old_root, growth->size, &root, proof, count);
	return err ? why_set(why, err, _("the newer log does not begin with the older one"))
		   : ERR_NONE;
}

bool proof_unbase64(struct writer *out, struct bytes text)
{
	return unbase64(out, text);
}

enum err proof_fork_read(struct bytes doc, struct hash *proof, size_t *count, struct why *why)
{
	struct bytes root = proof_text(doc, "root");

	*count = 0;
	if (!hashes(doc, "proof", proof + 1, count) || (root.size && !hash_of(proof, root)))
		return why_set(why, ERR_FORMAT, _("root or proof is missing or damaged"));
	if (!root.size && *count)
		return why_set(why, ERR_FORMAT, _("root or proof is missing or damaged"));
	*count += root.size ? 1 : 0;
	return ERR_NONE;
}
