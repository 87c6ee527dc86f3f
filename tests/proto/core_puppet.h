/* A peer that says what a test tells it to: it does the handshake, takes frames apart and keeps
 * them, and sends any bytes. With a person's keys it is a hostile member, without a stranger. Its
 * author writes a log of its own, any way a test wants. */
#ifndef TESTS_PROTO_CORE_PUPPET_H
#define TESTS_PROTO_CORE_PUPPET_H

#include "tests/proto/core_network.h"

#include "proto/frame.h"

#define PUPPET_FRAMES 64

struct puppet_frame {
	uint8_t type;
	struct writer body;
};

struct puppet {
	struct world *world;
	struct node *node; /* whom it talks to */
	struct wire *wire;
	const struct person *person;
	struct noise_handshake noise;
	struct frame_handshake handshake;
	struct frame_in in;
	struct frame_out out;
	bool is_running; /* the handshake is over */
	bool is_closed;	 /* by the node */
	struct writer intro;
	struct puppet_frame frames[PUPPET_FRAMES];
	unsigned frame_count;
	bool stays_silent; /* after the handshake; pings are answered otherwise */
};

static inline void puppet_raw(struct puppet *p, struct bytes bytes)
{
	writer_bytes(&p->wire->to[1], bytes);
}

static inline void puppet_send(struct puppet *p, enum msg_type type, struct writer *body)
{
	struct writer out = {0};

	assert_true(p->is_running);
	assert_ok(body->err);
	assert_ok(frame_encode(&p->out, (uint8_t)type, writer_view(body), &out));
	puppet_raw(p, writer_view(&out));
	writer_release(&out);
	writer_release(body);
}

static inline void puppet_handshake(struct puppet *p, struct bytes message)
{
	struct writer payload = {0}, out = {0};
	struct noise_cipher receive;

	assert_ok(noise_read(&p->noise, message, &payload));
	writer_release(&payload);
	assert_ok(frame_handshake_write(&p->noise, writer_view(&p->intro), &out));
	puppet_raw(p, writer_view(&out));
	writer_release(&out);
	assert_ok(noise_split(&p->noise, &p->out.cipher, &receive));
	frame_in_init(&p->in, &receive);
	p->is_running = true;
}

static inline void puppet_keep(struct puppet *p, const struct frame *frame)
{
	struct writer pong = {0};

	if (frame->type == MSG_PING && !p->stays_silent) {
		uint64_t number;
		assert_ok(msg_number_decode(&number, frame->body));
		msg_number_encode(&pong, number);
		puppet_send(p, MSG_PONG, &pong);
	}
	assert_true(p->frame_count < PUPPET_FRAMES);
	p->frames[p->frame_count].type = frame->type;
	writer_bytes(&p->frames[p->frame_count++].body, frame->body);
}

static inline void puppet_take(void *context, struct bytes in)
{
	struct puppet *p = context;
	struct bytes message;
	struct frame frame;

	if (!p->is_running && frame_handshake_next(&p->handshake, p->noise.step, &in, &message))
		puppet_handshake(p, message);
	while (p->is_running && frame_in_next(&p->in, &in, &frame))
		puppet_keep(p, &frame);
}

static inline void puppet_closed(void *context)
{
	((struct puppet *)context)->is_closed = true;
}

/* Connects; says nothing. `remote` as the node sees it. */
static inline void puppet_connect_from(struct puppet *p, struct node *node, const char *remote)
{
	struct world *w = node->world;

	*p = (struct puppet){.world = w, .node = node};
	p->wire = world_new_wire(w);
	p->wire->ends[1] = node;
	p->wire->conns[0] = w->next_conn++;
	p->wire->conns[1] = w->next_conn++;
	p->wire->foreign = (struct foreign){puppet_take, puppet_closed, p};
	core_time(node->core, world_time(w));
	core_connected(node->core, p->wire->conns[1], 0, remote);
}

static inline void puppet_connect(struct puppet *p, struct node *node)
{
	puppet_connect_from(p, node, "192.0.2.7:4000");
}

