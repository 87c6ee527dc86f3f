/* What each operation does to the plain memory, and what of it a dump says. A change is checked
 * whole before anything is touched: a real transaction would be aborted. */
#include "tests/sim/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- records --------------------------------------------------------------------------------- */

static struct blob *blob_new(struct bytes header, struct bytes rest)
{
	struct blob *b = malloc(sizeof(*b) + header.size + rest.size);

	assert(b);
	b->refs = 1;
	b->header_size = (uint32_t)header.size;
	b->rest_size = (uint32_t)rest.size;
	memcpy(b->data, header.data, header.size);
	memcpy(b->data + header.size, rest.data, rest.size);
	return b;
}

static void blob_release(struct blob *b)
{
	if (--b->refs == 0)
		free(b);
}

bool model_record(const struct model_log *log, uint64_t index, struct record *out)
{
	const struct blob *b;
	struct reader r;

	if (!log || index >= log->count)
		return false;
	b = log->records[index].blob;
	*out = (struct record){.raw_header = bytes_of(b->data, b->header_size)};
	if (header_decode(&out->header, out->raw_header))
		return false;
	reader_init(&r, bytes_of(b->data + b->header_size, b->rest_size));
	return record_read_rest(out, &r, out->header.payload_size) == ERR_NONE;
}

/* --- life ------------------------------------------------------------------------------------ */

static void log_release(struct model_log *log)
{
	for (size_t i = 0; i < log->count; i++)
		blob_release(log->records[i].blob);
	free(log->records);
	writer_release(&log->evidence);
}

void model_release(struct model *m)
{
	for (size_t i = 0; i < m->log_count; i++)
		log_release(&m->logs[i]);
	free(m->logs);
	for (size_t t = 0; t < MODEL_TABLE_COUNT; t++) {
		for (size_t i = 0; i < m->tables[t].count; i++)
			writer_release(&m->tables[t].rows[i].raw);
		free(m->tables[t].rows);
	}
	*m = (struct model){0};
}

static void *copy_array(const void *from, size_t count, size_t size)
{
	void *to = malloc((count + 1) * size);

	assert(to);
	if (count)
		memcpy(to, from, count * size);
	return to;
}

static void copy_writer(struct writer *to, const struct writer *from)
{
	*to = (struct writer){0};
	writer_bytes(to, writer_view(from));
	assert(!to->err);
}

void model_copy(struct model *to, const struct model *from)
{
	*to = *from;
	to->logs = copy_array(from->logs, from->log_count, sizeof(*to->logs));
	to->log_capacity = from->log_count + 1;
	for (size_t i = 0; i < to->log_count; i++) {
		struct model_log *log = &to->logs[i];
		log->records = copy_array(log->records, log->count, sizeof(*log->records));
		log->capacity = log->count + 1;
		for (size_t k = 0; k < log->count; k++)
			log->records[k].blob->refs++;
		copy_writer(&log->evidence, &from->logs[i].evidence);
	}
	for (size_t t = 0; t < MODEL_TABLE_COUNT; t++) {
		struct model_rows *rows = &to->tables[t];
		rows->rows = copy_array(rows->rows, rows->count, sizeof(*rows->rows));
		rows->capacity = rows->count + 1;
		for (size_t i = 0; i < rows->count; i++)
			copy_writer(&rows->rows[i].raw, &from->tables[t].rows[i].raw);
	}
}

/* --- logs ------------------------------------------------------------------------------------ */

static struct model_log *find(const struct model *m, const struct key *key)
{
	for (size_t i = 0; i < m->log_count; i++)
		if (key_equal(&m->logs[i].open.key, key))
			return &m->logs[i];
	return NULL;
}

const struct model_log *model_log(const struct model *m, const struct key *key)
{
	return find(m, key);
}

const struct model_log *model_roster(const struct model *m)
{
	for (size_t i = 0; i < m->log_count; i++)
		if (m->logs[i].open.number == 0)
			return &m->logs[i];
	return NULL;
}

