/* Seeds of whole sessions: what honest and dishonest peers say to a node, step by step. The world
 * is that of the target, so signatures hold there. */
#include "tests/fuzz/seeds.h"

#include "tests/fuzz/session_world.h"

enum { TIME = 0x20, CONNECT, WIRE, DISK, DISK_ERR, ANSWER, HEAD, PUBLISH, INVITE, ENTRY, CLOSE };
enum { RESTART = 0x2b, PUSH, READS, DIAL, ROSTER, DIGEST, NEWS, RETURN };

static struct writer script;
static uint8_t whose; /* 1: the newcomer's */

static void step(uint8_t what, uint8_t argument)
{
	writer_u8(&script, what);
	writer_u8(&script, argument);
}

static void later(unsigned ms)
{
	writer_u8(&script, TIME);
	writer_u16(&script, (uint16_t)(ms / 8));
}

static void say(enum msg_type type, struct writer *body)
{
	fuzz_check(!body->err && body->size < 65536);
	writer_u8(&script, (uint8_t)type);
	writer_u16(&script, (uint16_t)body->size);
	writer_bytes(&script, writer_view(body));
	writer_clear(body);
}

static void done(const char *name)
{
	struct writer whole = {0};

	writer_u8(&whole, whose);
	writer_bytes(&whole, writer_view(&script));
	seed("session", name, writer_view(&whole));
	writer_release(&whole);
	writer_clear(&script);
}

static void as_member(void)
{
	step(CONNECT, 0);
}

static struct checkpoint head_of(const struct session_world *s, uint64_t size)
{
	struct checkpoint head;

	author_checkpoint(&s->author, size, &head);
	return head;
}

/* A log grows: announced, fetched in pieces, pushed. */
static void seed_growth(void)
{
	as_member();
	step(HEAD, 2);
	step(ANSWER, 255);
	later(800);
	step(HEAD, 5);
	for (unsigned i = 0; i < 6; i++)
		step(ANSWER, 1);
	later(2000);
	done("growth");
	as_member();
	step(HEAD, 4);
	step(ANSWER, 255);
	writer_u8(&script, PUSH);
	later(2000);
	step(PUBLISH, 3);
	later(400);
	writer_u8(&script, CLOSE);
	step(CONNECT, 1);
	later(60000);
	later(60000);
	done("push-and-publish");
	as_member();
	step(HEAD, 4);
	step(ANSWER, 255);
	later(800);
	step(NEWS, 2);
	later(2000);
	step(NEWS, 2);
	done("news");
	as_member();
	step(HEAD, 5);
	step(ANSWER, 255);
	later(800);
	step(RETURN, 0); /* nothing is behind it */
	step(PUBLISH, 2);
	later(800);
	step(RETURN, 3);
	later(800);
	step(RETURN, 200); /* all is */
	step(READS, 1);
	step(RETURN, 3);
	step(PUBLISH, 7);
	done("return");
	as_member();
	step(HEAD, 5);
	writer_u8(&script, DISK);
	step(ANSWER, 2);
	step(ANSWER, 2);
	writer_u8(&script, DISK);
	step(DISK_ERR, 2);
	step(ANSWER, 2);
	step(PUBLISH, 1);
	step(DISK_ERR, 0);
	later(3000);
	writer_u8(&script, RESTART);
	as_member();
	step(HEAD, 5);
	step(ANSWER, 200);
	done("disk");
	as_member();
	step(CONNECT, 1);
	later(6000);
	step(READS, 1);
	step(HEAD, 3);
	step(ANSWER, 9);
	later(70000);
	done("two-of-one-key");
}

