/* A whole node and peers that go through the handshake and then say anything. Input: u8, bit 0: the
 * node is a newcomer with an invite, else the coordinator; then steps, a byte each with what it
 * needs. Frames are given plain and sealed here.
 *
 *   0x00-0x1f  a frame of that type: u16 size, body
 *   0x20       time passes: u16 times 8 ms
 *   0x21       connect: u8 as whom (member, member again, stranger, stranger with a token), with
 *              HELLO and log.open as they should be; strangers: u8 size of their roster
 *   0x22       bytes of the wire, unsealed: u8 size, bytes
 *   0x23       the disk is held, or goes on;  0x24 its changes fail: u8 error
 *   0x25       the newest WANT is answered honestly: u8 times 64 bytes at most
 *   0x26       the author's head is announced: u8 size
 *   0x27       the node publishes: u8 count;  0x28 it invites: u8 0 the
 *              stranger, 1 somebody else
 *   0x29       a roster entry: u8 0 takes the author out, 1 admits the stranger
 *   0x2a       the connection ends;  0x2b the node is killed and starts again
 *   0x2c       PUSH of the author's newest record, as it should be
 *   0x2d       what the node reads from its store fails: u8 error
 *   0x2e       the node dials the peer, who introduces itself
 *   0x2f       the peer tells of the roster's first entries: u8 size
 *   0x30       DIGEST equal to the node's
 *
 * covers: proto/core_conn.c proto/core_handshake.c proto/core_sync.c proto/core_plan.c
 * covers: proto/core_heads.c proto/core_digest.c proto/core_batch.c proto/core_serve.c
 * covers: proto/core_judge.c proto/core_join.c proto/core_deadline.c proto/core_news.c */
#include "tests/fuzz/session_world.h"

#define STEPS_MAX 60
#define MINUTES_MAX 20 /* of virtual time a run */

struct run {
	struct session_world *s;
	struct reader r;
	int64_t time_left;
};

static struct bytes take(struct run *run, size_t size)
{
	size_t left = reader_left(&run->r);

	return reader_take(&run->r, size < left ? size : left);
}

static bool is_open(const struct run *run)
{
	const struct puppet *p = &run->s->puppet;

	return p->wire && p->is_running && !p->is_closed && !p->wire->is_gone;
}

static void step_frame(struct run *run, uint8_t type)
{
	struct writer body = {0};

	writer_bytes(&body, take(run, reader_u16(&run->r)));
	if (is_open(run))
		puppet_send(&run->s->puppet, (enum msg_type)type, &body);
	writer_release(&body);
}

static void step_connect(struct run *run)
{
	struct session_world *s = run->s;
	uint8_t who = reader_u8(&run->r) % 4;
	struct msg_intro intro = {.has_token = who == 3};
	uint64_t roster_size;
	struct key roster;

	session_connect(s);
	if (who < 2 && core_roster_log(s->node->core, &roster, &roster_size)) {
		puppet_hello(&s->puppet, &s->author);
		return;
	}
	intro.log = s->stranger.person.log;
	memcpy(intro.token, session_token, TOKEN_SIZE);
	intro.roster_size = reader_u8(&run->r);
	puppet_begin(&s->puppet, &s->stranger.person, &s->world.network, &intro);
}

/* The author again, with a cursor that is so many arrivals old, and its own log as far as the node has it. */
static void step_return(struct run *run)
{
	struct session_world *s = run->s;
	struct kept *store = &s->node->store;
	const struct kept_log *own = kept_find(store, &s->author.person.log);
	struct msg_hello hello = {.store_id = {0xaa}, .digest = {{0xbb}}, .has_cursor = true};
	uint64_t behind = reader_u8(&run->r);
	uint64_t roster_size;
	struct key roster;

	if (!core_roster_log(s->node->core, &roster, &roster_size))
		return;
	session_connect(s);
	memcpy(hello.cursor_store, s->node->config.store_id, STORE_ID_SIZE);
	hello.cursor_arrival = store->arrival > behind ? store->arrival - behind : 0;
	if (own) {
		hello.own_size = own->head.size;
		hello.own_root = own->head.root;
	}
	puppet_introduce(&s->puppet, &s->author, &hello);
}

static void step_time(struct run *run)
{
	int64_t ms = 8 * (int64_t)reader_u16(&run->r);

	if (ms > run->time_left)
		ms = run->time_left;
	run->time_left -= ms;
	world_run(&run->s->world, ms);
}

