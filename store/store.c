/* A store as a whole: opening what one process may have open, committing changes as a group, and
 * telling when a database is an older one put back. */
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "proto/batch.h"
#include "store/apply.h"
#include "store/claim.h"
#include "store/compact.h"
#include "store/doubt.h"
#include "store/tree_source.h"
#include "store/truth.h"

#define MAP_SIZE_DEFAULT ((uint64_t)1 << 40)
#define MAP_SIZE_MIN ((uint64_t)1 << 30)
/* A transaction writes copies of what it changes before the old pages are free. */
#define MAP_SLACK ((uint64_t)64 << 20)

/* --- opening --------------------------------------------------------------------------------- */

/* Whether head.lock has signed more of some log than the database holds: then an older database was
 * put back. */
static bool lock_is_ahead(struct store *s, struct txn *t)
{
	struct bytes file = writer_view(&s->lock.file);

	for (size_t at = 0; at + LISTEN_SLOT_SIZE <= file.size; at += LISTEN_SLOT_SIZE) {
		struct listen_slot slot;
		struct log_row row;
		if (listen_slot_decode(&slot, file.data + at) != LISTEN_VALID || slot.size == 0)
			continue;
		if (!log_row_get(t, &slot.log, &row) || row.frontier.size < slot.size)
			return true;
	}
	return false;
}

static uint64_t data_inode(const struct store *s)
{
	char path[sizeof(s->truth_path) + 16];
	struct stat stat_buf;

	snprintf(path, sizeof(path), "%s/data.mdb", s->truth_path);
	return stat(path, &stat_buf) == 0 ? (uint64_t)stat_buf.st_ino : 0;
}

static void renew_id(struct store *s, struct txn *t)
{
	if (getrandom(s->id, sizeof(s->id), 0) != (ssize_t)sizeof(s->id)) {
		txn_fail(t, ERR_IO, "no random bytes for a store id");
		return;
	}
	txn_put(t, TABLE_META, BYTES_STR("store"), BYTES(s->id));
	meta_put_u64(t, "inode", data_inode(s));
}

/* One step a format version; the first one has none before it. */
static void check_format(struct txn *t)
{
	uint64_t format = meta_get_u64(t, "format");

	if (format == 0 && txn_rows(t, TABLE_LOGS) == 0)
		meta_put_u64(t, "format", STORE_FORMAT);
	else if (format != STORE_FORMAT)
		txn_fail(t, ERR_VERSION, "the database has format %llu, this program knows %d",
		    (unsigned long long)format, STORE_FORMAT);
}

/* A transaction that writes the truth ends. */
static enum err end_write(struct store *s, struct txn *t, struct why *why)
{
	enum err err = txn_end(t, why);

	if (err == ERR_COMMIT && doubt_raise(s->truth_path) && why) {
		size_t used = strlen(why->text);
		snprintf(why->text + used, sizeof(why->text) - used,
		    "; nor can it be marked for the next start to look through it");
	}
	return err;
}

/* The newest record of all is the newest one of its log. A row that is rotten keeps the daemon from starting, not those
 * from reading who look for what is wrong. */
static uint64_t last_arrival(struct txn *t)
{
	uint64_t last = 0;
	struct walk walk;

	walk_begin(&walk, t, TABLE_LOGS);
	walk.is_blind = true;
	for (bool more = walk_first(&walk); more; more = walk_next(&walk)) {
		const struct key none = {{0}};
		struct log_row row;
		uint64_t own = 0;
		if (log_row_decode(&row, &none, walk.value) && row.frontier.size > 0)
			own = row.run_arrival + (row.frontier.size - 1 - row.run_first);
		if (own > last)
			last = own;
	}
	walk_end(&walk);
	return last;
}

static enum err open_meta(struct store *s, bool is_restored, struct why *why)
{
	struct bytes id;
	struct txn t;

	txn_begin(&t, &s->env, TXN_WRITE);
	check_format(&t);
	if (txn_get(&t, TABLE_META, BYTES_STR("store"), &id) && id.size == sizeof(s->id))
		memcpy(s->id, id.data, sizeof(s->id));
	else
		is_restored = true;
	if (is_restored || meta_get_u64(&t, "inode") != data_inode(s) || lock_is_ahead(s, &t))
		renew_id(s, &t);
	atomic_store(&s->env.arrivals, last_arrival(&t));
	return end_write(s, &t, why);
}

static enum err open_truth(
    struct store *s, const char *home, const struct store_options *options, struct why *why)
{
	struct env_options env = {.path = s->truth_path,
	    .tables = truth_tables,
	    .count = TRUTH_TABLE_COUNT,
	    .map_size = options->map_size ? options->map_size : MAP_SIZE_DEFAULT};
	enum err err;