/* What is asked of the node. */
static void seed_questions(const struct session_world *s)
{
	const struct node *zero = &s->world.nodes[0];
	struct writer body = {0};
	struct msg_want wants[3] = {
	    {zero->person.log, 0, 3}, {s->world.keeper, 0, 4}, {{{9}}, 0, 1}};
	struct msg_payload_want payloads[2] = {{zero->person.log, 1}, {{{9}}, 0}};
	struct hash buckets[BUCKET_COUNT] = {{{1}}};

	for (unsigned bad = 0; bad < 2; bad++) {
		as_member();
		msg_want_encode(&body, wants, 3);
		say(MSG_WANT, &body);
		msg_payload_want_encode(&body, payloads, 2);
		say(MSG_PAYLOAD_WANT, &body);
		msg_open_want_encode(&body, &zero->person.log);
		say(MSG_OPEN_WANT, &body);
		msg_open_want_encode(&body, &(struct key){{1}});
		say(MSG_OPEN_WANT, &body);
		msg_digest_encode(&body, &(struct hash){{1}}, 5);
		say(MSG_DIGEST, &body);
		msg_buckets_encode(&body, buckets);
		say(MSG_BUCKETS, &body);
		msg_number_encode(&body, 7);
		say(MSG_PING, &body);
		msg_have_encode(&body, &(struct msg_have){zero->person.log, 3});
		say(MSG_HAVE, &body);
		step(PUBLISH, 1);
		later(400);
		msg_have_encode(&body, &(struct msg_have){zero->person.log, 6});
		say(MSG_HAVE, &body);
		if (bad)
			step(READS, 5);
		msg_want_encode(&body, wants, 1);
		say(MSG_WANT, &body);
		later(35000);
		msg_bye_encode(&body, "enough");
		say(MSG_BYE, &body);
		done(bad ? "questions-while-reads-fail" : "questions");
	}
	writer_release(&body);
}

/* Batches that are not what was asked for. */
static void seed_bad_batches(const struct session_world *s)
{
	struct msg_want want = {s->author.person.log, 0, 5};
	struct writer body = {0}, honest = {0};
	char name[32];

	author_batch(&s->author, &want, BATCH_RAW_MAX, &honest);
	for (unsigned i = 0; i < 8; i++) {
		struct writer records = {0};
		struct batch_writer runs = {0};
		struct batch batch;

		as_member();
		step(HEAD, 4);
		fuzz_check(!batch_decode(&batch, writer_view(&honest)));
		fuzz_check(!batch_unpack(&records, batch.packed, batch.raw_size));
		if (i == 0)
			batch.count++;
		if (i == 1)
			batch.count--;
		if (i == 3)
			batch.proof[batch.proof_count++].b[0] = 1;
		if (i == 4)
			records.data[records.size - 1] ^= 1;
		if (i == 5)
			records.data[40] ^= 1;
		if (i == 6)
			records.size -= 3;
		writer_bytes(&runs.records, writer_view(&records));
		batch_add(&runs, &batch);
		if (i == 2) /* a run more than was asked for */
			batch_add(&runs, &(struct batch){0});
		if (i == 7) { /* and one of records */
			writer_bytes(&runs.records, writer_view(&records));
			batch_add(&runs, &batch);
		}
		batch_finish(NULL, &body, &runs);
		batch_writer_release(&runs);
		say(MSG_BATCH, &body);
		later(1000);
		snprintf(name, sizeof(name), "batch-%u", i);
		done(name);
		writer_release(&records);
	}
	as_member();
	step(HEAD, 4);
	batch_encode(&body, &(struct batch){0}, (struct bytes){0});
	say(MSG_BATCH, &body);
	later(70000);
	done("batch-none");
	/* Whole when it comes unasked: nothing is under way. */
	as_member();
	writer_bytes(&body, writer_view(&honest));
	say(MSG_BATCH, &body);
	done("batch-unasked");
	writer_release(&body);
	writer_release(&honest);
}

