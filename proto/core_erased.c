/* Payloads that are to be given up, because the roster says so or the member whose record it is: what is learnt of either is
 * held against the very record, whenever the one or the other arrives. A peer's word alone takes nothing: a payload that it
 * calls erased, on no ground that is known here, stays on the list of what is missing and is asked from others. An erasure
 * whose record is stored is carried out and forgotten, as the store keeps what it did; one whose record is still to come
 * waits, and the record comes without its payload. DESIGN D10, PROTOCOL.md section 8. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"
#include "proto/kinds.h"
#include "proto/mp.h"

#define ERASURES_MAX 65536
#define WAITING_MAX 256 /* for records that are still to come, by one log */
#define READS_MAX 16

/* --- grounds ------------------------------------------------------------------------------------ */

static bool is_same(const struct record_ref *a, const struct record_ref *b)
{
	return a->index == b->index && key_equal(&a->log, &b->log) &&
	       hash_equal(&a->leaf, &b->leaf);
}

bool erasure_read(struct change_erasure *out, const struct record_ref *by, struct bytes payload)
{
	struct reader r;

	*out = (struct change_erasure){.by = *by, .is_put = true};
	reader_init(&r, mp_get(payload, "log"));
	mp_bin_fixed(&r, out->what.log.b, KEY_SIZE);
	if (r.err)
		return false;
	reader_init(&r, mp_get(payload, "leaf"));
	mp_bin_fixed(&r, out->what.leaf.b, HASH_SIZE);
	if (r.err)
		return false;
	reader_init(&r, mp_get(payload, "index"));
	out->what.index = mp_uint(&r);
	/* A record cannot name one that comes after it in its own log. */
	return !r.err && !(key_equal(&by->log, &out->what.log) && by->index <= out->what.index);
}

/* May the author of `by` erase a record of that kind in that log? */
static bool is_authors(
    const struct core *core, const struct key *by, const struct key *of, uint16_t kind)
{
	const struct log *log = heads_find(&core->heads, by),
			 *theirs = heads_find(&core->heads, of);

	return log && theirs && kind_erasable(kind) == ERASABLE_BY_MEMBER &&
	       strcmp(log->open.member, theirs->open.member) == 0;
}

static bool find_ruling(
    const struct core *core, const struct record_ref *what, uint16_t kind, struct record_ref *by)
{
	const struct ruling *ruling = roster_erasure(core->roster, &what->log, what->index);

	if (!ruling || !core->roster_log || kind_erasable(kind) == ERASABLE_NEVER ||
	    !hash_equal(&ruling->leaf, &what->leaf))
		return false;
	*by = (struct record_ref){
	    core->roster_log->open.key, ruling->entry_index, ruling->entry_leaf};
	return true;
}

/* In a list of what is known, or of what came in the same batch. */
static bool find_erasure(const struct core *core, const struct change_erasure *list, size_t count,
    const struct record_ref *what, uint16_t kind, struct record_ref *by)
{
	for (size_t i = 0; i < count; i++)
		if (is_same(&list[i].what, what) &&
		    is_authors(core, &list[i].by.log, &what->log, kind)) {
			*by = list[i].by;
			return true;
		}
	return false;
}

/* --- records that come in ------------------------------------------------------------------------ */

bool erased_concerns(const struct core *core, const struct key *log)
{
	for (size_t i = 0; i < core->erasures.count; i++)
		if (key_equal(&core->erasures.list[i].what.log, log))
			return true;
	for (size_t i = 0; i < roster_ruling_count(core->roster); i++) {
		const struct ruling *ruling = roster_ruling_at(core->roster, i);
		if (ruling->type == RULING_ERASE && key_equal(&ruling->log, log))
			return true;
	}
	return false;
}

/* list: what the records that it comes with erase. */
static void judge_record(const struct core *core, const struct log *log, uint64_t index,
    struct bytes list, struct record *record)
{
	struct record_ref what = {.log = log->open.key, .index = index}, by;
	uint16_t kind = record->header.kind;

	if (kind_erasable(kind) == ERASABLE_NEVER)
		return;
	tree_leaf_hash(&what.leaf, record->raw_header);
	if (find_ruling(core, &what, kind, &by) ||
	    find_erasure(core, core->erasures.list, core->erasures.count, &what, kind, &by) ||
	    find_erasure(core, (const struct change_erasure *)(const void *)list.data,
		list.size / sizeof(struct change_erasure), &what, kind, &by)) {
		record->state = RECORD_ERASED;
		record->erasure = by;
	} else if (record->state == RECORD_ERASED && !BROKEN_ERASED_BELIEVED) {
		record->state = RECORD_NOT_HELD;
	}
}

