/* What everybody's logs truly are: each record and each signed head once, whoever holds them. A node that would store
 * anything else than what its author wrote fails the run. */
#ifndef NETWORK_LEDGER_H
#define NETWORK_LEDGER_H

#include "proto/change.h"

#define ROSTER 0u /* the log of that position; node n's own is n + 1 */

struct ledger_log {
	struct change_log open;
	struct writer body; /* records, PROTOCOL.md section 2 */
	size_t *ends;
	struct hash *leaves;
	uint32_t count, capacity;
	struct checkpoint *heads; /* ascending */
	uint32_t head_count, head_capacity;
	uint32_t announced; /* record that announces addresses, + 1 */
};

struct ledger {
	struct hash network;
	struct ledger_log *logs;
	unsigned count;
	uint32_t *slots; /* position + 1 by key */
	uint32_t slot_count;
	uint64_t total; /* of the newest heads' sizes */
};

void ledger_init(struct ledger *l, unsigned logs);
void ledger_release(struct ledger *l);
/* Once the key is known. */
void ledger_name(struct ledger *l, unsigned log, const struct change_log *open);
unsigned ledger_find(const struct ledger *l, const struct key *key); /* asserts */
/* Whole records at `from`: written when they are new, compared when they are not. */
void ledger_put(struct ledger *l, unsigned log, uint64_t from, uint32_t count, struct bytes body);
void ledger_put_head(struct ledger *l, const struct checkpoint *head);
/* The newest head of at most that size; NULL for none. */
const struct checkpoint *ledger_head(const struct ledger *l, unsigned log, uint64_t size);
void ledger_frontier(const struct ledger *l, unsigned log, uint64_t size, struct frontier *out);
struct bytes ledger_records(const struct ledger *l, unsigned log, uint64_t from, uint64_t end);
enum err ledger_prove(const struct ledger *l, unsigned log, uint64_t old_size, uint64_t size,
    struct hash *proof, size_t *count);

#endif
