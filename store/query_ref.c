/* Names of records: from text to what it names, and back. It decides what is ambiguous and never
 * picks. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/query_part.h"

#define HEX_DIGITS_MIN 8
/* Records that are stored but not in the views yet and are looked through for a leaf hash. */
#define TAIL_MAX 20000

const char *log_member(const struct log_row *log)
{
	return log->number == 0 ? "roster" : log->member;
}

void ref_text(char out[static REF_TEXT_MAX], const struct log_row *log, uint64_t index)
{
	if (log->number == 1)
		snprintf(out, REF_TEXT_MAX, "%s/%llu", log->member, (unsigned long long)index);
	else
		snprintf(out, REF_TEXT_MAX, "%s.%u/%llu", log_member(log), log->number,
		    (unsigned long long)index);
}

static bool fill(struct query *q, struct found *out)
{
	if (!record_walk_record(&q->walk, &out->record))
		return false;
	if (q->log.log_no != q->walk.segment.log_no &&
	    !log_row_by_number(&q->truth, q->walk.segment.log_no, &q->log)) {
		query_fail(q, ERR_ROT, "the log of a record is not stored");
		return false;
	}
	out->log = q->log;
	out->index = record_walk_index(&q->walk);
	out->arrival = record_walk_arrival_of(&q->walk);
	tree_leaf_hash(&out->leaf, out->record.raw_header);
	out->is_past_cut = out->log.state == LOG_CUT && out->index >= out->log.cut_size;
	return true;
}

/* What was given out and cannot be found is damage: an answer that leaves it out would be a wrong one. */
bool found_at_arrival(struct query *q, uint64_t arrival, struct found *out)
{
	if (record_walk_arrival(&q->walk, arrival))
		return fill(q, out);
	if (arrival > 0 && arrival <= q->truth.arrivals)
		query_fail(q, ERR_ROT, "arrival %llu is missing", (unsigned long long)arrival);
	return false;
}

bool found_at_index(struct query *q, const struct log_row *log, uint64_t index, struct found *out)
{
	if (record_walk_at(&q->walk, log->log_no, index))
		return fill(q, out);
	if (index < log->frontier.size)
		query_fail(q, ERR_ROT, "record %llu of log %u is missing",
		    (unsigned long long)index, log->log_no);
	return false;
}

bool link_found(struct query *q, const struct record_ref *ref, struct found *out)
{
	struct log_row log;

	return log_row_get(&q->truth, &ref->log, &log) && ref->index < log.frontier.size &&
	       found_at_index(q, &log, ref->index, out) && hash_equal(&out->leaf, &ref->leaf);
}

/* Decimal without leading zeros, at most 15 digits. */
static bool take_number(struct bytes text, uint64_t *out)
{
	*out = 0;
	if (text.size == 0 || text.size > 15 || (text.size > 1 && text.data[0] == '0'))
		return false;
	for (size_t i = 0; i < text.size; i++) {
		if (!isdigit(text.data[i]))
			return false;
		*out = *out * 10 + (uint64_t)(text.data[i] - '0');
	}
	return true;
}

/* CODE or CODE.N; "roster.0" names the roster. */
static bool take_log_name(struct bytes text, struct bytes *code, uint64_t *number)
{
	const uint8_t *dot = text.size ? memchr(text.data, '.', text.size) : NULL;

	*number = 1;
	*code = text;
	if (dot) {
		code->size = (size_t)(dot - text.data);
		if (!take_number(bytes_of(dot + 1, text.size - code->size - 1), number) ||
		    *number > UINT32_MAX)
			return false;
	}
	if (!code_is_valid(*code))
		return false;
	if (*number == 0) {
		if (!bytes_equal(*code, BYTES_STR("roster")))
			return false;
		code->size = 0;
	}
	return true;
}

/* Logs of a code and number: more than one when a code was given again, or by fraud. */
static size_t logs_named(
    struct query *q, struct bytes code, uint64_t number, uint32_t *log_nos, size_t room)
{
	struct row_key prefix = row_key_code(code);
	struct walk walk;
	size_t count = 0;

	be32_put(prefix.b + prefix.size, (uint32_t)number);
	prefix.size += 4;
	walk_begin(&walk, &q->truth, TABLE_CODES);
	for (bool more = walk_from(&walk, row_key_view(&prefix));
	     more && walk_has_prefix(&walk, row_key_view(&prefix)); more = walk_next(&walk)) {
		if (count < room)
			log_nos[count] = be32_get(walk.key.data + prefix.size);
		count++;
	}
	walk_end(&walk);
	return count;
}

static void add(struct candidates *c, uint64_t arrival)
{
	if (c->count < REF_CANDIDATES_MAX)
		c->arrivals[c->count] = arrival;
	c->count++;
}

/* Of the branches of one log the roster has picked one: a copy that was set aside, and the log beside the copy that stays,
 * are found by their ids. */