uint64_t model_served(const struct model_log *log)
{
	return log->state == LOG_CUT && log->cut_size < log->count ? log->cut_size : log->count;
}

static bool is_copy(const struct model_log *log)
{
	return log->state == LOG_STAYS || log->state == LOG_ASIDE;
}

struct key model_signed_key(const struct model_log *log)
{
	struct key key = log->open.key;

	if (is_copy(log))
		memcpy(key.b, log->cut_root.b, KEY_SIZE);
	return key;
}

/* --- checking -------------------------------------------------------------------------------- */

/* What earlier operations of the same change will have done, for the later ones. */
struct check {
	const struct model *m;
	bool is_new;
	struct change_log open;
	struct key appended;
	uint64_t size;
	struct why *why;
};

static bool check_size(const struct check *c, const struct key *key, uint64_t *size)
{
	const struct model_log *log = find(c->m, key);

	*size = log ? log->count : 0;
	if (key_equal(&c->appended, key))
		*size = c->size;
	return log || (c->is_new && key_equal(&c->open.key, key));
}

static enum err bug(struct check *c, const char *text)
{
	return why_set(c->why, ERR_BUG, "%s", text);
}

static enum err check_log(struct check *c, const struct change_log *op)
{
	const struct model_log *log = find(c->m, &op->key);

	c->is_new = true;
	c->open = *op;
	if (log && (log->open.number != op->number || strcmp(log->open.member, op->member) != 0 ||
		       !key_equal(&log->open.member_key, &op->member_key) ||
		       !key_equal(&log->open.transport, &op->transport)))
		return bug(c, "a log is opened a second time, differently");
	return ERR_NONE;
}

static enum err check_append(struct check *c, const struct change_append *op)
{
	struct reader r;
	struct record record;
	uint64_t size;
	const struct model_log *log = find(c->m, &op->key);
	bool is_roster = log ? log->open.number == 0 : c->is_new && c->open.number == 0;

	bool is_known = check_size(c, &op->key, &size);

	if (op->from > size)
		return ERR_FULL; /* built upon a change that found no room */
	if (!is_known)
		return bug(c, "an append to a log that is not stored");
	if (c->m->is_full && !op->reread && !is_roster)
		return ERR_FULL;
	if (op->from != size)
		return why_set(c->why, ERR_BUG,
		    "an append of %llu.. to a log that holds %llu records",
		    (unsigned long long)op->from, (unsigned long long)size);
	reader_init(&r, op->body);
	for (uint32_t i = 0; i < op->count; i++)
		if (record_read(&record, &r))
			return bug(c, "an append does not follow the format");
	if (op->count == 0 || reader_end(&r))
		return bug(c, "an append does not follow the format");
	c->appended = op->key;
	c->size = op->from + op->count;
	return ERR_NONE;
}

static enum err check_head(struct check *c, const struct checkpoint *op)
{
	const struct model_log *log = find(c->m, &op->log);
	uint64_t size;

	if (!check_size(c, &op->log, &size))
		return bug(c, "a head of a log that is not stored");
	if (op->size == 0 || op->size > size || (log && op->size < log->head.size))
		return why_set(c->why, ERR_BUG,
		    "a head of size %llu on a log that holds %llu, head at %llu",
		    (unsigned long long)op->size, (unsigned long long)size,
		    (unsigned long long)(log ? log->head.size : 0));
	return ERR_NONE;
}

static enum err check_payload(struct check *c, const struct change_payload *op)
{
	const struct model_log *log = find(c->m, &op->key);
	struct record record;
	struct reader r;

	if (!model_record(log, op->index, &record))
		return bug(c, "a payload for a record that is not stored");
	reader_init(&r, op->rest);
	if (record_read_rest(&record, &r, record.header.payload_size) || reader_end(&r) ||
	    record_check(&record))
		return bug(c, "a payload that does not match its commitment");
	return ERR_NONE;
}

