/* Streams of ascending arrivals from the views: where a page of a query begins and goes on. It
 * knows prefixes, not filters. */
#include <stdlib.h>
#include <string.h>

#include "store/query_part.h"

#define PREFIX_MAX (VIEW_LEAF_SIZE + 1)

struct stream_part {
	struct walk walk;
	uint8_t prefix[PREFIX_MAX];
	size_t prefix_size;
	uint64_t next; /* 0: at its end */
};

struct stream {
	struct query *q;
	bool is_all;
	bool is_back;
	uint64_t at;  /* the last arrival given */
	uint64_t end; /* of all arrivals */
	unsigned count, room;
	struct stream_part *parts;
};

static struct stream *stream_new(struct query *q, uint64_t after)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s) {
		query_fail(q, ERR_MEMORY, "no memory for a query");
		return NULL;
	}
	s->q = q;
	s->at = after;
	return s;
}

static void part_take(struct stream_part *part, bool more)
{
	bool is_there =
	    more && walk_has_prefix(&part->walk, bytes_of(part->prefix, part->prefix_size));

	part->next = is_there ? be64_get(part->walk.key.data + part->prefix_size) : 0;
}

static bool stream_grow(struct stream *s)
{
	unsigned room = s->room ? 4 * s->room : 2;
	struct stream_part *parts = realloc(s->parts, room * sizeof(*parts));

	if (!parts) {
		query_fail(s->q, ERR_MEMORY, "no memory for a query");
		return false;
	}
	s->parts = parts;
	s->room = room;
	return true;
}

static void stream_add(struct stream *s, enum view_table table, const void *prefix, size_t size)
{
	uint8_t start[PREFIX_MAX + 8];
	struct stream_part *part;

	if (s->count == STREAM_PARTS_MAX) {
		query_fail(s->q, ERR_LIMIT, "a query over too many logs and kinds at once");
		return;
	}
	if (s->count == s->room && !stream_grow(s))
		return;
	part = &s->parts[s->count++];
	memcpy(part->prefix, prefix, size);
	part->prefix_size = size;
	memcpy(start, prefix, size);
	be64_put(start + size, s->at + 1);
	walk_begin(&part->walk, &s->q->views, table);
	part_take(part, walk_from(&part->walk, bytes_of(start, size + 8)));
}

struct stream *stream_all(struct query *q, uint64_t after)
{
	struct stream *s = stream_new(q, after);

	if (s) {
		s->is_all = true;
		s->end = meta_get_u64(&q->views, "arrival");
	}
	return s;
}

struct stream *stream_kind(struct query *q, uint16_t kind, uint64_t after)
{
	struct stream *s = stream_new(q, after);
	uint8_t prefix[2];

	be16_put(prefix, kind);
	if (s)
		stream_add(s, VIEW_KINDS, prefix, sizeof(prefix));
	return s;
}

/* Each kind that occurs in the log, found by seeking past the one before. */
static void add_kinds_of_log(struct stream *s, uint32_t log_no)
{
	uint8_t seek[6];
	struct walk walk;
	bool more;

	be32_put(seek, log_no);
	be16_put(seek + 4, 0);
	walk_begin(&walk, &s->q->views, VIEW_LOGS);
	more = walk_from(&walk, BYTES(seek));
	while (more && walk_has_prefix(&walk, bytes_of(seek, 4)) && query_ok(s->q)) {
		uint16_t kind = be16_get(walk.key.data + 4);
		be16_put(seek + 4, kind);
		stream_add(s, VIEW_LOGS, seek, sizeof(seek));
		if (kind == UINT16_MAX)
			break;
		be16_put(seek + 4, (uint16_t)(kind + 1));
		more = walk_from(&walk, BYTES(seek));
	}
	walk_end(&walk);
}

struct stream *stream_member(struct query *q, struct bytes code, int kind, uint64_t after)
{
	struct row_key prefix = row_key_code(code);
	struct stream *s = stream_new(q, after);
	uint32_t found = 0;
	struct walk walk;

	if (!s)
		return NULL;
	walk_begin(&walk, &q->truth, TABLE_CODES);
	for (bool more = walk_from(&walk, row_key_view(&prefix));
	     more && walk_has_prefix(&walk, row_key_view(&prefix)) && query_ok(q);
	     more = walk_next(&walk)) {
		uint32_t log_no = be32_get(walk.key.data + prefix.size + 4);
		uint8_t of_kind[6];
		found++;
		if (kind < 0) {
			add_kinds_of_log(s, log_no);
			continue;
		}
		be32_put(of_kind, log_no);
		be16_put(of_kind + 4, (uint16_t)kind);
		stream_add(s, VIEW_LOGS, of_kind, sizeof(of_kind));
	}
	walk_end(&walk);
	if (query_ok(q) && found != log_rows_of(&q->truth, code))
		query_fail(q, ERR_ROT, "the table that leads to the logs of a member is damaged");
	return s;
}

struct stream *stream_links(struct query *q, const struct hash *target, uint64_t after)
{
	struct stream *s = stream_new(q, after);
	uint8_t prefix[VIEW_LEAF_SIZE + 1];

	memcpy(prefix, target->b, VIEW_LEAF_SIZE);
	for (uint8_t relation = VIEW_SUPERSEDES; s && relation <= VIEW_OTHER; relation++) {
		prefix[VIEW_LEAF_SIZE] = relation;
		stream_add(s, VIEW_LINKS, prefix, sizeof(prefix));
	}
	return s;
}

void stream_turn(struct stream *s, uint64_t before)
{
	uint8_t last[PREFIX_MAX + 8];

	if (!s || !query_ok(s->q))
		return;
	s->is_back = true;
	s->at = s->is_all && before > s->end ? s->end + 1 : before;
	for (unsigned i = 0; i < s->count; i++) {
		struct stream_part *part = &s->parts[i];

		memcpy(last, part->prefix, part->prefix_size);
		be64_put(last + part->prefix_size, before > 0 ? before - 1 : 0);
		part_take(part, walk_upto(&part->walk, bytes_of(last, part->prefix_size + 8)));
	}
}

static bool next_back(struct stream *s, uint64_t *arrival)
{
	uint64_t most = 0;

	if (s->is_all && s->at > 1)
		most = s->at - 1;
	for (unsigned i = 0; i < s->count; i++)
		most = s->parts[i].next > most ? s->parts[i].next : most;
	for (unsigned i = 0; most > 0 && i < s->count; i++) {
		if (s->parts[i].next == most)
			part_take(&s->parts[i], walk_prev(&s->parts[i].walk));
	}
	*arrival = s->at = most;
	return most > 0;
}

bool stream_next(struct stream *s, uint64_t *arrival)
{
	uint64_t least = 0;

	if (!s || !query_ok(s->q))
		return false;
	if (s->is_back)
		return next_back(s, arrival);
	if (s->is_all) {
		if (s->at >= s->end)
			return false;
		*arrival = ++s->at;
		return true;
	}
	for (unsigned i = 0; i < s->count; i++) {
		uint64_t next = s->parts[i].next;
		if (next > 0 && (least == 0 || next < least))
			least = next;
	}
	if (least == 0)
		return false;
	for (unsigned i = 0; i < s->count; i++) {
		if (s->parts[i].next == least)
			part_take(&s->parts[i], walk_next(&s->parts[i].walk));
	}
	*arrival = s->at = least;
	return true;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < s->count; i++)
		walk_end(&s->parts[i].walk);
	free(s->parts);
	free(s);
}
