/* A network of one coordinator and one commune in a store, with real signatures: what queries and proofs are about. */
#ifndef TESTS_STORE_NETWORK_H
#define TESTS_STORE_NETWORK_H

#include "proto/kinds.h"
#include "proto/log_open.h"
#include "proto/roster.h"
#include "store/query_run.h"
#include "tests/store/sample.h"

struct pair {
	struct key pk;
	struct seckey sk;
};

struct network {
	struct sample_home home;
	struct store *store;
	struct views *views;
	struct hash id;
	struct pair coordinator, keeper, cosigner, commune;
	struct sample_log roster;
	struct roster *rules;
	struct checkpoint own_head; /* the node's own, where the store may lack it */
};

/* One log that signs. */
struct author {
	struct sample_log log;
	struct pair key;
	struct log_open open;
};

static inline void pair_make(struct pair *pair, uint8_t number)
{
	uint8_t seed[32];

	memset(seed, number, sizeof(seed));
	seal_sign_keypair(&pair->pk, &pair->sk, seed);
}

static inline void names_put(struct writer *w, const char *name)
{
	mp_put_map(w, 1);
	mp_put_cstr(w, "fr");
	mp_put_cstr(w, name);
}

/* Signs what the log holds and stores it. */
static inline struct checkpoint author_sign(
    const struct network *net, const struct sample_log *log, const struct seckey *sk)
{
	struct checkpoint head = {.log = log->log.key, .size = log->frontier.size};

	frontier_root(&log->frontier, &head.root);
	assert_int_equal(checkpoint_sign(&head, &net->id, sk), ERR_NONE);
	return head;
}

static inline void author_head(
    struct network *net, struct writer *change, struct sample_log *log, const struct seckey *sk)
{
	struct checkpoint head = author_sign(net, log, sk);

	change_put_head(change, &head);
}

/* Appends one present record; says where it is. */
static inline struct record_ref author_append(
    struct writer *change, struct sample_log *log, uint16_t kind, struct bytes payload)
{
	struct record_ref ref = {.log = log->log.key, .index = log->frontier.size};
	struct writer body = {0};
	struct record record;
	struct reader r;

	sample_record(&body, kind, log->frontier.size, payload);
	reader_init(&r, writer_view(&body));
	assert_int_equal(record_read(&record, &r), ERR_NONE);
	tree_leaf_hash(&ref.leaf, record.raw_header);
	sample_append_body(change, log, writer_view(&body), 1, false);
	writer_release(&body);
	return ref;
}

/* An entry with the coordinator's approval, into the roster and its rules; time 0: any. */
static inline void network_entry_at(
    struct network *net, struct writer *change, struct bytes entry, struct mtime time)
{
	static const uint8_t salt[RECORD_SALT_SIZE];
	struct hash none = {{0}};
	bool is_genesis = roster_size(net->rules) == 0;
	struct approval approval;
	struct writer payload = {0}, body = {0};
	struct record record;
	struct hash leaf;
	struct reader r;
	struct why why = {0};

	approval_sign(&approval, is_genesis ? &none : &net->id, roster_set_version(net->rules),
	    entry, &net->coordinator.sk);
	roster_payload_encode(&payload, entry, &approval, 1);
	if (time.ms)
		record_create(&body, KIND_ROSTER_ENTRY, time, NULL, salt, writer_view(&payload));
	else
		sample_record(
		    &body, KIND_ROSTER_ENTRY, net->roster.frontier.size, writer_view(&payload));
	reader_init(&r, writer_view(&body));
	assert_int_equal(record_read(&record, &r), ERR_NONE);
	tree_leaf_hash(&leaf, record.raw_header);
	if (roster_apply(net->rules, &record.header, &leaf, writer_view(&payload), false, &why) !=
	    ERR_NONE)
		fail_msg("roster_apply: %s", why.text);
	sample_append_body(change, &net->roster, writer_view(&body), 1, false);
	net->id = *roster_network(net->rules);
	author_head(net, change, &net->roster, &net->keeper.sk);
	writer_release(&payload);
	writer_release(&body);
}

static inline void network_entry(struct network *net, struct writer *change, struct bytes entry)
{
	network_entry_at(net, change, entry, (struct mtime){0});
}

static inline void network_member(struct network *net, struct writer *change, const char *code)
{
	const struct member *m = roster_member(net->rules, code);
	struct change_member op = {.kind = (uint8_t)m->kind,
	    .key = m->key,
	    .is_admitted = m->is_admitted,
	    .is_coordinator = m->is_coordinator,
	    .entry_index = m->entry_index,
	    .entry_leaf = m->entry_leaf,
	    .since = m->since,
	    .names = m->names};

	memcpy(op.code, m->code, sizeof(op.code));
	memcpy(op.territory, m->territory, sizeof(op.territory));
	change_put_member(change, &op);
}