/* Only what is the same again may take the place of what rotted. */
static enum err check_mend(struct check *c, const struct change_mend *op)
{
	const struct model_log *log = find(c->m, &op->key);
	struct reader r;
	struct record record;

	if (!log || op->from > log->count || op->count > log->count - op->from)
		return bug(c, "records are mended that are not stored");
	reader_init(&r, op->body);
	for (uint32_t i = 0; i < op->count; i++) {
		struct hash leaf;
		if (record_read(&record, &r))
			return bug(c, "what mends does not follow the format");
		tree_leaf_hash(&leaf, record.raw_header);
		if (!hash_equal(&leaf, &log->records[op->from + i].leaf) || record_check(&record))
			return bug(c, "what mends a record is another record");
	}
	return reader_end(&r) ? bug(c, "what mends does not follow the format") : ERR_NONE;
}

static enum err check_op(struct check *c, const struct change *op)
{
	uint64_t size;

	switch (op->op) {
	case CHANGE_LOG:
		return check_log(c, &op->log);
	case CHANGE_APPEND:
		return check_append(c, &op->append);
	case CHANGE_HEAD:
		return check_head(c, &op->head);
	case CHANGE_PAYLOAD:
		return check_payload(c, &op->payload);
	case CHANGE_MEND:
		return check_mend(c, &op->mend);
	case CHANGE_STATE:
		return check_size(c, &op->state.key, &size)
			   ? ERR_NONE
			   : bug(c, "a state of a log that is not stored");
	case CHANGE_LOCK:
	case CHANGE_CURSOR:
	case CHANGE_ADDRESSES:
	case CHANGE_MEMBER:
	case CHANGE_INVITE:
	case CHANGE_REQUEST:
	case CHANGE_DRAFT:
	case CHANGE_AIM:
	case CHANGE_ERASURE:
		return ERR_NONE;
	case CHANGE_TREE:
	case CHANGE_OP_COUNT:
		break;
	}
	return bug(c, "an operation that does not belong into a change");
}

/* --- doing ----------------------------------------------------------------------------------- */

static void do_log(struct model *m, const struct change_log *op)
{
	if (find(m, &op->key))
		return;
	if (m->log_count == m->log_capacity) {
		m->log_capacity = m->log_capacity ? m->log_capacity * 2 : 8;
		m->logs = realloc(m->logs, m->log_capacity * sizeof(*m->logs));
		assert(m->logs);
	}
	m->logs[m->log_count++] = (struct model_log){.open = *op};
}

/* What a copy has in common with the log beside it, up to the first record that differs, is one record on the disk. */
static const struct model_record *shared_with(
    const struct model *m, const struct model_log *log, const struct hash *leaf)
{
	const struct key key = model_signed_key(log);
	const struct model_log *beside = is_copy(log) ? find(m, &key) : NULL;
	const struct model_record *row;

	if (!beside || log->cut_size != log->count || log->count >= beside->count)
		return NULL;
	row = &beside->records[log->count];
	return !row->is_rotten && hash_equal(&row->leaf, leaf) ? row : NULL;
}

