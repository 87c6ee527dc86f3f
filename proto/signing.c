/* The signer's rule. It decides whether a checkpoint continues what was signed; keys, files and processes are elsewhere. */
#include "proto/signing.h"

#include <string.h>

uint64_t signing_base(const struct listen_slot *slot, struct hash *root)
{
	*root = slot->is_raised ? slot->signed_root : slot->root;
	return slot->is_raised ? slot->signed_size : slot->size;
}

static enum err judge_place(
    const struct listen_lock *lock, const struct listen_here *here, struct why *why)
{
	if (!lock->is_found)
		return why_set(why, ERR_UNKNOWN, "head.lock does not name this log");
	if (lock->slot.is_moved)
		return why_set(why, ERR_REFUSED, "this home was moved: another one signs its log");
	if (memcmp(lock->slot.here.machine, here->machine, LISTEN_ID_SIZE) != 0 ||
	    lock->slot.here.inode != here->inode)
		return why_set(why, ERR_REFUSED, "head.lock is of another place");
	return ERR_NONE;
}

static enum err judge_growth(
    const struct listen_slot *slot, const struct signing *asked, struct why *why)
{
	struct hash root;
	uint64_t size = signing_base(slot, &root);

	if (asked->size == 0 || asked->size > TREE_SIZE_MAX)
		return why_set(
		    why, ERR_FIELD, "no log has %llu records", (unsigned long long)asked->size);
	/* The empty tree is the beginning of any other. */
	if (size == 0)
		tree_empty_root(&root);
	if (size > asked->size || tree_consistency_verify(size, &root, asked->size, &asked->root,
				      asked->proof, asked->proof_count))
		return why_set(why, ERR_PROOF,
		    "%llu records do not grow out of the %llu that were signed",
		    (unsigned long long)asked->size, (unsigned long long)size);
	return ERR_NONE;
}

enum err signing_judge(struct listen_slot *out, const struct listen_lock *lock,
    const struct listen_here *here, const struct signing *asked, struct why *why)
{
	const struct listen_slot *slot = &lock->slot;
	enum err err = judge_place(lock, here, why);

	if (err)
		return err;
	if (asked->size < slot->size)
		return why_set(why, ERR_REFUSED, "the log has %llu records, not %llu",
		    (unsigned long long)slot->size, (unsigned long long)asked->size);
	if (asked->size == slot->size && slot->size > 0 && !hash_equal(&asked->root, &slot->root))
		return why_set(why, ERR_REFUSED, "another root of %llu records is in head.lock",
		    (unsigned long long)asked->size);
	if (asked->is_signing && (err = judge_growth(slot, asked, why)))
		return err;
	*out = *slot;
	if (!asked->is_signing && asked->size > slot->size) {
		out->signed_size = signing_base(slot, &out->signed_root);
		out->is_raised = true;
	} else if (asked->is_signing) {
		out->is_raised = false;
		out->signed_size = 0;
		memset(&out->signed_root, 0, sizeof(out->signed_root));
	}
	out->sequence++;
	out->size = asked->size;
	out->root = asked->root;
	out->here = *here;
	out->was_shown = asked->was_shown;
	out->is_unheard = asked->is_unheard;
	return ERR_NONE;
}