/* Message 1 for that network; the rest follows by itself. intro: what message 3 says, borrowed for
 * the call. */
static inline void puppet_begin(struct puppet *p, const struct person *person,
    const struct hash *network, const struct msg_intro *intro)
{
	uint8_t prologue[15 + HASH_SIZE], ephemeral[32] = {0};
	struct writer out = {0};

	p->person = person;
	memcpy(prologue, "open-communes/1", 15);
	memcpy(prologue + 15, network->b, HASH_SIZE);
	be64_put(ephemeral + 8, p->world->next_conn++);
	noise_init(&p->noise, BYTES(prologue),
	    &(struct noise_keys){.sk = &person->transport_sk,
		.pk = &person->transport,
		.remote = &p->node->person.transport,
		.ephemeral = ephemeral});
	msg_intro_encode(&p->intro, intro);
	assert_ok(frame_handshake_write(&p->noise, (struct bytes){0}, &out));
	puppet_raw(p, writer_view(&out));
	writer_release(&out);
}

static inline void puppet_release(struct puppet *p)
{
	if (p->wire && !p->is_closed && !p->wire->is_gone) {
		p->wire->is_closed[0] = true;
		world_pump(p->world);
	}
	if (p->wire)
		p->wire->foreign.closed = NULL;
	frame_in_release(&p->in);
	writer_release(&p->intro);
	for (unsigned i = 0; i < p->frame_count; i++)
		writer_release(&p->frames[i].body);
	*p = (struct puppet){0};
}

/* The newest frame of that type, NULL for none. */
static inline const struct puppet_frame *puppet_got(const struct puppet *p, enum msg_type type)
{
	for (unsigned i = p->frame_count; i > 0; i--)
		if (p->frames[i - 1].type == type)
			return &p->frames[i - 1];
	return NULL;
}

static inline void assert_bye(const struct puppet *p, enum err err)
{
	char reason[MSG_REASON_MAX + 1];

	assert_true(p->is_closed);
	assert_non_null(puppet_got(p, MSG_BYE));
	assert_ok(msg_bye_decode(reason, writer_view(&puppet_got(p, MSG_BYE)->body)));
	assert_string_equal(reason, err_text(err));
}

/* --- the author ------------------------------------------------------------------------------ */

/* A log written outside of any core. */
struct author {
	struct person person;
	struct hash network;
	struct kept store;
};

static inline void author_append(struct author *a, struct bytes body, uint32_t count)
{
	struct kept_log *log = kept_find(&a->store, &a->person.log);
	struct change_append op = {
	    .key = a->person.log, .from = log->count, .count = count, .body = body};
	struct change_result result;
	struct writer change = {0};
	struct record record;
	struct hash leaf;
	struct reader r;

	op.frontier = log->frontier;
	reader_init(&r, body);
	while (reader_left(&r)) {
		assert_ok(record_read(&record, &r));
		tree_leaf_hash(&leaf, record.raw_header);
		frontier_append(&op.frontier, &leaf, NULL, NULL);
	}
	change_put_append(&change, &op);
	kept_apply(&a->store, writer_view(&change), &result);
	writer_release(&change);
}

static inline void author_init_log(
    struct author *a, const struct world *w, unsigned number, unsigned log_number)
{
	struct change_log open = {.number = log_number};
	struct change_result result;
	struct writer ops = {0}, record = {0};

	*a = (struct author){.network = w->network};
	person_init(&a->person, &w->network, number, log_number);
	open.key = a->person.log;
	open.member_key = a->person.member;
	open.transport = a->person.transport;
	memcpy(open.member, a->person.code, sizeof(open.member));
	change_put_log(&ops, &open);
	kept_apply(&a->store, writer_view(&ops), &result);
	record_create(&record, 0, a->person.log_open_time, NULL, a->person.log_open_salt,
	    writer_view(&a->person.log_open));
	author_append(a, writer_view(&record), 1);
	writer_release(&record);
	writer_release(&ops);
}

static inline void author_init(struct author *a, const struct world *w, unsigned number)
{
	author_init_log(a, w, number, 1);
}

