/* What was read back is signed, DESIGN D3, D7: head.lock becomes durable, and whoever wrote it gives the signature. From
 * then on others may see the head, because nothing else of this size is ever signed: should the checkpoint not become
 * durable, the records are, and are signed again, to the same bytes. Its author is told when that is durable too. The key
 * that signs is not here. */
#include "proto/core_parts.h"

#include <string.h>

#include "proto/broken.h"

static void push(struct core *core, struct session *s, const struct flight *f, struct bytes packed)
{
	struct writer body = {0};
	struct msg_push m = {.from = f->from, .head = f->head};

	m.raw_size = be32_get(packed.data);
	m.packed = bytes_of(packed.data + 4, packed.size - 4);
	msg_push_encode(&body, &m);
	session_send(core, s, MSG_PUSH, &body);
	writer_release(&body);
}

/* What a PUSH holds beside its frame of records, at most. */
#define PUSH_OVERHEAD 256
/* Larger ones cost little more with what packing needs made for them, and would leave it large. */
#define PACKER_KEPT_MAX 65536

/* The records of this head as PUSH carries them; false when they do not fit one frame: noise does
 * not become smaller by packing. */
static bool pack_push(struct core *core, struct writer *packed, const struct flight *f)
{
	if (f->records.size == 0 || f->records.size > BATCH_RAW_MAX ||
	    f->head.size - f->from > BATCH_COUNT_MAX)
		return false;
	if (!core->packer)
		core->packer = batch_packer_new();
	batch_pack_with(f->records.size <= PACKER_KEPT_MAX ? core->packer : NULL, packed,
	    writer_view(&f->records));
	return !packed->err && packed->size + PUSH_OVERHEAD <= FRAME_SIZE_MAX;
}

static bool is_listening(const struct session *s)
{
	return s->role == ROLE_MEMBER && s->in_step && s->phase == SESSION_RUNNING;
}

static void show_head(struct core *core, struct own *own, struct flight *f)
{
	struct writer packed = {0};
	bool any = false;

	if (own == &core->own && !own->is_shown) {
		judge_show_own(core); /* announced once the lock knows */
		return;
	}
	for (size_t i = 0; i < core->session_count; i++)
		any |= is_listening(core->sessions[i]);
	if (!any || !own->log->is_admissible || !pack_push(core, &packed, f)) {
		sync_announce(core, own->log, 0);
		writer_release(&packed);
		return;
	}
	for (size_t i = 0; i < core->session_count; i++)
		if (is_listening(core->sessions[i]))
			push(core, core->sessions[i], f, writer_view(&packed));
	writer_release(&packed);
}

/* The tree that was read back is the tree that is signed. */
static enum err own_sign(
    struct core *core, struct own *own, struct flight *appended, const struct hash *root)
{
	struct writer ops = {0};
	struct checkpoint head = {.log = own->key, .size = own->log->stored, .root = *root};

	if (!listen_may_sign(core, own)) /* something was learnt since it was written */
		return own->log->state == LOG_FROZEN ? ERR_FROZEN : ERR_REFUSED;
	own->lock.size = head.size;
	own->lock.root = head.root;
	own_put_lock(own, head.size, &head.root, true, &ops);
	struct flight *f = core_change(core, FLIGHT_OWN_SIGN, &ops);
	if (!f)
		return ERR_MEMORY;
	own->phase = OWN_SIGNING;
	f->log = own->log;
	f->head = head;
	f->from = own->log->head.size;
	if (appended && appended->from == own->log->head.size) {
		f->records = appended->records;
		memset(&appended->records, 0, sizeof(appended->records));
	}
	return ERR_NONE;
}

/* A peer's word about this log is being held against what is stored. It is signed after that like any tail, and whoever
 * waits for it goes on waiting. */
static bool is_put_off(struct own *own)
{
	if (!own->comparing)
		return false;
	own->phase = OWN_IDLE;
	return true;
}