static bool is_beside(struct query *q, uint32_t log_no, const uint32_t *log_nos, size_t count)
{
	struct log_row row, other;

	if (count < 2 || !log_row_by_number(&q->truth, log_no, &row))
		return false;
	if (row.state == LOG_ASIDE)
		return true;
	for (size_t i = 0; i < count && i < REF_CANDIDATES_MAX; i++)
		if (log_row_by_number(&q->truth, log_nos[i], &other) && other.state == LOG_STAYS &&
		    other.head.size && memcmp(other.cut_root.b, row.key.b, KEY_SIZE) == 0)
			return true;
	return false;
}

static enum err find_by_index(
    struct query *q, struct bytes name, struct bytes digits, struct candidates *out)
{
	uint32_t log_nos[REF_CANDIDATES_MAX];
	uint64_t number, index;
	struct bytes code;
	size_t count;

	if (!take_log_name(name, &code, &number) || !take_number(digits, &index))
		return ERR_USAGE;
	count = logs_named(q, code, number, log_nos, REF_CANDIDATES_MAX);
	for (size_t i = 0; i < count && i < REF_CANDIDATES_MAX; i++) {
		if (!is_beside(q, log_nos[i], log_nos, count) &&
		    record_walk_at(&q->walk, log_nos[i], index))
			add(out, record_walk_arrival_of(&q->walk));
	}
	return ERR_NONE;
}

static bool has_digits(const struct hash *leaf, const char *digits, size_t count)
{
	char hex[2 * HASH_SIZE + 1];

	hex_encode(hex, BYTES(leaf->b));
	return memcmp(hex, digits, count) == 0;
}

static void find_in_views(struct query *q, const uint8_t *prefix, const char *digits, size_t count,
    struct candidates *out)
{
	size_t prefix_size = count / 2 < VIEW_LEAF_SIZE ? count / 2 : VIEW_LEAF_SIZE;
	struct walk walk;

	walk_begin(&walk, &q->views, VIEW_LEAVES);
	for (bool more = walk_from(&walk, bytes_of(prefix, prefix_size));
	     more && walk_has_prefix(&walk, bytes_of(prefix, prefix_size)) &&
	     out->count <= REF_CANDIDATES_MAX;
	     more = walk_next(&walk)) {
		uint64_t arrival = be64_get(walk.key.data + VIEW_LEAF_SIZE);
		struct hash leaf;
		if (!record_walk_arrival(&q->walk, arrival))
			continue;
		tree_leaf_hash(&leaf, record_walk_header(&q->walk));
		if (has_digits(&leaf, digits, count))
			add(out, arrival);
	}
	walk_end(&walk);
}

/* What was acknowledged is found, also while the indexer is behind. */
static void find_in_tail(struct query *q, const char *digits, size_t count, struct candidates *out)
{
	uint64_t from = meta_get_u64(&q->views, "arrival") + 1;
	unsigned left = TAIL_MAX;
	bool more = record_walk_arrival(&q->walk, from);

	for (; more && left > 0; left--, more = record_walk_next_arrival(&q->walk)) {
		struct hash leaf;
		tree_leaf_hash(&leaf, record_walk_header(&q->walk));
		if (has_digits(&leaf, digits, count))
			add(out, record_walk_arrival_of(&q->walk));
	}
}

static enum err find_by_leaf(struct query *q, struct bytes ref, struct candidates *out)
{
	char digits[2 * HASH_SIZE];
	uint8_t prefix[HASH_SIZE];

	if (ref.size < HEX_DIGITS_MIN || ref.size > sizeof(digits))
		return ERR_USAGE;
	for (size_t i = 0; i < ref.size; i++) {
		if (!isxdigit(ref.data[i]))
			return ERR_USAGE;
		digits[i] = (char)tolower(ref.data[i]);
	}
	if (!hex_decode(prefix, ref.size / 2, digits, ref.size / 2 * 2))
		return ERR_USAGE;
	find_in_views(q, prefix, digits, ref.size, out);
	find_in_tail(q, digits, ref.size, out);
	return ERR_NONE;
}

enum err ref_find(struct query *q, struct bytes ref, struct candidates *out)
{
	const uint8_t *slash = ref.size ? memchr(ref.data, '/', ref.size) : NULL;
	size_t at = slash ? (size_t)(slash - ref.data) : 0;

	out->count = 0;
	if (!slash)
		return find_by_leaf(q, ref, out);
	return find_by_index(
	    q, bytes_of(ref.data, at), bytes_of(slash + 1, ref.size - at - 1), out);
}

static void fail_ambiguous(struct query *q, struct bytes ref, const struct candidates *c)
{
	struct writer text = {0};

	for (size_t i = 0; i < c->count && i < REF_CANDIDATES_MAX; i++) {
		char hex[17], name[REF_TEXT_MAX];
		struct found f;
		if (!found_at_arrival(q, c->arrivals[i], &f))
			continue;
		hex_encode(hex, bytes_of(f.leaf.b, 8));
		ref_text(name, &f.log, f.index);
		writer_printf(&text, "%s%s (%s)", text.size ? ", " : "", name, hex);
	}
	query_fail(q, ERR_AMBIGUOUS, "%.*s fits more than one record: %.*s", (int)ref.size,
	    (const char *)ref.data, (int)text.size, (const char *)text.data);
	writer_release(&text);
}