enum err erased_filter(const struct core *core, const struct key *key, uint64_t from,
    struct bytes list, struct writer *records)
{
	const struct log *log = heads_find(&core->heads, key);
	struct writer kept = {0};
	struct record record;
	struct reader r;
	enum err err;

	if (!log)
		return ERR_NONE; /* the roster: nothing of it is ever erased */
	reader_init(&r, writer_view(records));
	for (uint64_t index = from; reader_left(&r); index++) {
		if ((err = record_read(&record, &r))) {
			writer_release(&kept);
			return err;
		}
		judge_record(core, log, index, list, &record);
		record_write(&kept, &record);
	}
	err = kept.err;
	if (err) {
		writer_release(&kept);
		return err;
	}
	writer_release(records);
	*records = kept;
	return ERR_NONE;
}

/* --- records that are stored --------------------------------------------------------------------- */

static bool is_stored(const struct core *core, const struct record_ref *what)
{
	const struct log *log = heads_find(&core->heads, &what->log);

	return log && log->stored > what->index;
}

/* A batch is held against all that wait: nobody makes it long by naming what never comes. */
static bool waits_too_much(const struct core *core, const struct change_erasure *op)
{
	const struct erasures *e = &core->erasures;
	unsigned count = 0;

	if (is_stored(core, &op->what))
		return false;
	for (size_t i = 0; i < e->count && count < WAITING_MAX; i++)
		count += key_equal(&e->list[i].by.log, &op->by.log) &&
			 !is_stored(core, &e->list[i].what);
	return count == WAITING_MAX;
}

enum err erasure_load(struct core *core, const struct change_erasure *op)
{
	struct erasures *e = &core->erasures;
	struct change_erasure *list;

	if (e->count == ERASURES_MAX || waits_too_much(core, op))
		return ERR_NONE; /* the store keeps it for a start with more room */
	if (e->count == e->capacity) {
		size_t capacity = e->capacity ? e->capacity * 2 : 8;
		if (!(list = realloc(e->list, capacity * sizeof(*list))))
			return ERR_MEMORY;
		e->list = list;
		e->capacity = capacity;
	}
	e->list[e->count++] = *op;
	return ERR_NONE;
}

void erased_learnt(struct core *core, struct bytes list)
{
	struct change_erasure one;

	for (size_t at = 0; at + sizeof(one) <= list.size; at += sizeof(one)) {
		memcpy(&one, list.data + at, sizeof(one));
		erasure_load(core, &one);
	}
	erased_pump(core);
}

/* Of a record that is put in place again: it was carried out, or was to be, before. */
void erased_recalled(struct core *core, const struct change_erasure *one)
{
	for (size_t i = 0; i < core->erasures.count; i++)
		if (is_same(&core->erasures.list[i].by, &one->by))
			return;
	erasure_load(core, one);
}

/* Rulings about what could not be read are looked at again. */
void erased_mended(struct core *core)
{
	core->erasures.rulings = 0;
	erased_pump(core);
}

void erased_release(struct core *core)
{
	free(core->erasures.list);
	core->erasures = (struct erasures){0};
}

static bool is_asked(const struct core *core, const struct record_ref *by)
{
	for (const struct asked *a = core->asked; a; a = a->next)
		if (a->erasure && is_same(&a->erasure->by, by))
			return true;
	return false;
}

/* Reads the record that is to be erased, or of a claim the one that erases it. */
static bool ask(struct core *core, const struct change_erasure *of, bool is_claim)
{
	const struct record_ref *which = is_claim ? &of->by : &of->what;
	struct asked *asked = core_read(
	    core, READ_PUSH, 0, &which->log, which->index, which->index + 1, BATCH_RAW_MAX);

	if (!asked)
		return false;
	asked->erasure = malloc(sizeof(*asked->erasure));
	if (asked->erasure)
		*asked->erasure = *of;
	asked->is_claim = is_claim;
	core->erasures.reads++;
	return asked->erasure != NULL;
}

