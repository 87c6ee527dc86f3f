/* Who may hold another branch of a log: what a peer brings does not continue what is held here, or a
 * head it tells is smaller than the own one. Whoever holds the tree of the larger checkpoint can show
 * its root at the smaller one and the proof from there; with it two signed checkpoints become
 * evidence. The peer is asked (PROOF_WANT), or the own tree is. A peer that cannot show it is to
 * blame, and nothing else is. DESIGN D8, PROTOCOL.md sections 8 and 9. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#define COMPARES_MAX 16 /* of a session under way */

static struct log *log_of(const struct core *core, const struct key *key)
{
	if (core->roster_log && key_equal(&core->roster_log->open.key, key))
		return core->roster_log;
	return heads_find(&core->heads, key);
}

/* --- what a peer brought does not continue what is held ----------------------------------------- */

static struct suspect *suspect_find(struct session *s, const struct msg_proof_want *of)
{
	for (unsigned i = 0; i < s->suspect_count; i++)
		if (key_equal(&s->suspects[i].a.log, &of->log) &&
		    s->suspects[i].a.size == of->from && s->suspects[i].b.size == of->size)
			return &s->suspects[i];
	return NULL;
}

static void suspect_remove(struct session *s, struct suspect *suspect)
{
	*suspect = s->suspects[--s->suspect_count];
}

static enum err ask(struct core *core, struct session *s, const struct suspect *suspect)
{
	struct msg_proof_want of = {
	    .log = suspect->a.log, .from = suspect->a.size, .size = suspect->b.size};
	struct writer body = {0};

	if (suspect_find(s, &of))
		return ERR_NONE;
	if (!s->suspects && !(s->suspects = calloc(UNANSWERED_MAX, sizeof(*s->suspects))))
		return ERR_MEMORY;
	if (s->suspect_count == UNANSWERED_MAX)
		return ERR_NONE; /* the digests differ: it comes again */
	s->suspects[s->suspect_count++] = *suspect;
	msg_proof_want_encode(&body, &of);
	session_send(core, s, MSG_PROOF_WANT, &body);
	writer_release(&body);
	return ERR_NONE;
}

/* The largest checkpoint that its key signed and that is not larger than b: the head, or what the records behind it were
 * proven against. Size 0: none. */
static struct checkpoint best_below(const struct log *log, const struct checkpoint *b)
{
	struct checkpoint best = log->head;

	if (log->aim.size > best.size && log->aim.size <= b->size)
		best = log->aim;
	return best;
}

enum err suspect_begin(struct core *core, struct session *s, const struct checkpoint *b)
{
	struct log *log = log_of(core, &b->log);
	struct suspect suspect = {.b = *b, .until_ms = core->now.steady_ms + WANT_WAIT_MS};
	struct msg_evidence same = {.log = b->log, .b = *b};

	if (!log || checkpoint_is_cut(b))
		return ERR_PROOF;
	if (log->state == LOG_FROZEN)
		return ERR_FROZEN;
	suspect.a = best_below(log, b);
	if (suspect.a.size == 0)
		return ERR_PROOF; /* nothing that was signed is contradicted */
	if (suspect.a.size > b->size)
		return suspect_told(core, s, b);
	if (suspect.a.size < b->size)
		return ask(core, s, &suspect);
	if (hash_equal(&suspect.a.root, &b->root))
		return ERR_PROOF;
	same.a = suspect.a;
	evidence_freeze(core, log, &same);
	return ERR_NONE;
}

enum err take_proof(struct core *core, struct session *s, struct bytes body)
{
	struct msg_evidence evidence = {0};
	struct msg_proof m;
	struct suspect *suspect;
	struct log *log;
	enum err err = msg_proof_decode(&m, body);

	if (err)
		return err;
	if (!(suspect = suspect_find(s, &m.of)))
		return ERR_STATE;
	evidence.log = m.of.log;
	evidence.a = suspect->a;
	evidence.b = suspect->b;
	suspect_remove(s, suspect);
	log = log_of(core, &m.of.log);
	if (!log || log->state == LOG_FROZEN)
		return ERR_NONE;
	memcpy(evidence.proof, m.proof, m.proof_count * sizeof(struct hash));
	evidence.proof_count = m.proof_count;
	/* Both signatures were verified before; what is handed on must hold as a whole. */
	if ((err = msg_evidence_verify(&evidence, &core->config.network)))
		return err;
	evidence_freeze(core, log, &evidence);
	return ERR_NONE;
}

int64_t suspect_deadline(const struct session *s)
{
	int64_t deadline = INT64_MAX;

	for (unsigned i = 0; i < s->suspect_count; i++)
		if (s->suspects[i].until_ms < deadline)
			deadline = s->suspects[i].until_ms;
	return deadline;
}

void suspect_tick(struct core *core, struct session *s)
{
	if (suspect_deadline(s) <= core->now.steady_ms)
		session_close(core, s, ERR_PROOF, NULL);
}

/* --- a smaller head than the own ---------------------------------------------------------------- */