/* Members act by the roster: what they are told of it stays, also here. */
static void store_roster_head(struct core *core, struct own *own, const struct flight *f)
{
	struct writer ops = {0};
	struct flight *next;

	change_put_head(&ops, &f->head);
	next = core_change(core, FLIGHT_OWN_HEAD, &ops);
	if (!next) {
		publish_fail_current(core, own, ERR_MEMORY, NULL);
		return;
	}
	next->log = f->log;
	next->has_head = true;
	next->head = f->head;
}

static void head_signed(struct core *core, struct flight *f, uint64_t arrival)
{
	struct own *own = &core->own;

	own->log->head = f->head;
	own->log->head_arrival = arrival;
	own->phase = OWN_IDLE;
	own->keep_ms = core->now.steady_ms + OWN_KEEP_MS;
	heads_touch(&core->heads, own->log);
	if (!own->is_shown) /* how a log begins is not left for later */
		own_keep_head(core, own);
	publish_acknowledge(core, own); /* before the work of sending: it is durable */
	show_head(core, own, f);
	own_announce(core);
	sync_touch(core);
}

void own_signed(
    struct core *core, struct own *own, struct flight *f, const struct change_result *result)
{
	enum err err = ERR_NONE;

	if (result->has_sig && is_put_off(own))
		return;
	if (!result->has_sig)
		err = result->sign_err ? result->sign_err : ERR_BUG;
	else if (!listen_may_sign(core, own)) /* then nobody is to see it */
		err = own->log->state == LOG_FROZEN ? ERR_FROZEN : ERR_REFUSED;
	if (err) {
		core_mark(core, MARK_SIGN_STOPPED);
		publish_fail_current(core, own, err, err == ERR_REFUSED ? own_stopped_text : NULL);
		return;
	}
	f->head.sig = result->sig;
	if (own == &core->own)
		head_signed(core, f, result->arrival);
	else
		store_roster_head(core, own, f);
}

/* Not before it is: until then the lock asks for no more than what is stored. A peer may have told of more meanwhile. */
static void lock_grown(struct own *own, const struct flight *f, const struct change_result *result)
{
	if (!result->has_sig || own->lock.size >= f->head.size)
		return;
	own->lock.size = f->head.size;
	own->lock.root = f->head.root;
}

void own_appended(
    struct core *core, struct own *own, struct flight *f, const struct change_result *result)
{
	struct hash root;
	enum err err;

	frontier_root(&f->frontier, &root);
	if (!BROKEN_UNREAD && (!result->has_reread || !hash_equal(&root, &result->reread))) {
		own->has_twin = true; /* never signed again by this process */
		core_alarm_raise(core, "what was stored differs from what was written: not signed");
		publish_fail_current(core, own, ERR_ROT, NULL);
		return;
	}
	if (own == &core->keeper)
		judge_apply_entries(core, f->from, writer_view(&f->records), NULL);
	if (f->is_signing) {
		lock_grown(own, f, result);
		own_signed(core, own, f, result);
		return;
	}
	if (is_put_off(own) || !(err = own_sign(core, own, f, &root)))
		return;
	core_mark(core, MARK_SIGN_STOPPED);
	publish_fail_current(core, own, err, err == ERR_REFUSED ? own_stopped_text : NULL);
}

void own_headed(
    struct core *core, struct own *own, struct flight *f, const struct change_result *result)
{
	if (own == &core->own)
		return;
	own->phase = OWN_IDLE;
	own->log->head = f->head;
	own->log->head_arrival = result->arrival;
	publish_acknowledge(core, own);
	judge_roster_changed(core);
}

void own_root_read(struct core *core, const struct key *log, enum err err, struct bytes data)
{
	struct own *own = own_of(core, log);
	struct hash root, stored;
	struct frontier at;

	log_frontier(own->log, &at);
	frontier_root(&at, &root);
	own->phase = OWN_IDLE;
	if (!err && data.size == HASH_SIZE)
		memcpy(stored.b, data.data, HASH_SIZE);
	if (err || data.size != HASH_SIZE || !hash_equal(&root, &stored)) {
		own->has_twin = true; /* never signed again by this process */
		core_alarm_raise(core, "what was stored differs from what was written: not signed");
		return;
	}
	own_sign(core, own, NULL, &stored);
}
