/* Is what a node says of itself what its disk holds: the digest, and what it believes to have of each log. Computed from
 * disks and from the entries as they are read in people_entry.c. */
#include <stdlib.h>
#include <string.h>

#include "proto/heads.h"
#include "tests/sim/judge.h"
#include "tests/sim/world.h"

struct held {
	const struct model_log *log;
	unsigned owner;
};

static int compare_held(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	return key_compare(&x->log->open.key, &y->log->open.key);
}

static void put_row(
    struct writer *out, const struct world *w, const struct held *held, uint64_t roster)
{
	const struct standing_of *s = &w->people.standing[held->owner];
	const struct model_log *log = held->log;
	struct hash zero = {0};
	bool is_cut = people_is_cut(w, held->owner, roster);
	bool is_frozen = log->state == LOG_FROZEN;
	bool is_past = is_cut && log->count >= s->cut_size;

	writer_put(out, log->open.key.b, KEY_SIZE);
	if (is_frozen)
		writer_u64(out, 0);
	else
		writer_u64(out, is_past ? s->cut_size : log->head.size);
	writer_put(out, is_frozen ? zero.b : is_past ? s->cut_root.b : log->head.root.b, HASH_SIZE);
	writer_u8(out, is_frozen ? 2 : is_cut ? 1 : 0);
}

/* Of a frozen one none knows which entries it shall have. */
static void put_roster(struct writer *out, const struct model_log *roster)
{
	struct checkpoint none = {0};
	bool is_there = roster && roster->head.size;
	const struct checkpoint *head =
	    is_there && roster->state != LOG_FROZEN ? &roster->head : &none;

	writer_put(out, is_there ? roster->open.key.b : none.log.b, KEY_SIZE);
	writer_u64(out, head->size);
	writer_put(out, head->root.b, HASH_SIZE);
}

void judge_digest(
    const struct world *w, const struct node *node, bool without_forked, struct hash *out)
{
	struct held *held = calloc(w->node_count + 1, sizeof(*held));
	struct writer all = {0}, bucket = {0};
	const struct model_log *roster = model_roster(&node->model);
	uint64_t roster_size = people_seen(w, node, roster ? roster->head.size : 0);
	bool is_parted = without_forked && judge_roster_parted(w, &roster_size);
	size_t count = 0, at = 0;
	struct hash hash = {0}, none;

	for (unsigned i = 0; held && i < w->node_count; i++) {
		const struct model_log *log = model_log(&node->model, &w->nodes[i].log);
		bool has_cut = log && people_is_cut(w, i, roster_size) &&
			       log->count >= w->people.standing[i].cut_size;
		bool counts = log && (log->head.size > 0 || log->state == LOG_FROZEN || has_cut) &&
			      people_is_admitted(w, i, roster_size);
		bool is_left_out =
		    (without_forked && judge_is_forked(w, i)) || (is_parted && judge_is_gone(w, i));
		if (counts && w->nodes[i].self == i && !is_left_out)
			held[count++] = (struct held){log, i};
	}
	if (count)
		qsort(held, count, sizeof(*held), compare_held);
	put_roster(&all, is_parted ? NULL : roster);
	seal_sha256(&none, (struct bytes){0}); /* of most buckets */
	for (unsigned b = 0; b < BUCKET_COUNT; b++) {
		writer_clear(&bucket);
		for (; at < count && held[at].log->open.key.b[0] == b; at++)
			put_row(&bucket, w, &held[at], roster_size);
		if (bucket.size)
			seal_sha256(&hash, writer_view(&bucket));
		writer_put(&all, bucket.size ? hash.b : none.b, HASH_SIZE);
	}
	seal_sha256(out, writer_view(&all));
	writer_release(&all);
	writer_release(&bucket);
	free(held);
}

void judge_check_digest(struct world *w, struct node *node)
{
	struct core_status status;
	struct hash expected;
	struct log_info info;

	core_status(node->core, &status);
	judge_digest(w, node, false, &expected);
	if (hash_equal(&status.digest, &expected))
		return;
	for (size_t i = 0; core_log(node->core, i, &info); i++) {
		const struct model_log *log = model_log(&node->model, &info.key);
		trace_note(&w->trace, w->clock.now_us, (int)node->at,
		    "  log %u of '%s': head %llu, %s, state %d%s; stored head %llu, state %d",
		    info.number, info.member, (unsigned long long)info.head.size,
		    info.is_admissible ? "admitted" : "not admitted", (int)info.state,
		    info.cut.is_cut ? ", cut" : "", (unsigned long long)(log ? log->head.size : 0),
		    log ? log->state : 0);
	}
	world_fail(w, "digest", "n%u: its digest is not that of what it holds", node->at);
}

static void check_log_info(struct world *w, struct node *node, const struct log_info *info)
{
	const struct model_log *log = model_log(&node->model, &info->key);

	if (!log ? info->stored || info->head.size
		 : log->count != info->stored || log->head.size != info->head.size ||
		       !hash_equal(&log->head.root, &info->head.root))
		world_fail(w, "digest",
		    "n%u: believes to hold %llu records of log %u of %s, holds %llu", node->at,
		    (unsigned long long)info->stored, info->number, info->member,
		    (unsigned long long)(log ? log->count : 0));
}

/* The newest own head is stored with the next round, or a moment later. */
static bool is_head_stored(const struct node *node)
{
	const struct checkpoint *head = core_own_head(node->core);
	const struct model_log *log = model_log(&node->model, &node->log);

	return !head || (log && log->head.size >= head->size);
}

void judge_idle(struct world *w, struct node *node)
{
	const struct model_log *roster = model_roster(&node->model);
	struct log_info info;

	if (node->disk.first || node->disk.group || !chance_hit(&w->disk_chance, 100) ||
	    !is_head_stored(node))
		return;
	for (size_t i = 0; core_log(node->core, i, &info); i++)
		check_log_info(w, node, &info);
	/* In the middle of a roster the logs are judged by what there is of it. */
	if (!roster || roster->head.size == roster->count)
		judge_check_digest(w, node);
}