static void do_append(struct model *m, const struct change_append *op, struct change_result *result)
{
	struct model_log *log = find(m, &op->key);
	const struct model_record *shared;
	struct reader r;
	struct record record;

	reader_init(&r, op->body);
	for (uint32_t i = 0; i < op->count; i++) {
		struct model_record row = {0};
		record_read(&record, &r);
		const uint8_t *rest = record.raw_header.data + record.raw_header.size;
		tree_leaf_hash(&row.leaf, record.raw_header);
		if ((shared = shared_with(m, log, &row.leaf))) {
			row = *shared;
			row.blob->refs++;
			log->cut_size++;
		} else {
			row.arrival = ++m->arrivals;
			row.blob =
			    blob_new(record.raw_header, bytes_of(rest, (size_t)(r.at - rest)));
			row.was_erased = record.state == RECORD_ERASED;
		}
		frontier_append(&log->frontier, &row.leaf, NULL, NULL);
		if (log->count == log->capacity) {
			log->capacity = log->capacity ? log->capacity * 2 : 16;
			log->records = realloc(log->records, log->capacity * sizeof(row));
			assert(log->records);
		}
		log->records[log->count++] = row;
	}
	if (op->reread) {
		result->has_reread = true;
		frontier_root(&log->frontier, &result->reread);
	}
	/* The store keeps the one that it was told: the disk may have taken other bytes than these. */
	log->is_miswritten |= memcmp(log->frontier.hashes, op->frontier.hashes,
				  frontier_count(log->count) * sizeof(struct hash)) != 0;
	log->frontier = op->frontier;
}

/* Whoever shares the row of that arrival has what stands in it now. */
static void put_row(struct model *m, uint64_t index, const struct model_record *row)
{
	for (size_t i = 0; i < m->log_count; i++) {
		struct model_log *log = &m->logs[i];
		if (index >= log->count || log->records[index].arrival != row->arrival)
			continue;
		row->blob->refs++;
		blob_release(log->records[index].blob);
		log->records[index] = *row;
	}
	blob_release(row->blob);
}

/* An erasure stands whatever is learnt later, and nothing is forgotten by not being told. */
static void do_payload(struct model *m, const struct change_payload *op)
{
	struct model_record row = find(m, &op->key)->records[op->index];
	const struct blob *old = row.blob;

	if (old->data[old->header_size] == RECORD_ERASED || op->rest.data[0] == RECORD_NOT_HELD)
		return;
	row.blob = blob_new(bytes_of(old->data, old->header_size), op->rest);
	row.was_erased |= op->rest.data[0] == RECORD_ERASED;
	put_row(m, op->index, &row);
}

/* A rotten record takes what came; a sound one only a payload that it lacked. */
static void do_mend(struct model *m, const struct change_mend *op)
{
	struct model_log *log = find(m, &op->key);
	struct record record;
	struct reader r;

	reader_init(&r, op->body);
	for (uint32_t i = 0; i < op->count; i++) {
		struct model_record row = log->records[op->from + i];
		const struct blob *old = row.blob;
		record_read(&record, &r);
		const uint8_t *rest = record.raw_header.data + record.raw_header.size;
		if (!row.is_rotten && (old->data[old->header_size] != RECORD_NOT_HELD ||
					  record.state == RECORD_NOT_HELD))
			continue;
		row.blob = blob_new(record.raw_header, bytes_of(rest, (size_t)(r.at - rest)));
		row.was_erased |= record.state == RECORD_ERASED;
		row.is_rotten = false;
		put_row(m, op->from + i, &row);
	}
}

static void do_state(struct model *m, const struct change_state *op)
{
	struct model_log *log = find(m, &op->key);

	log->state = op->state;
	if (!is_copy(log))
		log->cut_size = op->cut_size;
	log->cut_root = op->cut_root;
	if (op->evidence.size) {
		writer_clear(&log->evidence);
		writer_bytes(&log->evidence, op->evidence);
	}
}