static inline void author_release(struct author *a)
{
	kept_release(&a->store);
	writer_release(&a->person.log_open);
}

/* One record; flavour makes its payload unlike others. */
static inline void author_write(struct author *a, uint16_t kind, uint64_t flavour)
{
	struct writer payload = {0}, record = {0};
	const uint8_t salt[RECORD_SALT_SIZE] = {(uint8_t)flavour, 5};

	practice(&payload, flavour, 60);
	record_create(
	    &record, kind, (struct mtime){WALL_START + 7}, NULL, salt, writer_view(&payload));
	author_append(a, writer_view(&record), 1);
	writer_release(&payload);
	writer_release(&record);
}

static inline void author_checkpoint(const struct author *a, uint64_t size, struct checkpoint *out)
{
	struct kept_log *log = kept_find(&a->store, &a->person.log);
	struct frontier at = {0};

	for (uint64_t i = 0; i < size; i++)
		frontier_append(&at, &log->records[i].leaf, NULL, NULL);
	*out = (struct checkpoint){.log = a->person.log, .size = size};
	frontier_root(&at, &out->root);
	assert_ok(checkpoint_sign(out, &a->network, &a->person.log_sk));
}

/* Member's handshake and that HELLO, with the roster's size filled in; nothing follows where the handshake is refused. */
static inline void puppet_introduce(
    struct puppet *p, const struct author *a, struct msg_hello *hello)
{
	struct writer body = {0};
	struct key roster;

	assert_true(core_roster_log(p->node->core, &roster, &hello->roster_size));
	puppet_begin(p, &a->person, &a->network,
	    &(struct msg_intro){.roster_size = hello->roster_size, .log = a->person.log});
	world_pump(p->world);
	if (!p->is_running || p->is_closed)
		return;
	msg_hello_encode(&body, hello);
	puppet_send(p, MSG_HELLO, &body);
	world_pump(p->world);
}

/* With a digest that differs from any, so that heads are exchanged. The node asks for the log.open if it does not hold it: it
 * is given. */
static inline void puppet_hello(struct puppet *p, const struct author *a)
{
	struct msg_hello hello = {.store_id = {0xaa}, .digest = {{0xbb}}};
	struct writer body = {0};

	puppet_introduce(p, a, &hello);
	if (puppet_got(p, MSG_OPEN_WANT)) {
		struct kept_log *log = kept_find(&a->store, &a->person.log);
		msg_open_encode(&body, &a->person.log, writer_view(&log->records[0].bytes));
		puppet_send(p, MSG_OPEN, &body);
		world_pump(p->world);
	}
}

/* HEADS with that one head. */
static inline void puppet_head(struct puppet *p, const struct checkpoint *head)
{
	struct writer body = {0};

	msg_heads_begin(&body, &(struct msg_heads){.reason = HEADS_NEW, .count = 1});
	msg_heads_add(&body, head);
	puppet_send(p, MSG_HEADS, &body);
	world_pump(p->world);
}

/* The newest WANT that asks for this log. */
static inline bool puppet_wanted(
    const struct puppet *p, const struct key *log, struct msg_want *out)
{
	struct msg_want wants[MSG_WANTS_MAX];
	uint32_t count;

	for (unsigned i = p->frame_count; i > 0; i--) {
		if (p->frames[i - 1].type != MSG_WANT)
			continue;
		assert_ok(msg_want_decode(wants, &count, writer_view(&p->frames[i - 1].body)));
		for (uint32_t j = 0; j < count; j++)
			if (key_equal(&wants[j].log, log)) {
				*out = wants[j];
				return true;
			}
	}
	return false;
}

/* The author's honest answer to a WANT, at most max raw bytes of it. */
static inline void author_batch(
    const struct author *a, const struct msg_want *want, uint32_t max, struct writer *out)
{
	struct read read = {.type = READ_BATCH,
	    .key = want->log,
	    .from = want->from,
	    .size = want->size,
	    .max = max};

	assert_ok(kept_read(&a->store, &read, out));
}

#endif
