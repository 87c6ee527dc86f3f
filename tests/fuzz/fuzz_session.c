/* A whole node and peers that go through the handshake and then say anything. Input: steps, a byte
 * each with what it needs; frames are given plain and sealed here.
 *
 *   0x00-0x1f  a frame of that type: u16 size, body
 *   0x20       time passes: u16 times 8 ms
 *   0x21       connect: u8 as whom (member, member again, stranger, stranger with a token), with
 *              HELLO and log.open as they should be
 *   0x22       bytes of the wire, unsealed: u8 size, bytes
 *   0x23       the disk is held, or goes on;  0x24 its changes fail: u8 error
 *   0x25       the newest WANT of the author's log is answered honestly: u8 times 64 bytes at most
 *   0x26       the author's head is announced: u8 size
 *   0x27       the node publishes: u8 count;  0x28 it invites
 *   0x29       a roster entry: u8 0 takes the author out, 1 admits the stranger
 *   0x2a       the connection ends;  0x2b the node is killed and starts again
 *   0x2c       PUSH of the author's newest record, as it should be
 *   0x2d       what the node reads from its store fails: u8 error
 *
 * covers: proto/core_conn.c proto/core_sync.c proto/core_batch.c proto/core_serve.c
 * covers: proto/core_judge.c proto/core_join.c */
#include "tests/fuzz/session_world.h"

#define STEPS_MAX 60
#define MINUTES_MAX 20 /* of virtual time a run */

static const uint8_t token[TOKEN_SIZE] = {1, 2, 3, 4};

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

	session_connect(s);
	if (who < 2) {
		puppet_hello(&s->puppet, &s->author);
		return;
	}
	intro.log = s->stranger.person.log;
	memcpy(intro.token, token, TOKEN_SIZE);
	intro.roster_size = reader_u8(&run->r);
	puppet_begin(&s->puppet, &s->stranger.person, &s->world.network, &intro);
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
	uint32_t max = 64u * reader_u8(&run->r) + 64;
	struct writer body = {0};
	struct msg_want want;

	if (is_open(run) && puppet_wanted(&run->s->puppet, &run->s->author.person.log, &want) &&
	    want.size <= AUTHOR_RECORDS && want.from < want.size) {
		author_batch(&run->s->author, &want, max, &body);
		puppet_send(&run->s->puppet, MSG_BATCH, &body);
	}
	writer_release(&body);
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

static void step_local(struct run *run, uint8_t step)
{
	struct world *w = &run->s->world;
	struct node *zero = &w->nodes[0];
	struct change_invite invite = {
	    .is_put = true, .code = "m5", .expires = {WALL_START + (1LL << 40)}};

	core_time(zero->core, world_time(w));
	memcpy(invite.token, token, TOKEN_SIZE);
	if (step == 0x27)
		node_publish(zero, 1 + reader_u8(&run->r) % 8, 0);
	else
		core_invite(zero->core, ++w->next_request, &invite);
}

static void step_entry(struct run *run)
{
	struct session_world *s = run->s;
	const struct roster *roster = core_roster(s->world.nodes[0].core);
	bool admits = reader_u8(&run->r) % 2;
	const struct member *m =
	    roster_member(roster, admits ? s->stranger.person.code : s->author.person.code);
	struct writer entry = {0}, names = {0};

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
	struct node *zero = &run->s->world.nodes[0];

	*err = some_error(run);
	zero->tamper = *err ? fail_read : NULL;
	zero->context = err;
}

static void step_end(struct run *run, uint8_t step)
{
	struct node *zero = &run->s->world.nodes[0];

	if (step == 0x2b) {
		node_stop(zero);
		node_start(zero);
	} else if (run->s->puppet.wire && !run->s->puppet.wire->is_gone) {
		run->s->puppet.wire->is_closed[0] = true;
	}
}

static void one_step(struct run *run, enum err *read_err)
{
	struct node *zero = &run->s->world.nodes[0];
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
		zero->is_disk_held = !zero->is_disk_held && zero->change_count < 200;
	else if (step == 0x24)
		zero->disk_err = some_error(run);
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
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run run = {.s = session_begin(), .time_left = MINUTES_MAX * 60000};
	enum err read_err = ERR_NONE;
	struct node *zero = &run.s->world.nodes[0];

	reader_init(&run.r, bytes_of(data, size));
	for (unsigned i = 0; i < STEPS_MAX && reader_left(&run.r); i++) {
		one_step(&run, &read_err);
		if (zero->change_count > 100)
			zero->is_disk_held = false;
		world_pump(&run.s->world);
		session_forget(&run.s->puppet);
		session_check(run.s);
	}
	zero->tamper = NULL;
	session_end(run.s);
	return 0;
}