	env.map_size_min = options->quota ? options->quota + MAP_SLACK : MAP_SIZE_MIN;
	if (env.map_size < env.map_size_min)
		env.map_size = env.map_size_min;
	err = head_lock_open(
	    &s->lock, home, options->machine_id_path, options->boot_id_path, !options->signer, why);
	compact_forget(s->truth_path);
	s->is_in_doubt = doubt_is_raised(s->truth_path);
	if (s->is_in_doubt)
		doubt_read_from_disk(s->truth_path);
	if (err == ERR_NONE)
		err = env_open(&s->env, &env, why);
	if (s->is_in_doubt)
		atomic_store(&s->env.has_rot, true);
	s->quota = options->quota ? options->quota : s->env.map_size - s->env.map_size / 8;
	if (err == ERR_NONE)
		err = open_meta(s, options->is_restored, why);
	return err;
}

struct store *store_open(const char *home, const struct store_options *options, struct why *why)
{
	static const struct store_options defaults;
	struct store *s = calloc(1, sizeof(*s));
	enum err err;

	if (!s) {
		why_set(why, ERR_MEMORY, "no memory for the store");
		return NULL;
	}
	s->claim = s->lock.fd = -1;
	s->signer = options ? options->signer : NULL;
	if (snprintf(s->truth_path, sizeof(s->truth_path), "%s/truth", home) >=
	    (int)sizeof(s->truth_path))
		err = why_set(why, ERR_LIMIT, "the path of the home is too long");
	else
		err = claim_take(&s->claim, home, why);
	if (err == ERR_NONE)
		err = open_truth(s, home, options ? options : &defaults, why);
	if (err == ERR_NONE)
		return s;
	store_close(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->env.handle)
		env_close(&s->env);
	head_lock_close(&s->lock);
	batch_packer_free(atomic_load(&s->packer));
	writer_release(&s->scratch);
	claim_release(s->claim);
	free(s);
}

const uint8_t *store_id(const struct store *s)
{
	return s->id;
}

uint64_t store_arrivals(struct store *s)
{
	return atomic_load(&s->env.arrivals);
}

enum err store_usage(struct store *s, uint64_t *used, uint64_t *quota, struct why *why)
{
	enum err err = env_used(&s->env, used);

	*quota = s->quota;
	return err == ERR_NONE ? err : why_set(why, err, "cannot count the pages in use");
}

/* --- head.lock ------------------------------------------------------------------------------- */

static void stored_root(struct txn *t, const struct log_row *row, uint64_t size, struct hash *root)
{
	struct tree_source *source;
	enum err err;

	/* What is stored whole says its root by itself: records that rotted meanwhile are no reason not
	 * to start, they are fetched again. */
	if (size == row->frontier.size) {
		frontier_root(&row->frontier, root);
		return;
	}
	source = tree_source_new(t, row);
	err = source ? tree_source_root(source, size, root) : ERR_MEMORY;

	tree_source_free(source);
	if (err != ERR_NONE)
		txn_fail(t, err, "cannot compute a root: %s", err_text(err));
}

enum err store_lock(
    struct store *s, const struct key *log, struct core_lock *out, struct why *reason)
{
	struct listen_stored stored = {0};
	struct listen_lock lock;
	struct log_row row;
	struct txn t;
	enum err err;

	head_lock_find(&s->lock, log, &lock);
	txn_begin(&t, &s->env, TXN_READ);
	if (log_row_get(&t, log, &row)) {
		stored.size = row.frontier.size;
		if (lock.is_found && lock.slot.size <= stored.size)
			stored_root(&t, &row, lock.slot.size, &stored.root);
	}
	err = txn_end(&t, reason);
	if (err == ERR_NONE)
		listen_judge(out, &lock, &s->lock.here, &stored, reason);
	return err;
}

/* --- applying -------------------------------------------------------------------------------- */

uint64_t store_disk_free(const struct store *s)
{
	struct statvfs disk;

	if (statvfs(s->truth_path, &disk))
		return UINT64_MAX;
	return (uint64_t)disk.f_bavail * disk.f_frsize;
}

/* How much room there is, counted exactly only when it may matter. */
static void judge_room(struct apply *a, size_t incoming)
{
	struct store *s = a->store;
	uint64_t reserve = s->quota / 4 < STORE_RESERVE ? s->quota / 4 : STORE_RESERVE;
	uint64_t used = env_grown(&s->env) + incoming;
	uint64_t left = store_disk_free(s);

	if (used > s->quota - reserve && env_used(&s->env, &used) == ERR_NONE)
		used += incoming;
	a->is_tight = used > s->quota - reserve;
	a->is_full = used > s->quota || left < STORE_FLOOR + 2 * incoming;
	if (left < STORE_RESERVE + incoming)
		a->is_tight = true;
}

/* Reads the headers of an append back from the committed database. */
static void reread(
    struct txn *t, struct increase *increase, const struct reread *r, struct change_result *result)
{
	struct record_walk walk;
	bool is_there;