static size_t row_search(const struct model_rows *rows, struct bytes key, bool *found)
{
	size_t low = 0, high = rows->count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct model_row *row = &rows->rows[middle];
		int order = bytes_compare(bytes_of(row->key, row->key_size), key);
		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void do_row(
    struct model *m, enum model_table table, struct bytes key, bool is_put, struct bytes raw)
{
	struct model_rows *rows = &m->tables[table];
	bool found;
	size_t at = row_search(rows, key, &found);

	if (found && is_put) {
		writer_clear(&rows->rows[at].raw);
		writer_bytes(&rows->rows[at].raw, raw);
		return;
	}
	if (found) {
		writer_release(&rows->rows[at].raw);
		rows->count--;
		memmove(
		    rows->rows + at, rows->rows + at + 1, (rows->count - at) * sizeof(*rows->rows));
	}
	if (found || !is_put)
		return;
	if (rows->count == rows->capacity) {
		rows->capacity = rows->capacity ? rows->capacity * 2 : 8;
		rows->rows = realloc(rows->rows, rows->capacity * sizeof(*rows->rows));
		assert(rows->rows);
	}
	memmove(rows->rows + at + 1, rows->rows + at, (rows->count - at) * sizeof(*rows->rows));
	rows->rows[at] = (struct model_row){.key_size = key.size};
	memcpy(rows->rows[at].key, key.data, key.size);
	writer_bytes(&rows->rows[at].raw, raw);
	rows->count++;
}

static void do_op(
    struct model *m, const struct change *op, struct bytes raw, struct change_result *result)
{
	uint8_t number[8], place[KEY_SIZE + 8];
	struct model_log *log;

	switch (op->op) {
	case CHANGE_LOG:
		do_log(m, &op->log);
		return;
	case CHANGE_APPEND:
		do_append(m, &op->append, result);
		return;
	case CHANGE_HEAD:
		log = find(m, &op->head.log);
		log->head = op->head;
		log->head_arrival = log->records[op->head.size - 1].arrival;
		log->is_head_late = log->head_arrival != m->arrivals;
		return;
	case CHANGE_PAYLOAD:
		do_payload(m, &op->payload);
		return;
	case CHANGE_MEND:
		do_mend(m, &op->mend);
		return;
	case CHANGE_STATE:
		do_state(m, &op->state);
		return;
	case CHANGE_CURSOR:
		do_row(m, MODEL_CURSORS, BYTES(op->cursor.peer.b), true, raw);
		return;
	case CHANGE_ADDRESSES:
		do_row(m, MODEL_ADDRESSES, BYTES(op->addresses.key.b), true, raw);
		return;
	case CHANGE_MEMBER:
		do_row(m, MODEL_MEMBERS, bytes_str(op->member.code), true, raw);
		return;
	case CHANGE_INVITE:
		do_row(m, MODEL_INVITES, BYTES(op->invite.token), op->invite.is_put, raw);
		return;
	case CHANGE_REQUEST:
		be64_put(number, op->request.number);
		do_row(m, MODEL_REQUESTS, BYTES(number), op->request.is_put, raw);
		return;
	case CHANGE_AIM:
		do_row(m, MODEL_AIMS, BYTES(op->aim.log.b), true, raw);
		return;
	case CHANGE_ERASURE:
		memcpy(place, op->erasure.by.log.b, KEY_SIZE);
		be64_put(place + KEY_SIZE, op->erasure.by.index);
		do_row(m, MODEL_ERASURES, BYTES(place), op->erasure.is_put, raw);
		return;
	case CHANGE_DRAFT:
		be64_put(number, op->draft.number);
		do_row(m, MODEL_DRAFTS, BYTES(number), op->draft.is_put, raw);
		return;
	case CHANGE_LOCK: /* head.lock is not the database's */
	case CHANGE_TREE:
	case CHANGE_OP_COUNT:
		return;
	}
}

enum err model_apply(
    struct model *m, struct bytes change, struct change_result *result, struct why *why)
{
	struct check check = {.m = m, .why = why};
	const uint8_t *start;
	struct change op;
	struct reader r;
	enum err err = ERR_NONE;

	*result = (struct change_result){0};
	reader_init(&r, change);
	while (!err && change_next(&op, &r))
		err = check_op(&check, &op);
	if (!err && r.err)
		err = bug(&check, "a change does not follow the format");
	reader_init(&r, change);
	for (start = r.at; !err && change_next(&op, &r); start = r.at)
		do_op(m, &op, bytes_of(start, (size_t)(r.at - start)), result);
	result->arrival = m->arrivals;
	return err;
}