/* The key of the author signs two histories. */
static void seed_fork(const struct session_world *s)
{
	struct checkpoint other = {.log = s->author.person.log, .size = 5, .root = {{1}}};
	struct msg_evidence evidence = {.log = other.log};
	struct writer body = {0};

	fuzz_check(!checkpoint_sign(&other, &s->world.network, &s->author.person.log_sk));
	evidence.a = head_of(s, 5);
	evidence.b = other;
	for (unsigned i = 0; i < 3; i++) {
		as_member();
		step(HEAD, 4);
		step(ANSWER, 255);
		later(600);
		if (i == 2)
			evidence.b.sig.b[0] ^= 1;
		if (i == 0) {
			msg_heads_begin(
			    &body, &(struct msg_heads){.reason = HEADS_NEW, .count = 1});
			msg_heads_add(&body, &other);
			say(MSG_HEADS, &body);
		} else {
			msg_evidence_encode(&body, &evidence);
			say(MSG_EVIDENCE, &body);
		}
		later(1000);
		step(HEAD, 5);
		done(i == 0 ? "fork-by-head" : i == 1 ? "fork-by-evidence" : "false-evidence");
	}
	/* The head of the node's own log, larger than it knows and signed by another key. */
	as_member();
	other.log = s->world.nodes[0].person.log;
	msg_heads_begin(
	    &body, &(struct msg_heads){
		       .reason = HEADS_CHANGED, .has_yours = true, .yours = other, .upto = 3});
	say(MSG_HEADS, &body);
	done("false-own-head");
	writer_release(&body);
}

static void seed_heads(const struct session_world *s)
{
	struct checkpoint head = head_of(s, 3);
	struct writer body = {0};

	for (unsigned i = 0; i < 5; i++) {
		static const char *const names[] = {
		    "head-false", "head-of-unknown", "roster-of-other", "roster-false", "twins"};

		as_member();
		if (i == 0)
			head.sig.b[1] ^= 1;
		if (i == 1)
			head.log.b[0] ^= 1;
		if (i < 2) {
			msg_heads_begin(
			    &body, &(struct msg_heads){.reason = (enum heads_reason)i, .count = 1});
			msg_heads_add(&body, &head);
			say(MSG_HEADS, &body);
		} else if (i < 4) {
			head.log = i == 2 ? (struct key){{1}} : s->world.keeper;
			head.size = 900;
			msg_roster_encode(&body, &head);
			say(MSG_ROSTER, &body);
		} else {
			msg_empty_encode(&body);
			say(MSG_TWINS, &body);
			step(PUBLISH, 1);
		}
		later(1500);
		done(names[i]);
	}
	/* Each message with a body that is none, in its place. */
	for (uint8_t type = 0; type < MSG_TYPE_END + 1; type++) {
		char name[32];

		as_member();
		writer_u8(&script, type);
		writer_u16(&script, 1);
		writer_u8(&script, 0xc1);
		snprintf(name, sizeof(name), "body-of-%u", type);
		done(name);
	}
	writer_release(&body);
}

/* Those who are not members. */
static void seed_guests(const struct session_world *s)
{
	struct writer body = {0}, record = {0}, names = {0};
	struct msg_join join = {.token = {1, 2, 3, 4},
	    .kind = BYTES_STR("commune"),
	    .names = world_names(&names, "Azrou")};
	struct kept_log *log = kept_find(&s->stranger.store, &s->stranger.person.log);
	struct msg_want want = {s->world.keeper, 0, 3};

	join.record = writer_view(&log->records[0].bytes);
	for (unsigned i = 0; i < 7; i++) {
		static const char *const cases[] = {"join", "join-without-invite", "join-twice",
		    "join-of-other", "guest-asks-too-much", "guest-stays", "join-for-other"};

		if (i != 1)
			step(INVITE, i == 6);
		writer_u8(&script, CONNECT);
		writer_u8(&script, i == 4 || i == 5 ? 2 : 3);
		writer_u8(&script, i == 4 ? 200 : 0);
		msg_hello_encode(&body, &(struct msg_hello){.roster_size = i == 4 ? 200 : 0});
		say(MSG_HELLO, &body);
		msg_open_encode(&body, &s->stranger.person.log, join.record);
		if (i == 4 || i == 5)
			say(MSG_OPEN, &body);
		writer_clear(&body);
		join.record = writer_view(&log->records[0].bytes);
		if (i == 3)
			join.record.size -= 2;
		msg_join_encode(&body, &join);
		say(MSG_JOIN, &body);
		if (i == 2) {
			msg_join_encode(&body, &join);
			say(MSG_JOIN, &body);
			step(ENTRY, 1);
		}
		msg_want_encode(&body, &want, 1);
		say(MSG_WANT, &body);
		if (i == 4) {
			want.log = s->world.nodes[0].person.log;
			msg_want_encode(&body, &want, 1);
			say(MSG_WANT, &body);
		}
		later(61000);
		done(cases[i]);
	}
	join.record = writer_view(&log->records[0].bytes);
	step(INVITE, 0);
	step(ENTRY, 1);
	step(CONNECT, 3);
	writer_u8(&script, 0);
	msg_hello_encode(&body, &(struct msg_hello){0});
	say(MSG_HELLO, &body);
	msg_join_encode(&body, &join);
	say(MSG_JOIN, &body);
	msg_joined_encode(&body, "admitted", "");
	say(MSG_JOINED, &body);
	done("admitted-by-then");
	as_member();
	step(ENTRY, 0);
	later(1000);
	step(HEAD, 3);
	done("removed");
	writer_release(&body);
	writer_release(&record);
	writer_release(&names);
}