	increase_begin(increase, &r->key, &r->before);
	record_walk_begin(&walk, t);
	is_there = record_walk_at(&walk, r->log_no, r->from);
	for (uint32_t i = 0; is_there && t->err == ERR_NONE; is_there = record_walk_next(&walk)) {
		struct hash leaf;
		tree_leaf_hash(&leaf, record_walk_header(&walk));
		increase_append(increase, &leaf);
		if (++i == r->count)
			break;
	}
	record_walk_end(&walk);
	if (!is_there)
		txn_fail(t, ERR_ROT, "what was just stored cannot be read back");
	increase_end(increase);
	result->has_reread = true;
	frontier_root(&increase->after, &result->reread);
}

/* The lock durable, and the signature. ERR_COMMIT, or a refusal. */
static enum err lock_write(
    struct store *s, const struct signing *asked, struct sig *sig, struct why *why)
{
	enum err err;

	if (!s->signer)
		return head_lock_write(&s->lock, asked, why);
	err = s->signer->sign(s->signer->context, asked, sig, why);
	return err ? err : head_lock_follow(&s->lock, asked, why);
}

static enum err sign(
    struct store *s, const struct change_lock *op, struct change_result *result, struct why *why)
{
	struct signing asked = {.log = op->key,
	    .size = op->size,
	    .root = op->root,
	    .was_shown = op->was_shown,
	    .is_unheard = op->is_unheard,
	    .is_signing = op->is_signed};
	struct listen_lock lock;
	struct hash root;
	size_t count = 0;
	enum err err = ERR_NONE;

	head_lock_find(&s->lock, &op->key, &lock);
	if (op->is_signed)
		err = increase_prove(&s->increase, &s->env, &op->key,
		    signing_base(&lock.slot, &root), op->size, asked.proof, &count);
	asked.proof_count = (unsigned)count;
	if (!err)
		err = lock_write(s, &asked, &result->sig, why);
	if (err == ERR_COMMIT)
		return err;
	if (err && !op->is_signed) /* the core asks for nothing that is refused */
		return why_set(
		    why, ERR_BUG, "head.lock: %s", why && why->text[0] ? why->text : err_text(err));
	result->sign_err = err;
	result->has_sig = op->is_signed && !err && s->signer;
	return ERR_NONE;
}

static enum err after_commit(struct apply *a, struct change_result *results, struct why *why)
{
	enum err err = ERR_NONE;
	struct txn t;

	if (a->rereads) {
		txn_begin(&t, &a->store->env, TXN_READ);
		for (const struct reread *r = a->rereads; r; r = r->next)
			reread(&t, &a->store->increase, r, &results[r->change]);
		/* It is stored, and yet it is not: what the core believes and what is on disk part
		 * ways. */
		if (t.err == ERR_ROT)
			t.err = ERR_COMMIT;
		err = end_write(a->store, &t, why);
	}
	for (size_t i = 0; i < a->lock_count && err == ERR_NONE; i++) {
		struct change_result *result = &results[a->locks[i].change];
		/* What differs from what was written is not signed. */
		if (a->locks[i].op.is_signed && result->has_reread &&
		    !hash_equal(&result->reread, &a->locks[i].op.root))
			result->sign_err = ERR_ROT;
		else
			err = sign(a->store, &a->locks[i].op, result, why);
	}
	return err;
}

enum err store_apply(struct store *s, const struct bytes *changes, size_t count,
    struct change_result *results, struct why *why)
{
	struct apply a = {.store = s};
	size_t incoming = 0;
	enum err err;

	for (size_t i = 0; i < count; i++)
		incoming += changes[i].size;
	judge_room(&a, incoming);
	txn_begin(&a.t, &s->env, TXN_WRITE);
	a.arrivals = a.t.arrivals;
	for (a.change = 0; a.change < count && a.t.err == ERR_NONE; a.change++)
		apply_change(&a, changes[a.change]);
	err = end_write(s, &a.t, why);
	if (err == ERR_NONE)
		atomic_store(&s->env.arrivals, a.arrivals);
	for (size_t i = 0; i < count; i++)
		results[i] = (struct change_result){.arrival = a.arrivals};
	if (err == ERR_NONE)
		err = after_commit(&a, results, why);
	apply_release(&a);
	return err;
}

void store_preallocate(struct store *s)
{
	if (store_disk_free(s) > 2 * STORE_RESERVE)
		(void)env_preallocate(&s->env);
}

bool store_is_in_doubt(const struct store *s)
{
	return s->is_in_doubt;
}

enum err store_settle(struct store *s, struct why *why)
{
	if (doubt_settle(s->truth_path))
		return why_set(why, ERR_IO, "cannot remove %s/doubt", s->truth_path);
	s->is_in_doubt = false;
	return ERR_NONE;
}

bool store_take_rot(struct store *s)
{
	return atomic_exchange(&s->env.has_rot, false);
}
