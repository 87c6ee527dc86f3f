/* A network as tests of the core use it: members publish, are admitted and removed, and are asked
 * what they hold. */
#ifndef TESTS_PROTO_CORE_NETWORK_H
#define TESTS_PROTO_CORE_NETWORK_H

#include "tests/proto/core_world.h"

static inline struct reply *node_reply(struct node *n, uint64_t request)
{
	for (unsigned i = 0; i < n->reply_count; i++)
		if (n->replies[i].id == request)
			return &n->replies[i];
	return NULL;
}

/* Practices with texts of that size; the request's id. Nothing is pumped. */
static inline uint64_t node_publish_sized(
    struct node *n, unsigned count, unsigned wait, size_t size)
{
	struct publish_item *items = calloc(count, sizeof(*items));
	struct writer *texts = calloc(count, sizeof(*texts));
	uint64_t request = ++n->world->next_request;

	for (unsigned i = 0; i < count; i++) {
		practice(&texts[i], request * 100000 + i, size);
		items[i] = (struct publish_item){128, writer_view(&texts[i])};
	}
	core_time(n->core, world_time(n->world));
	core_publish(n->core, request, items, count, wait);
	for (unsigned i = 0; i < count; i++)
		writer_release(&texts[i]);
	free(texts);
	free(items);
	return request;
}

static inline uint64_t node_publish(struct node *n, unsigned count, unsigned wait)
{
	return node_publish_sized(n, count, wait, 40);
}

static inline struct core_status node_status(struct node *n)
{
	struct core_status status;

	core_status(n->core, &status);
	return status;
}

static inline bool node_log(const struct node *n, const struct key *key, struct log_info *out)
{
	for (size_t i = 0; core_log(n->core, i, out); i++)
		if (key_equal(&out->key, key))
			return true;
	*out = (struct log_info){0};
	return false;
}

static inline uint64_t node_head(const struct node *n, const struct node *of)
{
	struct log_info info;

	node_log(n, &of->person.log, &info);
	return info.head.size;
}

static inline uint64_t node_refused(const struct node *n)
{
	uint64_t sum = 0;

	for (int i = 1; i < ERR_COUNT; i++)
		sum += core_refused(n->core, (enum err)i);
	return sum;
}

static inline bool nodes_are_equal(struct node *a, struct node *b)
{
	struct core_status x = node_status(a), y = node_status(b);

	return hash_equal(&x.digest, &y.digest);
}

/* The coordinator's approval of an entry, and the keeper's signature. The reply is left to be
 * looked at. */
static inline uint64_t world_append(struct world *w, struct bytes entry)
{
	struct node *zero = &w->nodes[0];
	struct writer payload = {0};
	struct approval approval;
	uint64_t request = ++w->next_request;

	approval_sign(&approval, &w->network, roster_set_version(core_roster(zero->core)), entry,
	    &zero->person.member_sk);
	roster_payload_encode(&payload, entry, &approval, 1);
	core_time(zero->core, world_time(w));
	core_roster_append(zero->core, request, writer_view(&payload));
	writer_release(&payload);
	return request;
}

static inline void world_admit_key(
    struct world *w, const char *code, const struct key *key, const struct hash *replaces)
{
	struct writer names = {0}, entry = {0};
	uint64_t request;

	roster_entry_admit(
	    &entry, code, MEMBER_COMMUNE, key, world_names(&names, code), "", replaces);
	request = world_append(w, writer_view(&entry));
	world_pump(w);
	assert_non_null(node_reply(&w->nodes[0], request));
	if (node_reply(&w->nodes[0], request)->err)
		fail_msg("%s", node_reply(&w->nodes[0], request)->text);
	writer_release(&names);
	writer_release(&entry);
}

static inline void world_admit(struct world *w, const struct node *n)
{
	world_admit_key(w, n->person.code, &n->person.member, NULL);
}

/* Takes a member out; its log stays open, or is cut. */
static inline void world_remove(struct world *w, const char *code, const struct log_listing *log)
{
	const struct member *m = roster_member(core_roster(w->nodes[0].core), code);
	struct writer entry = {0};
	uint64_t request;

	assert_non_null(m);
	roster_entry_remove(&entry, code, "request", log, log ? 1 : 0, &m->entry_leaf);
	request = world_append(w, writer_view(&entry));
	world_pump(w);
	assert_ok(node_reply(&w->nodes[0], request)->err);
	writer_release(&entry);
}

/* The coordinator and count - 1 admitted members, connected to the coordinator and in step. */
static inline void world_network(struct world *w, unsigned count)
{
	world_init(w);
	node_start(&w->nodes[0]);
	world_pump(w);
	for (unsigned i = 1; i < count; i++)
		world_admit(w, &w->nodes[i]);
	for (unsigned i = 1; i < count; i++) {
		node_peer(&w->nodes[i], &w->nodes[0]);
		node_start(&w->nodes[i]);
	}
	world_run(w, 3000);
	for (unsigned i = 1; i < count; i++)
		assert_true(nodes_are_equal(&w->nodes[0], &w->nodes[i]));
}

#endif