bool ref_found(struct query *q, struct bytes ref, struct found *out)
{
	struct candidates c;
	enum err err = ref_find(q, ref, &c);
	int size = ref.size < 80 ? (int)ref.size : 80;
	const char *text = (const char *)ref.data;

	if (err != ERR_NONE)
		query_fail(q, err,
		    "'%.*s' is no name of a record: CODE/INDEX, CODE.N/INDEX or 8 and more hex "
		    "digits",
		    size, text);
	else if (c.count == 0)
		query_fail(q, ERR_UNKNOWN, "there is no record %.*s", size, text);
	else if (c.count > 1)
		fail_ambiguous(q, ref, &c);
	else
		return query_ok(q) && found_at_arrival(q, c.arrivals[0], out);
	return false;
}

/* They go by the name of the log beside which they are. */
static size_t leave_out_copies(struct query *q, uint32_t *log_nos, size_t count)
{
	struct log_row row;
	size_t kept = 0;

	if (count < 2 || count > REF_CANDIDATES_MAX)
		return count;
	for (size_t i = 0; i < count; i++)
		if (!log_row_by_number(&q->truth, log_nos[i], &row) ||
		    !log_state_is_copy(row.state))
			log_nos[kept++] = log_nos[i];
	return kept;
}

bool ref_log(struct query *q, struct bytes text, struct log_row *out)
{
	uint32_t log_nos[REF_CANDIDATES_MAX];
	struct bytes code;
	struct key key;
	uint64_t number;
	size_t count;

	if (text.size == 2 * KEY_SIZE &&
	    hex_decode(key.b, KEY_SIZE, (const char *)text.data, text.size)) {
		if (log_row_get(&q->truth, &key, out))
			return true;
		query_fail(q, ERR_UNKNOWN, "this log is not stored");
		return false;
	}
	if (!take_log_name(text, &code, &number)) {
		query_fail(q, ERR_USAGE, "no name of a log: CODE, CODE.N or 64 hex digits");
		return false;
	}
	count = logs_named(q, code, number, log_nos, REF_CANDIDATES_MAX);
	count = leave_out_copies(q, log_nos, count);
	if (count == 1 && log_row_by_number(&q->truth, log_nos[0], out))
		return true;
	query_fail(q, count ? ERR_AMBIGUOUS : ERR_UNKNOWN,
	    count ? "more than one log has this name: give its key in hex" : "there is no log %.*s",
	    (int)(text.size < 80 ? text.size : 80), (const char *)text.data);
	return false;
}

static void put_candidates(struct query *q, struct writer *w, const struct candidates *c)
{
	struct found f;
	char name[REF_TEXT_MAX];
	struct writer list = {0};
	uint32_t count = 0;

	for (size_t i = 0; i < c->count && i < REF_CANDIDATES_MAX; i++) {
		if (!found_at_arrival(q, c->arrivals[i], &f))
			continue;
		ref_text(name, &f.log, f.index);
		mp_put_map(&list, 2);
		put_name_bin(&list, "id", f.leaf.b, HASH_SIZE);
		put_name_str(&list, "ref", name);
		count++;
	}
	mp_put_array(w, count);
	writer_bytes(w, writer_view(&list));
	if (list.err != ERR_NONE)
		writer_fail(w, list.err);
	writer_release(&list);
}

static void resolve_one(struct query *q, struct bytes ref)
{
	struct candidates c;
	enum err err = ref_find(q, ref, &c);
	struct found f;

	if (err == ERR_NONE && c.count != 1)
		err = c.count ? ERR_AMBIGUOUS : ERR_UNKNOWN;
	if (err == ERR_NONE && !found_at_arrival(q, c.arrivals[0], &f))
		return;
	mp_put_map(q->out, err == ERR_NONE ? 6 : 3);
	if (err == ERR_NONE) {
		put_name_uint(q->out, "index", f.index);
		put_name_uint(q->out, "kind", f.record.header.kind);
		put_name_bin(q->out, "leaf", f.leaf.b, HASH_SIZE);
		put_name_bin(q->out, "log", f.log.key.b, KEY_SIZE);
		put_name_str(q->out, "member", log_member(&f.log));
	} else {
		mp_put_cstr(q->out, "candidates");
		put_candidates(q, q->out, &c);
		put_name_str(q->out, "error", err_name(err));
	}
	mp_put_cstr(q->out, "ref");
	mp_put_str(q->out, ref);
}

void query_resolve(struct query *q)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(q->params, "refs"));
	count = mp_array(&r);
	if (r.err != ERR_NONE || count > QUERY_ROWS_MAX) {
		query_fail(q, ERR_USAGE, "\"refs\" is a list of at most %d names", QUERY_ROWS_MAX);
		return;
	}
	mp_put_map(q->out, 1);
	mp_put_cstr(q->out, "rows");
	mp_put_array(q->out, count);
	for (uint32_t i = 0; i < count && query_ok(q); i++) {
		struct bytes ref = mp_str(&r);
		if (r.err != ERR_NONE)
			query_fail(q, ERR_USAGE, "\"refs\" holds something that is no name");
		else
			resolve_one(q, ref);
	}
}