static void step_wire(struct run *run)
{
	struct bytes bytes = take(run, reader_u8(&run->r));

	if (!run->s->puppet.wire || run->s->puppet.wire->is_gone)
		session_connect(run->s);
	puppet_raw(&run->s->puppet, bytes);
}

static enum err some_error(struct run *run)
{
	static const enum err errors[] = {
	    ERR_NONE, ERR_IO, ERR_FULL, ERR_MEMORY, ERR_ROT, ERR_UNKNOWN, ERR_COMMIT};

	return errors[reader_u8(&run->r) % (sizeof(errors) / sizeof(errors[0]))];
}

static void step_answer(struct run *run)
{
	struct session_world *s = run->s;
	struct read read = {.type = READ_BATCH, .max = 64u * reader_u8(&run->r) + 64};
	struct writer body = {0};
	struct msg_want want;
	struct batch batch;

	if (!is_open(run) || !session_wanted(s, &want))
		return;
	read.key = want.log;
	read.from = want.from;
	read.size = want.size;
	fuzz_check(!kept_read(
	    kept_find(&s->author.store, &want.log) ? &s->author.store : &s->store, &read, &body));
	fuzz_check(!batch_decode(&batch, writer_view(&body)));
	s->answered_to += batch.count;
	puppet_send(&s->puppet, MSG_BATCH, &body);
}

static void step_head(struct run *run)
{
	struct checkpoint head;

	author_checkpoint(&run->s->author, 1 + reader_u8(&run->r) % AUTHOR_RECORDS, &head);
	if (is_open(run))
		puppet_head(&run->s->puppet, &head);
}

static void step_push(struct run *run)
{
	struct read read = {.type = READ_PUSH,
	    .key = run->s->author.person.log,
	    .from = AUTHOR_RECORDS - 1,
	    .size = AUTHOR_RECORDS,
	    .max = BATCH_RAW_MAX};
	struct msg_push push = {.from = read.from};
	struct writer packed = {0}, body = {0};

	if (!is_open(run))
		return;
	fuzz_check(!kept_read(&run->s->author.store, &read, &packed));
	author_checkpoint(&run->s->author, AUTHOR_RECORDS, &push.head);
	push.raw_size = be32_get(packed.data);
	push.packed = bytes_of(packed.data + 4, packed.size - 4);
	msg_push_encode(&body, &push);
	puppet_send(&run->s->puppet, MSG_PUSH, &body);
	writer_release(&packed);
}

/* Its last records, as its cursor would leave them open. */
static void step_news(struct run *run)
{
	uint32_t count = 1 + reader_u8(&run->r) % AUTHOR_RECORDS;
	struct read read = {.type = READ_PUSH,
	    .key = run->s->author.person.log,
	    .from = AUTHOR_RECORDS - count,
	    .size = AUTHOR_RECORDS,
	    .max = BATCH_RAW_MAX};
	struct msg_news news = {.count = 1};
	struct writer packed = {0}, body = {0};

	if (!is_open(run))
		return;
	fuzz_check(!kept_read(&run->s->author.store, &read, &packed));
	author_checkpoint(&run->s->author, AUTHOR_RECORDS, &news.tails[0].head);
	news.tails[0].count = count;
	news.packed = bytes_of(packed.data + 4, packed.size - 4);
	msg_news_encode(&body, &news);
	puppet_send(&run->s->puppet, MSG_NEWS, &body);
	writer_release(&packed);
}

static void step_dial(struct run *run)
{
	struct session_world *s = run->s;
	char address[CORE_ADDRESS_MAX];

	hex_encode(address, BYTES(s->peer->transport.b));
	snprintf(address + 64, sizeof(address) - 64, "@n5:1");
	core_time(s->node->core, world_time(&s->world));
	core_add_peer(s->node->core, address);
	core_tick(s->node->core);
	world_pump(&s->world);
	session_introduce(s);
}

static void step_roster(struct run *run)
{
	struct checkpoint head;
	struct writer body = {0};

	session_roster_head(run->s, reader_u8(&run->r), &head);
	if (!is_open(run))
		return;
	msg_roster_encode(&body, &head);
	puppet_send(&run->s->puppet, MSG_ROSTER, &body);
}

