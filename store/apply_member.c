/* A line of the roster. Views read in it in which role its member attests, so a role that changes has the attestations
 * looked at again. It does not know what they say. */
#include "proto/audit.h"
#include "store/apply.h"

static bool is_same(const struct change_member *before, const struct change_member *now)
{
	static const enum audit_role roles[] = {AUDIT_AS_COORDINATOR, AUDIT_AS_OBSERVER};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (audit_role_fits(
			roles[i], (enum member_kind)before->kind, before->is_coordinator) !=
		    audit_role_fits(roles[i], (enum member_kind)now->kind, now->is_coordinator))
			return false;
	}
	return true;
}

static void list_attestations(struct apply *a, struct writer *arrivals, uint32_t log_no)
{
	struct record_walk walk;
	struct record record;

	record_walk_begin(&walk, &a->t);
	for (bool more = record_walk_at(&walk, log_no, 0); more; more = record_walk_next(&walk)) {
		if (record_walk_peek(&walk, &record) && record.header.kind == KIND_ATTESTATION)
			writer_u64(arrivals, record_walk_arrival_of(&walk));
	}
	record_walk_end(&walk);
}

static void revisit_attestations(struct apply *a, const char *code)
{
	struct row_key prefix = row_key_code(bytes_str(code));
	struct writer arrivals = {0};
	struct walk walk;

	walk_begin(&walk, &a->t, TABLE_CODES);
	for (bool more = walk_from(&walk, row_key_view(&prefix));
	     more && walk_has_prefix(&walk, row_key_view(&prefix)); more = walk_next(&walk))
		list_attestations(
		    a, &arrivals, be32_get(walk.key.data + walk.key.size - sizeof(uint32_t)));
	walk_end(&walk);
	/* A write voids what a walk borrowed. */
	for (size_t at = 0; at < arrivals.size; at += 8)
		apply_revisit(a, be64_get(arrivals.data + at));
	if (arrivals.err != ERR_NONE)
		txn_fail(&a->t, arrivals.err, "no memory for the attestations of a member");
	writer_release(&arrivals);
}

void apply_member(struct apply *a, const struct change_member *op, struct bytes raw)
{
	struct change_member before = {.kind = MEMBER_COMMUNE};
	bool stays;

	(void)member_row_get(&a->t, bytes_str(op->code), &before);
	stays = is_same(&before, op);
	txn_put(&a->t, TABLE_MEMBERS, bytes_str(op->code), raw);
	if (!stays)
		revisit_attestations(a, op->code);
}
