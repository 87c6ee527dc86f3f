/* A node among peers that say anything, for the targets of the core and for their seeds. It is
 * either the coordinator (node 0), who keeps the roster and holds a member's log, or a newcomer
 * (node 3) with an invite and nothing else. Both are made once and put back before each run.
 *
 * Who connects to the coordinator speaks with the keys of a member that is admitted and whose log
 * the node does not hold yet, of one that is not, or of nobody. Who is dialled answers as that
 * member, or to the newcomer as the coordinator. All keys come from numbers, so what a seed holds is
 * signed for every run. */
#ifndef TESTS_FUZZ_SESSION_WORLD_H
#define TESTS_FUZZ_SESSION_WORLD_H

#include "tests/proto/core_puppet.h"

#include "tests/fuzz/fuzz.h"

#define AUTHOR 2   /* admitted; the node does not hold its log */
#define STRANGER 5 /* not in the roster */
#define AUTHOR_RECORDS 6

#define NEWCOMER 3 /* admitted by the newest entry of the roster */

struct session_world {
	struct world world;
	struct author author, stranger;
	struct puppet puppet;
	struct kept store;	   /* of the coordinator, as every run begins */
	struct writer join;	   /* what the newcomer asks with */
	struct node *node;	   /* who is tried */
	const struct person *peer; /* whom it dials */
	const struct kept *peer_store;
	struct msg_want answered; /* how far the newest WANT was answered */
	uint64_t answered_to;
	int64_t now;
	uint64_t next_conn, next_request;
	uint8_t starts;
};

static const uint8_t session_token[TOKEN_SIZE] = {1, 2, 3, 4};

static inline struct session_world *session_world(void);

/* --- who answers ----------------------------------------------------------------------------- */

static inline void server_read(struct puppet *p, struct bytes message)
{
	struct writer payload = {0}, out = {0};
	struct noise_cipher receive;
	bool is_first = p->noise.step == NOISE_MESSAGE_1;

	assert_ok(noise_read(&p->noise, message, &payload));
	writer_release(&payload);
	if (is_first) {
		assert_ok(frame_handshake_write(&p->noise, (struct bytes){0}, &out));
		puppet_raw(p, writer_view(&out));
		writer_release(&out);
		return;
	}
	assert_ok(noise_split(&p->noise, &p->out.cipher, &receive));
	frame_in_init(&p->in, &receive);
	p->is_running = true;
}

static inline void server_take(void *context, struct bytes in)
{
	struct puppet *p = context;
	struct bytes message;
	struct frame frame;

	while (!p->is_running && frame_handshake_next(&p->handshake, p->noise.step, &in, &message))
		server_read(p, message);
	while (p->is_running && frame_in_next(&p->in, &in, &frame))
		puppet_keep(p, &frame);
}

/* Forgets a connection that is over. */
static inline void session_forget_all(struct puppet *p)
{
	frame_in_release(&p->in);
	writer_release(&p->intro);
	for (unsigned i = 0; i < p->frame_count; i++)
		writer_release(&p->frames[i].body);
	*p = (struct puppet){0};
}

/* The node dials: whoever it is for answers with the peer's keys, one at a time. */
static inline bool session_dialled(struct node *n, const struct act *act)
{
	struct session_world *s = session_world();
	struct puppet *p = &s->puppet;
	uint8_t prologue[15 + HASH_SIZE], ephemeral[32] = {0, 9};

	if (n != s->node || (p->wire && !p->wire->is_gone && !p->is_closed))
		return false;
	session_forget_all(p);
	p->world = &s->world;
	p->node = n;
	p->person = s->peer;
	p->wire = world_new_wire(&s->world);
	p->wire->ends[1] = n;
	p->wire->conns[0] = s->world.next_conn++;
	p->wire->conns[1] = s->world.next_conn++;
	p->wire->foreign = (struct foreign){server_take, puppet_closed, p};
	memcpy(prologue, "open-communes/1", 15);
	memcpy(prologue + 15, s->world.network.b, HASH_SIZE);
	be64_put(ephemeral + 8, s->world.next_conn);
	noise_init(&p->noise, BYTES(prologue),
	    &(struct noise_keys){
		.sk = &s->peer->transport_sk, .pk = &s->peer->transport, .ephemeral = ephemeral});
	core_connected(n->core, p->wire->conns[1], act->id, act->text);
	return true;
}

