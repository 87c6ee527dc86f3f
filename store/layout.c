/* The encodings of FORMAT.md, both directions side by side. */
#include "store/layout.h"

#include <assert.h>
#include <string.h>

const struct env_table truth_tables[TRUTH_TABLE_COUNT] = {
    [TABLE_META] = {.name = "meta"},
    [TABLE_LOGS] = {.name = "logs"},
    [TABLE_NUMBERS] = {.name = "numbers"},
    [TABLE_CODES] = {.name = "codes"},
    [TABLE_RUNS] = {.name = "runs"},
    [TABLE_SEGMENTS] = {.name = "segments",
	.has_tail = true}, /* every payload answers to the commitment in its header */
    [TABLE_NODES] = {.name = "nodes"},
    [TABLE_MISSING] = {.name = "missing", .is_bare = true},
    [TABLE_REVISITS] = {.name = "revisits"},
    [TABLE_EVIDENCE] = {.name = "evidence"},
    [TABLE_CURSORS] = {.name = "cursors"},
    [TABLE_ADDRESSES] = {.name = "addresses"},
    [TABLE_MEMBERS] = {.name = "members"},
    [TABLE_INVITES] = {.name = "invites"},
    [TABLE_REQUESTS] = {.name = "requests"},
    [TABLE_DRAFTS] = {.name = "drafts"},
    [TABLE_AIMS] = {.name = "aims"},
    [TABLE_ERASURES] = {.name = "erasures"},
};

struct bytes row_key_view(const struct row_key *key)
{
	return (struct bytes){key->b, key->size};
}

struct row_key row_key_u32(uint32_t number)
{
	struct row_key key = {.size = 4};

	be32_put(key.b, number);
	return key;
}

struct row_key row_key_u64(uint64_t number)
{
	struct row_key key = {.size = 8};

	be64_put(key.b, number);
	return key;
}

struct row_key row_key_log_index(uint32_t log_no, uint64_t index)
{
	struct row_key key = {.size = 12};

	be32_put(key.b, log_no);
	be64_put(key.b + 4, index);
	return key;
}

struct row_key row_key_record(const struct key *log, uint64_t index)
{
	struct row_key key = {.size = KEY_SIZE + 8};

	memcpy(key.b, log->b, KEY_SIZE);
	be64_put(key.b + KEY_SIZE, index);
	return key;
}

struct row_key row_key_node(uint32_t log_no, unsigned level, uint64_t index)
{
	struct row_key key = {.size = 13};

	be32_put(key.b, log_no);
	key.b[4] = (uint8_t)level;
	be64_put(key.b + 5, index);
	return key;
}

/* An overlong code gives a key that no row has. */
struct row_key row_key_code(struct bytes code)
{
	struct row_key key = {.size = code.size + 1};

	if (code.size > CODE_SIZE_MAX)
		return (struct row_key){.b = {0xff}, .size = 1};
	if (code.size > 0)
		memcpy(key.b, code.data, code.size);
	return key;
}

struct row_key row_key_code_log(const char *code, uint32_t number, uint32_t log_no)
{
	struct row_key key = row_key_code(bytes_str(code));

	be32_put(key.b + key.size, number);
	be32_put(key.b + key.size + 4, log_no);
	key.size += 8;
	return key;
}

void log_row_encode(struct writer *w, const struct log_row *row)
{
	size_t code_size = strlen(row->member);

	writer_u32(w, row->log_no);
	writer_u32(w, row->number);
	writer_u8(w, (uint8_t)code_size);
	writer_put(w, row->member, code_size);
	writer_put(w, row->member_key.b, KEY_SIZE);
	writer_put(w, row->transport.b, KEY_SIZE);
	writer_u8(w, (uint8_t)row->state);
	writer_u64(w, row->cut_size);
	writer_put(w, row->cut_root.b, HASH_SIZE);
	writer_u64(w, row->run_first);
	writer_u64(w, row->run_arrival);
	writer_u64(w, row->head_arrival);
	writer_u64(w, row->head.size);
	writer_put(w, row->head.root.b, HASH_SIZE);
	writer_put(w, row->head.sig.b, SIG_SIZE);
	writer_u64(w, row->frontier.size);
	writer_put(w, row->frontier.hashes, frontier_count(row->frontier.size) * HASH_SIZE);
}