/* Payloads that did not come with their headers. */
static void seed_missing(const struct session_world *s)
{
	const struct kept_log *log = kept_find(&s->author.store, &s->author.person.log);
	struct msg_want want = {s->author.person.log, 0, AUTHOR_RECORDS};
	struct msg_payload_want known = {s->world.nodes[0].person.log, 1};
	struct writer body = {0}, honest = {0}, records = {0}, without = {0};
	struct record record[AUTHOR_RECORDS];
	struct batch batch;
	struct reader r;

	fuzz_check(log->count == AUTHOR_RECORDS);
	author_batch(&s->author, &want, BATCH_RAW_MAX, &honest);
	fuzz_check(!batch_decode(&batch, writer_view(&honest)));
	fuzz_check(!batch_unpack(&records, batch.packed, batch.raw_size));
	reader_init(&r, writer_view(&records));
	for (unsigned i = 0; i < AUTHOR_RECORDS; i++) {
		fuzz_check(!record_read(&record[i], &r));
		struct record one = record[i];
		if (i >= 2)
			one.state = i == 4 ? RECORD_ERASED : RECORD_NOT_HELD;
		record_write(&without, &one);
	}
	for (unsigned i = 0; i < 6; i++) {
		char name[32];

		as_member();
		step(HEAD, AUTHOR_RECORDS - 1);
		batch_encode(&body, &batch, writer_view(&without));
		say(MSG_BATCH, &body);
		later(800);
		writer_u8(&script, DIGEST);
		later(2000);
		msg_payloads_begin(&body, i == 5 ? 0 : 2);
		for (unsigned k = 2; k < 4 && i < 5; k++) {
			struct msg_payload m = {want.log, k, RECORD_PRESENT, {0}};
			struct writer rest = {0};

			writer_put(&rest, record[k].salt, RECORD_SALT_SIZE);
			writer_bytes(&rest, record[k].payload);
			if (i == 1)
				rest.data[0] ^= 1;
			if (i == 2)
				m.index = 1;
			if (i == 3)
				rest.size--;
			if (i == 4)
				m.state = RECORD_NOT_HELD, rest.size = 0;
			m.rest = writer_view(&rest);
			msg_payloads_add(&body, &m);
			writer_release(&rest);
		}
		say(MSG_PAYLOADS, &body);
		later(1000);
		snprintf(name, sizeof(name), "payloads-%u", i);
		done(name);
	}
	as_member();
	msg_payload_want_encode(&body, &known, 1);
	say(MSG_PAYLOAD_WANT, &body);
	msg_payloads_begin(&body, 0);
	say(MSG_PAYLOADS, &body);
	done("payloads-unasked");
	writer_release(&body);
	writer_release(&honest);
	writer_release(&records);
	writer_release(&without);
}