/* Rulings are gone through once after each start: the roster does not tell which were carried out. */
void erased_pump(struct core *core)
{
	struct erasures *e = &core->erasures;

	if (!core->is_started)
		return;
	for (size_t i = 0; i < e->count && e->reads < READS_MAX; i++)
		if (is_stored(core, &e->list[i].what) && !rot_is_near(core, &e->list[i].what) &&
		    !is_asked(core, &e->list[i].by) && !ask(core, &e->list[i], false))
			return;
	while (e->rulings < roster_ruling_count(core->roster) && e->reads < READS_MAX) {
		const struct ruling *ruling = roster_ruling_at(core->roster, e->rulings++);
		struct change_erasure of = {
		    .what = {.log = ruling->log, .index = ruling->index, .leaf = ruling->leaf}};
		/* What rots is looked at when it is mended. */
		if (ruling->type == RULING_ERASE && is_stored(core, &of.what) &&
		    !rot_is_near(core, &of.what))
			ask(core, &of, false);
	}
}

static void forget(struct core *core, const struct record_ref *by, struct writer *ops)
{
	struct erasures *e = &core->erasures;

	for (size_t i = 0; i < e->count; i++)
		if (is_same(&e->list[i].by, by)) {
			change_put_erasure(ops, &(struct change_erasure){.by = *by});
			e->list[i] = e->list[--e->count];
			return;
		}
}

static enum err unpack_one(struct record *out, struct writer *raw, struct bytes data)
{
	struct reader r;
	uint32_t size;
	enum err err;

	reader_init(&r, data);
	size = reader_u32(&r);
	if (r.err || size > BATCH_RAW_MAX)
		return ERR_FORMAT;
	if ((err = batch_unpack(raw, reader_take(&r, reader_left(&r)), size)))
		return err;
	reader_init(&r, writer_view(raw));
	return record_read(out, &r);
}

static void put_erased(
    const struct record_ref *what, const struct record_ref *by, struct writer *ops)
{
	const struct record record = {.state = RECORD_ERASED, .erasure = *by};
	struct writer rest = {0};

	record_write_rest(&rest, &record);
	if (rest.err)
		writer_fail(ops, rest.err);
	else
		change_put_payload(
		    ops, &(struct change_payload){
			     .key = what->log, .index = what->index, .rest = writer_view(&rest)});
	writer_release(&rest);
}

/* The record that was to be erased: is it the one that was meant? */
static void carry_out(struct core *core, const struct change_erasure *of,
    const struct record_ref *what, const struct record *record, struct writer *ops)
{
	uint16_t kind = record->header.kind;
	struct record_ref by;

	if (record->state != RECORD_ERASED &&
	    (find_ruling(core, what, kind, &by) || find_erasure(core, of, 1, what, kind, &by))) {
		core_mark(core, MARK_ERASED_LATE);
		put_erased(what, &by, ops);
	}
	forget(core, &of->by, ops);
}

/* The record that is said to erase another one: does it? */
static void believe(const struct change_erasure *of, const struct record_ref *by,
    const struct record *record, struct writer *ops)
{
	struct change_erasure says;

	if (is_same(&of->by, by) && record->header.kind == KIND_ERASURE &&
	    record->state == RECORD_PRESENT && erasure_read(&says, by, record->payload) &&
	    is_same(&says.what, &of->what))
		put_erased(&of->what, by, ops);
}

void erased_claimed(
    struct core *core, const struct change_erasure *claim, uint16_t kind, struct writer *ops)
{
	struct record_ref by;

	if (find_ruling(core, &claim->what, kind, &by))
		put_erased(&claim->what, &by, ops);
	else if (core->erasures.reads < READS_MAX && is_stored(core, &claim->by) &&
		 is_authors(core, &claim->by.log, &claim->what.log, kind))
		ask(core, claim, true);
}

/* What cannot be read is tried again at the next start, or when it is mended. */
void erased_done(struct core *core, const struct asked *asked, enum err err, struct bytes data)
{
	const struct change_erasure *of = asked->erasure;
	struct record_ref read = {.log = asked->key, .index = asked->from};
	struct writer raw = {0}, ops = {0};
	struct record record;

	core->erasures.reads--;
	if (!err)
		err = of ? unpack_one(&record, &raw, data) : ERR_MEMORY;
	if (!err) {
		tree_leaf_hash(&read.leaf, record.raw_header);
		if (asked->is_claim)
			believe(of, &read, &record, &ops);
		else
			carry_out(core, of, &read, &record, &ops);
	}
	if (ops.size)
		core_change(core, FLIGHT_NOTE, &ops);
	writer_release(&ops);
	writer_release(&raw);
	if (!err)
		erased_pump(core);
}