/* --- the world ------------------------------------------------------------------------------- */

static inline void session_make_join(struct session_world *s)
{
	const struct person *p = &s->world.nodes[NEWCOMER].person;
	struct writer record = {0}, names = {0};
	struct msg_join join = {
	    .kind = BYTES_STR("commune"), .names = world_names(&names, "Azrou")};

	memcpy(join.token, session_token, TOKEN_SIZE);
	record_create(
	    &record, 0, p->log_open_time, NULL, p->log_open_salt, writer_view(&p->log_open));
	join.record = writer_view(&record);
	msg_join_encode(&s->join, &join);
	writer_release(&record);
	writer_release(&names);
}

/* Once: a network of two, the second of which has left a log behind; then two more are admitted. */
static inline struct session_world *session_world(void)
{
	static struct session_world *s;
	struct node *zero;

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	fuzz_check(s != NULL);
	world_network(&s->world, 2);
	zero = &s->world.nodes[0];
	node_publish(&s->world.nodes[1], 3, 0);
	node_publish(zero, 2, 0);
	world_run(&s->world, 3000);
	author_init(&s->author, &s->world, AUTHOR);
	author_init(&s->stranger, &s->world, STRANGER);
	world_admit_key(&s->world, s->author.person.code, &s->author.person.member, NULL);
	for (uint64_t i = 1; i < AUTHOR_RECORDS; i++)
		author_write(&s->author, 128, i);
	world_admit(&s->world, &s->world.nodes[NEWCOMER]);
	world_run(&s->world, 3000);
	node_stop(&s->world.nodes[1]);
	world_pump(&s->world);
	node_stop(zero);
	kept_copy(&s->store, &zero->store, zero->store.journal_count);
	session_make_join(s);
	s->world.nodes[NEWCOMER].config.has_token = true;
	s->world.nodes[NEWCOMER].config.join = writer_view(&s->join);
	s->world.dialled = session_dialled;
	s->now = s->world.now;
	s->next_conn = s->world.next_conn;
	s->next_request = s->world.next_request;
	s->starts = zero->config.seed[2];
	return s;
}

/* The node runs as if for the first time. */
static inline struct session_world *session_begin(bool is_newcomer)
{
	struct session_world *s = session_world();

	s->node = &s->world.nodes[is_newcomer ? NEWCOMER : 0];
	s->peer = is_newcomer ? &s->world.nodes[0].person : &s->author.person;
	s->peer_store = is_newcomer ? &s->store : &s->author.store;
	s->answered = (struct msg_want){0};
	kept_release(&s->node->store);
	if (!is_newcomer)
		kept_copy(&s->node->store, &s->store, s->store.journal_count);
	s->world.now = s->now;
	s->world.next_conn = s->next_conn;
	s->world.next_request = s->next_request;
	s->node->config.seed[2] = s->starts;
	s->node->disk_err = ERR_NONE;
	s->node->is_disk_held = false;
	node_start(s->node);
	world_pump(&s->world);
	return s;
}

static inline void session_end(struct session_world *s)
{
	struct node *n = s->node;

	puppet_release(&s->puppet);
	if (n->core)
		node_stop(n);
	session_forget_all(&s->puppet);
	for (unsigned i = 0; i < n->reply_count; i++)
		writer_release(&n->replies[i].data);
	n->reply_count = 0;
	for (unsigned i = 0; i < s->world.wire_count; i++) {
		writer_release(&s->world.wires[i].to[0]);
		writer_release(&s->world.wires[i].to[1]);
	}
	memset(s->world.wires, 0, s->world.wire_count * sizeof(s->world.wires[0]));
	s->world.wire_count = 0;
}

/* The keeper's checkpoint of the roster's first entries. */
static inline void session_roster_head(
    const struct session_world *s, uint64_t size, struct checkpoint *out)
{
	const struct kept_log *log = kept_find(&s->store, &s->world.keeper);
	struct frontier at = {0};

	*out = (struct checkpoint){.log = s->world.keeper, .size = 1 + size % log->count};
	for (uint64_t i = 0; i < out->size; i++)
		frontier_append(&at, &log->records[i].leaf, NULL, NULL);
	frontier_root(&at, &out->root);
	assert_ok(checkpoint_sign(out, &s->world.network, &s->world.keeper_sk));
}