/* Of one who has an invite and nothing else. */
static void seed_newcomer(const struct session_world *s)
{
	static const char *const states[] = {"pending", "refused", "admitted"};
	struct msg_heads heads = {.reason = HEADS_CHANGED, .count = 2, .upto = 9};
	struct checkpoint head;
	struct writer body = {0};
	char name[32];

	whose = 1;
	for (unsigned i = 0; i < 3; i++) {
		writer_u8(&script, DIAL);
		step(ROSTER, 1);
		step(ANSWER, 255);
		msg_joined_encode(&body, states[i], "as it is");
		say(MSG_JOINED, &body);
		later(1000);
		step(ROSTER, 255);
		for (unsigned k = 0; k < 8; k++)
			step(ANSWER, 4);
		later(1000);
		msg_heads_begin(&body, &heads);
		for (unsigned k = 0; k < 2; k++) {
			const struct kept_log *log =
			    kept_find(&s->store, &s->world.nodes[k].person.log);
			msg_heads_add(&body, &log->head);
		}
		say(MSG_HEADS, &body);
		for (unsigned k = 0; k < 6; k++)
			step(ANSWER, 3);
		later(5000);
		step(PUBLISH, 1);
		later(3000);
		writer_u8(&script, RESTART);
		writer_u8(&script, DIAL);
		later(3000);
		snprintf(name, sizeof(name), "newcomer-%u", i);
		done(name);
	}
	/* Without a word about joining; and a roster that shrinks, or is another's. */
	writer_u8(&script, DIAL);
	step(ROSTER, 4);
	step(ANSWER, 255);
	step(ROSTER, 1);
	later(61000);
	writer_u8(&script, DIAL);
	later(61000);
	done("newcomer-waits");
	writer_u8(&script, DIAL);
	session_roster_head(s, 3, &head);
	head.sig.b[3] ^= 1;
	msg_roster_encode(&body, &head);
	say(MSG_ROSTER, &body);
	done("newcomer-false-roster");
	writer_u8(&script, DIAL);
	step(ROSTER, 4);
	step(DISK_ERR, 2);
	step(ANSWER, 255);
	step(DISK_ERR, 0);
	later(3000);
	step(ANSWER, 255);
	done("newcomer-disk");
	writer_u8(&script, DIAL);
	step(WIRE, 3);
	writer_put(&script, "abc", 3);
	later(20000);
	writer_u8(&script, DIAL);
	step(CONNECT, 0);
	done("newcomer-garbage");
	whose = 0;
	/* The coordinator dials the author. */
	writer_u8(&script, DIAL);
	step(HEAD, 4);
	step(ANSWER, 255);
	later(2000);
	writer_u8(&script, CLOSE);
	later(60000);
	done("dialled");
	writer_release(&body);
}

/* u8 what, u8 size, bytes. */
static void seed_core(void)
{
	static const struct {
		const char *name;
		struct bytes in;
	} cases[] = {
	    {"silence", BYTES_STR("\2\0\3\x20 thirty-two bytes are 3200 ms here")},
	    {"garbage", BYTES_STR("\0\x10GET / HTTP/1.1\r\n\0\x02\r\n")},
	    {"too-small", BYTES_STR("\0\2\0\1")},
	    {"zeros", BYTES_STR("\0\x32\0\x30\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")},
	    {"point", BYTES_STR("\0\x32\0\x30\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")},
	    {"dialled", BYTES_STR("\4\0\1\x10HTTP/1.1 400 Bad\5\0\4\1x")},
	    {"dialled-point",
		BYTES_STR("\4\0\1\x32\0\x30\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")},
	    {"many", BYTES_STR("\2\0\2\0\2\0\2\0\2\0\2\0\2\0\2\0\0\3abc")},
	    {"refused", BYTES_STR("\4\1x\3\xff ")},
	    {"gone", BYTES_STR("\4\0\5\0\4\0\3\xff ")},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		seed("core", cases[i].name, cases[i].in);
}

void seeds_sessions(void)
{
	const struct session_world *s = session_world();

	seed_growth();
	seed_questions(s);
	seed_bad_batches(s);
	seed_fork(s);
	seed_heads(s);
	seed_guests(s);
	seed_missing(s);
	seed_newcomer(s);
	seed_core();
	writer_release(&script);
}