static inline void network_genesis(struct network *net, struct writer *change)
{
	struct coordinator coordinator = {.code = "tangier",
	    .kind = MEMBER_REGION,
	    .member_key = net->coordinator.pk,
	    .cosigner_key = net->cosigner.pk};
	struct genesis genesis = {.keeper = net->keeper.pk,
	    .coordinators = &coordinator,
	    .coordinator_count = 1,
	    .threshold = 1,
	    .zone = "Africa/Casablanca"};
	struct writer entry = {0}, names = {0};

	names_put(&names, "Tanger");
	coordinator.names = genesis.names = writer_view(&names);
	roster_entry_genesis(&entry, &genesis);
	sample_log_init(&net->roster, "", 1);
	net->roster.log.key = net->keeper.pk;
	change_put_log(change, &net->roster.log);
	network_entry(net, change, writer_view(&entry));
	network_member(net, change, "tangier");
	writer_release(&entry);
	writer_release(&names);
}

static inline void network_admit(
    struct network *net, const char *code, const struct key *member_key, const char *territory)
{
	struct writer entry = {0}, names = {0}, change = {0};

	names_put(&names, code);
	roster_entry_admit(
	    &entry, code, MEMBER_COMMUNE, member_key, writer_view(&names), territory, NULL);
	network_entry(net, &change, writer_view(&entry));
	network_member(net, &change, code);
	sample_apply(net->store, &change, NULL);
	writer_release(&entry);
	writer_release(&names);
	writer_release(&change);
}

/* A log of a member with its log.open, stored and signed. */
static inline void network_log(struct network *net, struct author *author, const char *code,
    const struct pair *member, uint32_t number)
{
	struct writer payload = {0}, change = {0};

	memset(author, 0, sizeof(*author));
	pair_make(&author->key, (uint8_t)(100 + (int)number + code[0] + code[1]));
	sample_log_init(&author->log, code, (uint8_t)number);
	author->log.log.key = author->key.pk;
	author->log.log.member_key = member->pk;
	author->open.network = net->id;
	author->open.key = author->key.pk;
	author->open.member_key = member->pk;
	author->open.transport = author->log.log.transport;
	author->open.number = number;
	memcpy(author->open.member, author->log.log.member, sizeof(author->open.member));
	log_open_encode(&payload, &author->open, &member->sk);
	change_put_log(&change, &author->log.log);
	author_append(&change, &author->log, KIND_LOG_OPEN, writer_view(&payload));
	author_head(net, &change, &author->log, &author->key.sk);
	sample_apply(net->store, &change, NULL);
	writer_release(&payload);
	writer_release(&change);
}

/* One record of an author, stored and signed. */
static inline struct record_ref network_publish(
    struct network *net, struct author *author, uint16_t kind, struct bytes payload)
{
	struct writer change = {0};
	struct record_ref ref = author_append(&change, &author->log, kind, payload);

	author_head(net, &change, &author->log, &author->key.sk);
	sample_apply(net->store, &change, NULL);
	writer_release(&change);
	return ref;
}

static inline void network_make(struct network *net)
{
	struct writer change = {0};
	struct why why = {0};

	memset(net, 0, sizeof(*net));
	sample_home_make(&net->home);
	net->store = sample_open(&net->home);
	net->views = views_open(net->store, net->home.path, &why);
	assert_non_null(net->views);
	pair_make(&net->coordinator, 1);
	pair_make(&net->keeper, 2);
	pair_make(&net->commune, 3);
	pair_make(&net->cosigner, 4);
	net->rules = roster_new();
	network_genesis(net, &change);
	sample_apply(net->store, &change, NULL);
	writer_release(&change);
}

static inline void network_remove(struct network *net)
{
	views_close(net->views);
	store_close(net->store);
	roster_free(net->rules);
	sample_home_remove(&net->home);
}

static inline void network_index(struct network *net)
{
	bool more = true;

	while (more)
		assert_int_equal(views_index(net->views, net->store, 100, &more, NULL), ERR_NONE);
}

static inline enum err network_query_why(struct network *net, const char *method,
    const struct writer *params, struct writer *out, struct why *why)
{
	struct query_source source = {.store = net->store,
	    .views = net->views,
	    .network = net->id,
	    .roster_log = net->keeper.pk,
	    .own_head = net->own_head,
	    .today = "2026-06-15"};

	writer_clear(out);
	return query_run(&source, method, writer_view(params), out, why);
}

/* The answer is one canonical value, shallow enough for the control socket's own envelope. */
static inline struct bytes network_query(
    struct network *net, const char *method, const struct writer *params, struct writer *out)
{
	struct writer envelope = {0};
	struct why why = {0};

	if (network_query_why(net, method, params, out, &why) != ERR_NONE)
		fail_msg("%s: %s: %s", method, err_name(why.err), why.text);
	mp_put_array(&envelope, 1);
	writer_bytes(&envelope, writer_view(out));
	assert_int_equal(mp_scan(writer_view(&envelope)), ERR_NONE);
	writer_release(&envelope);
	return writer_view(out);
}

#endif