static unsigned count_compares(const struct core *core, const struct session *s)
{
	unsigned count = 0;

	for (const struct asked *a = core->asked; a; a = a->next)
		count += a->conn == s->conn && a->evidence;
	return count;
}

/* At the head that is signed, not at the tail: nothing that is not signed contradicts anything. */
bool suspect_compare(struct core *core, struct session *s, const struct checkpoint *head)
{
	struct log *log = log_of(core, &head->log);
	struct msg_evidence *evidence;
	struct asked *asked;

	if (count_compares(core, s) >= COMPARES_MAX || !(evidence = calloc(1, sizeof(*evidence))))
		return false;
	asked = core_read(core, READ_PROOF, s->conn, &head->log, head->size, log->head.size, 0);
	if (!asked) {
		free(evidence);
		return false;
	}
	*evidence = (struct msg_evidence){.log = head->log, .a = *head, .b = log->head};
	asked->evidence = evidence;
	/* Whoever listens before it signs waits for this too. Afterwards nobody keeps a node from signing by telling it old
	 * heads: a second history that one of them turns out to be of is there already. */
	asked->holds_own = log == core->own.log && listen_is_waiting(core);
	core->own.comparing += asked->holds_own;
	return true;
}

/* What finds no room is told again: the digests differ. */
enum err suspect_told(struct core *core, struct session *s, const struct checkpoint *head)
{
	const struct log *log = log_of(core, &head->log);
	enum err err;

	if (!log || log->state == LOG_FROZEN || head->size >= log->head.size ||
	    checkpoint_is_cut(head) || core->heads_verified >= plan_verified_max(core))
		return ERR_NONE;
	core->heads_verified++;
	if (!(err = checkpoint_verify(head, &core->config.network)))
		suspect_compare(core, s, head);
	return err;
}

static void compared(struct core *core, struct asked *asked, enum err err, struct bytes data)
{
	struct msg_evidence *evidence = asked->evidence;
	struct log *log = log_of(core, &asked->key);
	struct session *s = session_find(core, asked->conn);
	size_t count = data.size / HASH_SIZE;
	bool is_read = !err && log && count > 0 && count <= TREE_PROOF_MAX + 1;
	bool is_same = is_read && memcmp(data.data, evidence->a.root.b, HASH_SIZE) == 0;

	core->own.comparing -= asked->holds_own;
	/* Of the own log a peer tells what it holds itself. */
	if (is_same && s && log->state == LOG_OPEN)
		own_have(core, s, &asked->key, evidence->a.size);
	if (is_read && !is_same) {
		memcpy(evidence->proof, data.data, count * HASH_SIZE);
		evidence->proof_count = count;
		if (msg_evidence_verify(evidence, &core->config.network))
			core_rot(core); /* the own tree does not lead to the own head */
		else
			evidence_freeze(core, log, evidence);
	}
	own_pump(core);
}

/* --- asked by a peer ---------------------------------------------------------------------------- */

static void send_proof(
    struct core *core, struct session *s, const struct msg_proof_want *of, struct bytes data)
{
	struct msg_proof m = {.of = *of};
	struct writer body = {0};

	if (data.size <= sizeof(m.proof)) {
		m.proof_count = data.size / HASH_SIZE;
		if (m.proof_count > 0)
			memcpy(m.proof, data.data, m.proof_count * HASH_SIZE);
	}
	msg_proof_encode(&body, &m);
	session_send(core, s, MSG_PROOF, &body);
	writer_release(&body);
}

/* Of a frozen log the evidence comes first: it says more than any proof. */
enum err take_proof_want(struct core *core, struct session *s, struct bytes body)
{
	struct msg_proof_want of;
	enum err err = msg_proof_want_decode(&of, body);
	struct log *log;

	if (err)
		return err;
	log = log_of(core, &of.log);
	if (s->role != ROLE_MEMBER && (!log || log != core->roster_log))
		return ERR_STATE;
	if (core_reads(core, READ_PROOF, s->conn) >= UNANSWERED_MAX + COMPARES_MAX)
		return ERR_LIMIT;
	/* A tail that is not signed yet is nobody's business. */
	if (!log || (log->is_own && !core->own.is_shown) ||
	    of.size > (log->is_own ? log->head.size : log->stored)) {
		send_proof(core, s, &of, (struct bytes){0});
		return ERR_NONE;
	}
	if (log->state == LOG_FROZEN && !core_read(core, READ_EVIDENCE, s->conn, &of.log, 0, 0, 0))
		return ERR_MEMORY;
	return core_read(core, READ_PROOF, s->conn, &of.log, of.from, of.size, 0) ? ERR_NONE
										  : ERR_MEMORY;
}

void suspect_read(struct core *core, struct asked *asked, enum err err, struct bytes data)
{
	struct session *s = session_find(core, asked->conn);
	struct msg_proof_want of = {.log = asked->key, .from = asked->from, .size = asked->size};

	if (asked->evidence)
		compared(core, asked, err, data);
	else if (s && s->phase == SESSION_RUNNING)
		send_proof(core, s, &of, err ? (struct bytes){0} : data);
}