/* Who was dialled introduces itself. */
static inline void session_introduce(struct session_world *s)
{
	struct msg_hello hello = {
	    .has_log = true, .log = s->peer->log, .store_id = {0xaa}, .digest = {{0xbb}}};
	struct kept_log *own = kept_find(s->peer_store, &s->peer->log);
	struct puppet *p = &s->puppet;
	struct writer body = {0};

	if (!p->is_running || p->is_closed)
		return;
	hello.roster_size = kept_find(&s->store, &s->world.keeper)->count;
	msg_hello_encode(&body, &hello);
	puppet_send(p, MSG_HELLO, &body);
	world_pump(p->world);
	if (p->is_closed || !puppet_got(p, MSG_OPEN_WANT))
		return;
	msg_open_encode(&body, &s->peer->log, writer_view(&own->records[0].bytes));
	puppet_send(p, MSG_OPEN, &body);
}

static inline struct kept_log *session_log(
    const struct session_world *s, const struct msg_want *want)
{
	struct kept_log *log = kept_find(&s->author.store, &want->log);

	if (!log)
		log = kept_find(&s->store, &want->log);
	return log && want->from < want->size && want->size <= log->count ? log : NULL;
}

/* The newest WANT of a log that the peer can serve, from where it was answered to. */
static inline bool session_wanted(struct session_world *s, struct msg_want *out)
{
	const struct puppet *p = &s->puppet;
	struct msg_want wants[MSG_WANTS_MAX];
	uint32_t count;

	for (unsigned i = p->frame_count; i > 0; i--) {
		if (p->frames[i - 1].type != MSG_WANT)
			continue;
		assert_ok(msg_want_decode(wants, &count, writer_view(&p->frames[i - 1].body)));
		for (uint32_t j = 0; j < count; j++) {
			if (!session_log(s, &wants[j]))
				continue;
			if (memcmp(&wants[j], &s->answered, sizeof(wants[j])) != 0)
				s->answered_to = wants[j].from;
			s->answered = *out = wants[j];
			out->from = s->answered_to;
			return out->from < out->size;
		}
	}
	return false;
}

/* A new connection in place of the one before. */
static inline void session_connect(struct session_world *s)
{
	puppet_release(&s->puppet);
	puppet_connect(&s->puppet, s->node);
}

/* What was received so far is forgotten when there is little room left. */
static inline void session_forget(struct puppet *p)
{
	unsigned half = p->frame_count / 2;

	if (p->frame_count < PUPPET_FRAMES / 2)
		return;
	for (unsigned i = 0; i < half; i++)
		writer_release(&p->frames[i].body);
	memmove(p->frames, p->frames + half, (p->frame_count - half) * sizeof(p->frames[0]));
	p->frame_count -= half;
	memset(p->frames + p->frame_count, 0, half * sizeof(p->frames[0]));
}

/* Whatever was said: nothing of a log that the roster does not admit is stored, what the node signs
 * is a history that grows, and the store holds what the core says it does. */
static inline void session_check(struct session_world *s)
{
	struct node *n = s->node;
	struct log_info info;

	for (size_t i = 0; n->core && i < n->store.log_count; i++) {
		const struct kept_log *log = n->store.logs[i];

		fuzz_check(key_equal(&log->open.key, &s->world.keeper) ||
			   key_equal(&log->open.key, &n->person.log) ||
			   roster_member(core_roster(n->core), log->open.member));
		fuzz_check(
		    log->head.size == 0 || !checkpoint_verify(&log->head, &s->world.network));
		fuzz_check(log->head.size <= log->count);
	}
	for (size_t i = 0; n->core && !n->change_count && core_log(n->core, i, &info); i++) {
		const struct kept_log *log = kept_find(&n->store, &info.key);

		fuzz_check(log ? info.stored == log->count : info.stored == 0);
		/* The own log's newest head is stored with what it signs next. */
		if (log && key_equal(&info.key, &n->person.log))
			fuzz_check(
			    info.head.size >= log->head.size && info.head.size <= log->count);
		else
			fuzz_check(!log || info.head.size == log->head.size);
	}
}

#endif