bool log_row_decode(struct log_row *row, const struct key *key, struct bytes value)
{
	struct reader r;
	size_t code_size;

	memset(row, 0, sizeof(*row));
	reader_init(&r, value);
	row->key = row->head.log = *key;
	row->log_no = reader_u32(&r);
	row->number = reader_u32(&r);
	code_size = reader_u8(&r);
	if (code_size > CODE_SIZE_MAX)
		return false;
	reader_copy(&r, row->member, code_size);
	reader_copy(&r, row->member_key.b, KEY_SIZE);
	reader_copy(&r, row->transport.b, KEY_SIZE);
	row->state = reader_u8(&r);
	row->cut_size = reader_u64(&r);
	reader_copy(&r, row->cut_root.b, HASH_SIZE);
	row->run_first = reader_u64(&r);
	row->run_arrival = reader_u64(&r);
	row->head_arrival = reader_u64(&r);
	row->head.size = reader_u64(&r);
	reader_copy(&r, row->head.root.b, HASH_SIZE);
	reader_copy(&r, row->head.sig.b, SIG_SIZE);
	row->frontier.size = reader_u64(&r);
	if (row->frontier.size > TREE_SIZE_MAX)
		return false;
	reader_copy(&r, row->frontier.hashes, frontier_count(row->frontier.size) * HASH_SIZE);
	return reader_end(&r) == ERR_NONE;
}

bool log_row_get(struct txn *t, const struct key *key, struct log_row *row)
{
	struct bytes value;

	if (!txn_get(t, TABLE_LOGS, BYTES(key->b), &value))
		return false;
	if (log_row_decode(row, key, value))
		return true;
	txn_fail(t, ERR_ROT, "a log's row does not follow the format");
	return false;
}

bool log_row_by_number(struct txn *t, uint32_t log_no, struct log_row *row)
{
	struct row_key number = row_key_u32(log_no);
	struct bytes value;
	struct key key;

	if (!txn_get(t, TABLE_NUMBERS, row_key_view(&number), &value))
		return false;
	if (value.size != KEY_SIZE) {
		txn_fail(t, ERR_ROT, "log %u is named by no key", log_no);
		return false;
	}
	memcpy(key.b, value.data, KEY_SIZE);
	return log_row_get(t, &key, row);
}

uint32_t log_rows_of(struct txn *t, struct bytes code)
{
	struct log_row row;
	struct walk walk;
	struct key key;
	uint32_t count = 0;

	walk_begin(&walk, t, TABLE_LOGS);
	for (bool more = walk_first(&walk); more; more = walk_next(&walk)) {
		if (walk.key.size != KEY_SIZE)
			continue;
		memcpy(key.b, walk.key.data, KEY_SIZE);
		count += log_row_decode(&row, &key, walk.value) &&
			 bytes_equal(bytes_str(row.member), code);
	}
	walk_end(&walk);
	return count;
}

bool member_row_get(struct txn *t, struct bytes code, struct change_member *out)
{
	struct change c;
	struct bytes row;
	struct reader r;

	if (!code_is_valid(code) || !txn_get(t, TABLE_MEMBERS, code, &row))
		return false;
	reader_init(&r, row);
	if (!change_next(&c, &r) || c.op != CHANGE_MEMBER)
		return false;
	*out = c.member;
	return true;
}

void log_row_put(struct txn *t, struct writer *scratch, const struct log_row *row)
{
	writer_clear(scratch);
	log_row_encode(scratch, row);
	if (scratch->err != ERR_NONE)
		txn_fail(t, scratch->err, "no memory for a log's row");
	txn_put(t, TABLE_LOGS, BYTES(row->key.b), writer_view(scratch));
}

uint64_t meta_get_u64(struct txn *t, const char *name)
{
	struct bytes value;

	if (!txn_get(t, TABLE_META, bytes_str(name), &value))
		return 0;
	if (value.size == 8)
		return be64_get(value.data);
	txn_fail(t, ERR_ROT, "%s is not a number", name);
	return 0;
}

void meta_put_u64(struct txn *t, const char *name, uint64_t value)
{
	uint8_t row[8];

	be64_put(row, value);
	txn_put(t, TABLE_META, bytes_str(name), BYTES(row));
}

uint64_t log_row_served(const struct log_row *row)
{
	if (row->state == LOG_CUT && row->cut_size < row->frontier.size)
		return row->cut_size;
	return row->frontier.size;
}
