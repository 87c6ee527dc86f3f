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
#define AGAIN_MS 60000

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

/* Records of a copy are the member's under the key of the log that it is of. */
static const struct key *log_key(const struct core *core, const struct key *stored)
{
	const struct log *log = core->copy_count ? heads_find(&core->heads, stored) : NULL;

	return log && log->is_copy ? &log->copy_of : stored;
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

static const struct change_erasure *list_of(struct bytes list)
{
	return (const struct change_erasure *)(const void *)list.data;
}

/* In a list of what is known, or of what came in the same batch. */
static bool find_erasure(const struct core *core, const struct change_erasure *list, size_t count,
    const struct record_ref *what, uint16_t kind, struct record_ref *by)
{
	for (size_t i = 0; i < count; i++)
		if (is_same(&list[i].what, what) &&
		    is_authors(core, &list[i].by.log, &what->log, kind)) {
			*by = list[i].by;
			by->log = *log_key(core, &list[i].by.log);
			return true;
		}
	return false;
}

/* Likewise, of all that is known here. */
static bool find_known(
    const struct core *core, const struct record_ref *what, uint16_t kind, struct record_ref *by)
{
	const struct erasures *e = &core->erasures;

	return find_erasure(core, e->list, e->count, what, kind, by) ||
	       find_erasure(core, list_of(writer_view(&e->recalled)),
		   e->recalled.size / sizeof(struct change_erasure), what, kind, by);
}

/* --- records that come in ------------------------------------------------------------------------ */

bool erased_concerns(const struct core *core, const struct key *log)
{
	const struct change_erasure *recalled = list_of(writer_view(&core->erasures.recalled));

	for (size_t i = 0; i < core->erasures.recalled.size / sizeof(*recalled); i++)
		if (key_equal(&recalled[i].what.log, log))
			return true;
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
	if (find_ruling(core, &what, kind, &by) || find_known(core, &what, kind, &by) ||
	    find_erasure(
		core, list_of(list), list.size / sizeof(struct change_erasure), &what, kind, &by)) {
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

/* The log itself, then copies of its branches: where a record of it may lie. NULL behind the last. */
static const struct log *place_next(
    const struct core *core, const struct record_ref *what, size_t *position)
{
	const struct log *log;

	if (*position == 0) {
		*position = core->copy_count ? 1 : core->heads.count + 1;
		log = heads_find(&core->heads, &what->log);
		if (log && log->stored > what->index)
			return log;
	}
	while (*position <= core->heads.count) {
		log = heads_at(&core->heads, (*position)++ - 1);
		if (log->is_copy && key_equal(&log->copy_of, &what->log) &&
		    log->stored > what->index)
			return log;
	}
	return NULL;
}

static bool is_stored(const struct core *core, const struct record_ref *what)
{
	size_t position = 0;

	return place_next(core, what, &position) != NULL;
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

void erased_recalled(struct core *core, const struct change_erasure *one)
{
	struct writer *recalled = &core->erasures.recalled;
	const struct change_erasure *list = list_of(writer_view(recalled));

	for (size_t i = 0; i < recalled->size / sizeof(*one); i++)
		if (is_same(&list[i].by, &one->by))
			return;
	if (recalled->size / sizeof(*one) < ERASURES_MAX)
		writer_put(recalled, one, sizeof(*one));
}

static bool is_awaited(const struct core *core, const struct record_ref *what)
{
	return rot_is_near(core, what) || branch_is_awaited(core, &what->log);
}

/* What was recalled is carried out once more where the records have come: something may have been on its way. */
static void settle(struct core *core)
{
	struct writer *recalled = &core->erasures.recalled;
	struct change_erasure one;

	for (size_t at = 0; at + sizeof(one) <= recalled->size;) {
		memcpy(&one, recalled->data + at, sizeof(one));
		if (is_awaited(core, &one.what)) {
			at += sizeof(one);
			continue;
		}
		erasure_load(core, &one);
		recalled->size -= sizeof(one);
		memmove(recalled->data + at, recalled->data + recalled->size, sizeof(one));
	}
	erased_pump(core);
}

/* What was ruled about them meanwhile found nothing to erase. */
void erased_landed(struct core *core, const struct flight *f)
{
	if (f->rulings < core->erasures.rulings)
		core->erasures.rulings = f->rulings;
	settle(core);
}

/* Rulings about what could not be read are looked at again. */
void erased_mended(struct core *core)
{
	core->erasures.rulings = 0;
	settle(core);
}

void erased_release(struct core *core)
{
	free(core->erasures.list);
	writer_release(&core->erasures.recalled);
	core->erasures = (struct erasures){0};
}

static bool is_asked(const struct core *core, const struct record_ref *by)
{
	for (const struct asked *a = core->asked; a; a = a->next)
		if (a->erasure && is_same(&a->erasure->by, by))
			return true;
	return false;
}

static bool ask_one(
    struct core *core, const struct change_erasure *of, const struct log *place, bool is_claim)
{
	uint64_t index = is_claim ? of->by.index : of->what.index;
	struct asked *asked = core_read(core, READ_RECORD, 0, &place->open.key, index, 0, 0);

	if (!asked)
		return false;
	asked->erasure = malloc(sizeof(*asked->erasure));
	if (asked->erasure)
		*asked->erasure = *of;
	asked->is_claim = is_claim;
	core->erasures.reads++;
	return asked->erasure != NULL;
}

/* Reads the record that is to be erased, or of a claim the one that erases it, wherever it may lie. */
static bool ask(struct core *core, const struct change_erasure *of, bool is_claim)
{
	const struct record_ref *which = is_claim ? &of->by : &of->what;
	const struct log *place;
	bool is_fine = true;

	for (size_t at = 0; is_fine && (place = place_next(core, which, &at));)
		is_fine = ask_one(core, of, place, is_claim);
	return is_fine;
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
			/* The branch that is to come may have what it means. */
			if (branch_is_awaited(core, &e->list[i].what.log))
				erased_recalled(core, &e->list[i]);
			else
				change_put_erasure(ops, &(struct change_erasure){.by = *by});
			e->list[i] = e->list[--e->count];
			return;
		}
}

static void put_erased(
    const struct key *place, uint64_t index, const struct record_ref *by, struct writer *ops)
{
	const struct record record = {.state = RECORD_ERASED, .erasure = *by};
	struct writer rest = {0};

	record_write_rest(&rest, &record);
	if (rest.err)
		writer_fail(ops, rest.err);
	else
		change_put_payload(
		    ops, &(struct change_payload){
			     .key = *place, .index = index, .rest = writer_view(&rest)});
	writer_release(&rest);
}

/* The record that was to be erased: is it the one that was meant? */
static void carry_out(struct core *core, const struct asked *asked, const struct record_ref *what,
    const struct record *record, struct writer *ops)
{
	const struct change_erasure *of = asked->erasure;
	uint16_t kind = record->header.kind;
	struct record_ref by;

	if (record->state != RECORD_ERASED &&
	    (find_ruling(core, what, kind, &by) || find_erasure(core, of, 1, what, kind, &by))) {
		core_mark(core, MARK_ERASED_LATE);
		put_erased(&asked->key, what->index, &by, ops);
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
		put_erased(&of->what.log, of->what.index, by, ops);
}

void erased_claimed(
    struct core *core, const struct change_erasure *claim, uint16_t kind, struct writer *ops)
{
	struct record_ref by;

	if (find_ruling(core, &claim->what, kind, &by))
		put_erased(&claim->what.log, claim->what.index, &by, ops);
	else if (core->erasures.reads < READS_MAX && is_stored(core, &claim->by) &&
		 is_authors(core, &claim->by.log, &claim->what.log, kind))
		ask(core, claim, true);
}

void erased_tick(struct core *core)
{
	if (!core->erasures.again_ms || core->now.steady_ms < core->erasures.again_ms)
		return;
	core->erasures.again_ms = 0;
	core->erasures.rulings = 0;
	erased_pump(core);
}

/* What cannot be read is tried again when it is mended, or after a while. */
static void read_failed(struct core *core, const struct asked *asked, enum err err)
{
	if (!asked->is_claim && err != ERR_ROT && err != ERR_UNKNOWN && !core->erasures.again_ms)
		core->erasures.again_ms = core->now.steady_ms + AGAIN_MS;
}

void erased_done(struct core *core, const struct asked *asked, enum err err, struct bytes data)
{
	const struct change_erasure *of = asked->erasure;
	struct record_ref read = {.log = *log_key(core, &asked->key), .index = asked->from};
	struct writer ops = {0};
	struct record record;
	struct reader r;

	core->erasures.reads--;
	reader_init(&r, data);
	if (!err)
		err = of ? record_read(&record, &r) : ERR_MEMORY;
	if (!err) {
		tree_leaf_hash(&read.leaf, record.raw_header);
		if (asked->is_claim)
			believe(of, &read, &record, &ops);
		else
			carry_out(core, asked, &read, &record, &ops);
	}
	if (ops.size)
		core_change(core, FLIGHT_NOTE, &ops);
	writer_release(&ops);
	if (err)
		read_failed(core, asked, err);
	else
		erased_pump(core);
}