static void step_digest(struct run *run)
{
	struct core_status status = node_status(run->s->node);
	struct writer body = {0};

	if (!is_open(run))
		return;
	msg_digest_encode(&body, &status.digest, 7);
	puppet_send(&run->s->puppet, MSG_DIGEST, &body);
}

static void step_local(struct run *run, uint8_t step)
{
	struct world *w = &run->s->world;
	struct node *node = run->s->node;
	struct change_invite invite = {
	    .is_put = true, .code = "m5", .expires = {WALL_START + (1LL << 40)}};

	core_time(node->core, world_time(w));
	memcpy(invite.token, session_token, TOKEN_SIZE);
	if (step == 0x27)
		node_publish(node, 1 + reader_u8(&run->r) % 8, 0);
	else {
		invite.code[1] = (char)(reader_u8(&run->r) % 2 ? '6' : '5');
		core_invite(node->core, ++w->next_request, &invite);
	}
}

static void step_entry(struct run *run)
{
	struct session_world *s = run->s;
	const struct roster *roster;
	bool admits = reader_u8(&run->r) % 2;
	const struct member *m;
	struct writer entry = {0}, names = {0};

	if (!s->node->config.is_keeper)
		return;
	roster = core_roster(s->node->core);
	m = roster_member(roster, admits ? s->stranger.person.code : s->author.person.code);

	if (admits && !m)
		roster_entry_admit(&entry, s->stranger.person.code, MEMBER_COMMUNE,
		    &s->stranger.person.member, world_names(&names, "Azrou"), "", NULL);
	else if (!admits && m && m->is_admitted)
		roster_entry_remove(&entry, m->code, "request", NULL, 0, &m->entry_leaf);
	if (entry.size)
		world_append(&s->world, writer_view(&entry));
	writer_release(&entry);
	writer_release(&names);
}

static enum err fail_read(struct node *node, const struct read *read, struct writer *out)
{
	(void)read;
	writer_clear(out);
	return *(enum err *)node->context;
}

static void step_reads(struct run *run, enum err *err)
{
	struct node *node = run->s->node;

	*err = some_error(run);
	node->tamper = *err ? fail_read : NULL;
	node->context = err;
}

static void step_end(struct run *run, uint8_t step)
{
	struct node *node = run->s->node;

	if (step == 0x2b) {
		node_stop(node);
		node_start(node);
	} else if (run->s->puppet.wire && !run->s->puppet.wire->is_gone) {
		run->s->puppet.wire->is_closed[0] = true;
	}
}

static void one_step(struct run *run, enum err *read_err)
{
	struct node *node = run->s->node;
	uint8_t step = reader_u8(&run->r);

	if (step < 0x20)
		step_frame(run, step);
	else if (step == 0x20)
		step_time(run);
	else if (step == 0x21)
		step_connect(run);
	else if (step == 0x22)
		step_wire(run);
	else if (step == 0x23)
		node->is_disk_held = !node->is_disk_held && node->change_count < 200;
	else if (step == 0x24)
		node->disk_err = some_error(run);
	else if (step == 0x25)
		step_answer(run);
	else if (step == 0x26)
		step_head(run);
	else if (step == 0x27 || step == 0x28)
		step_local(run, step);
	else if (step == 0x29)
		step_entry(run);
	else if (step == 0x2a || step == 0x2b)
		step_end(run, step);
	else if (step == 0x2c)
		step_push(run);
	else if (step == 0x2d)
		step_reads(run, read_err);
	else if (step == 0x2e)
		step_dial(run);
	else if (step == 0x2f)
		step_roster(run);
	else if (step == 0x30)
		step_digest(run);
	else if (step == 0x31)
		step_news(run);
	else if (step == 0x32)
		step_return(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run run = {.time_left = MINUTES_MAX * 60000};
	enum err read_err = ERR_NONE;
	struct node *node;

	reader_init(&run.r, bytes_of(data, size));
	run.s = session_begin(reader_u8(&run.r) & 1);
	node = run.s->node;
	for (unsigned i = 0; i < STEPS_MAX && reader_left(&run.r); i++) {
		one_step(&run, &read_err);
		if (node->change_count > 100)
			node->is_disk_held = false;
		world_pump(&run.s->world);
		session_forget(&run.s->puppet);
		session_check(run.s);
	}
	node->tamper = NULL;
	session_end(run.s);
	return 0;
}
