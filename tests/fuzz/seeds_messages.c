/* Seeds of the messages: each as our encoder writes it, and forms that are refused. */
#include "tests/fuzz/seeds.h"

#include "proto/batch.h"
#include "proto/msg.h"

static void put(uint8_t type, const char *name, struct writer *body)
{
	struct writer w = {0};

	fuzz_check(!body->err);
	writer_u8(&w, type);
	writer_bytes(&w, writer_view(body));
	seed_cut("msg", name, writer_view(&w));
	writer_release(&w);
	writer_clear(body);
}

/* [1, "other", ...]: each element of a message in turn is of another type. */
static void put_wrong_types(uint8_t type, uint32_t elements)
{
	struct writer w = {0};
	char name[32];

	for (uint32_t count = 0; count <= elements; count++) {
		writer_clear(&w);
		writer_u8(&w, type);
		mp_put_array(&w, elements);
		for (uint32_t i = 0; i < elements; i++)
			if (i % 2 == count % 2)
				mp_put_uint(&w, count);
			else
				mp_put_array(&w, 0);
		snprintf(name, sizeof(name), "wrong-%u-%u", type, count);
		seed("msg", name, writer_view(&w));
	}
	writer_release(&w);
}

static void put_lists(void)
{
	const struct checkpoint cp = {.log = {{1}}, .size = 3, .root = {{2}}, .sig = {{3}}};
	struct msg_heads heads = {
	    .reason = HEADS_NEW, .upto = 9, .has_yours = true, .yours = cp, .count = 2};
	struct msg_want wants[2] = {{{{1}}, 0, 3}, {{{2}}, 5, 6}};
	struct msg_payload_want missing[2] = {{{{1}}, 0}, {{{2}}, 5}};
	struct writer w = {0};

	msg_heads_begin(&w, &heads);
	msg_heads_add(&w, &cp);
	msg_heads_add(&w, &cp);
	put(MSG_HEADS, "heads", &w);
	heads.has_yours = false;
	heads.count = 0;
	msg_heads_begin(&w, &heads);
	put(MSG_HEADS, "heads-none", &w);
	heads.has_yours = heads.is_as_told = true;
	msg_heads_begin(&w, &heads);
	put(MSG_HEADS, "heads-as-told", &w);
	heads.has_yours = heads.is_as_told = false;
	heads.count = 1;
	msg_heads_begin(&w, &heads);
	msg_heads_add(&w, &(struct checkpoint){.log = {{1}}});
	put(MSG_HEADS, "heads-empty-log", &w);
	heads.reason = (enum heads_reason)3;
	msg_heads_begin(&w, &heads);
	put(MSG_HEADS, "heads-reason", &w);
	heads.reason = HEADS_NEW;
	heads.count = MSG_HEADS_MAX + 1;
	msg_heads_begin(&w, &heads);
	for (unsigned i = 0; i <= MSG_HEADS_MAX; i++)
		mp_put_nil(&w);
	put(MSG_HEADS, "heads-many", &w);
	msg_want_encode(&w, wants, 2);
	put(MSG_WANT, "want", &w);
	wants[0].size = 0;
	msg_want_encode(&w, wants, 2);
	put(MSG_WANT, "want-backwards", &w);
	mp_put_array(&w, MSG_WANTS_MAX + 1);
	for (unsigned i = 0; i <= MSG_WANTS_MAX; i++)
		mp_put_nil(&w);
	put(MSG_WANT, "want-many", &w);
	msg_payload_want_encode(&w, missing, 2);
	put(MSG_PAYLOAD_WANT, "payload-want", &w);
	msg_payloads_begin(&w, 2);
	msg_payloads_add(
	    &w, &(struct msg_payload){{{1}}, 0, RECORD_PRESENT, BYTES_STR("salt and payload")});
	msg_payloads_add(&w, &(struct msg_payload){{{1}}, 1, RECORD_NOT_HELD, {0}});
	put(MSG_PAYLOADS, "payloads", &w);
	msg_payloads_begin(&w, 1);
	msg_payloads_add(&w, &(struct msg_payload){{{1}}, 0, 3, {0}});
	put(MSG_PAYLOADS, "payloads-state", &w);
	msg_have_encode(&w, &(struct msg_have){{{1}}, 7});
	put(MSG_HAVE, "have", &w);
	writer_release(&w);
}

static void put_evidence(void)
{
	struct hash network = {{7}};
	struct msg_evidence m = {0};
	struct writer w = {0};
	struct seckey sk;

	seal_sign_keypair(&m.log, &sk, (const uint8_t[32]){5});
	for (unsigned i = 0; i < 6; i++) {
		char name[32];

		m.a = (struct checkpoint){.log = m.log, .size = 3, .root = {{1}}};
		m.b = (struct checkpoint){.log = m.log, .size = 3, .root = {{i == 1 ? 1 : 2}}};
		m.proof_count = i >= 2 ? 3 : 0;
		m.proof[0].b[0] = i == 3 ? 1 : 9;
		if (i >= 2)
			m.b.size = i == 4 ? 2 : 5;
		fuzz_check(!checkpoint_sign(&m.a, &network, &sk));
		fuzz_check(!checkpoint_sign(&m.b, &network, &sk));
		if (i == 5)
			m.b.sig.b[0] ^= 1;
		msg_evidence_encode(&w, &m);
		snprintf(name, sizeof(name), "evidence-%u", i);
		put(MSG_EVIDENCE, name, &w);
	}
	/* The tree really grew, from another history than the first checkpoint's. */
	tree_node_hash(&m.b.root, &(struct hash){{1}}, &(struct hash){{2}});
	m.a.size = 1;
	m.b.size = 2;
	m.a.root = (struct hash){{3}};
	m.proof_count = 2;
	m.proof[0] = (struct hash){{1}};
	m.proof[1] = (struct hash){{2}};
	fuzz_check(!checkpoint_sign(&m.a, &network, &sk));
	fuzz_check(!checkpoint_sign(&m.b, &network, &sk));
	fuzz_check(!msg_evidence_verify(&m, &network));
	msg_evidence_encode(&w, &m);
	put(MSG_EVIDENCE, "evidence-proven", &w);
	writer_release(&w);
}

static void put_singles(void)
{
	const struct checkpoint cp = {.log = {{1}}, .size = 3, .root = {{2}}, .sig = {{3}}};
	struct msg_hello hello = {.has_log = true,
	    .log = {{1}},
	    .store_id = {2},
	    .roster_size = 3,
	    .has_cursor = true,
	    .cursor_arrival = 4,
	    .own_size = 5};
	struct hash buckets[BUCKET_COUNT] = {{{1}}};
	struct writer w = {0}, packed = {0};

	msg_intro_encode(&w, &(struct msg_intro){.roster_size = 3, .log = {{1}}});
	put(0, "intro", &w);
	msg_intro_encode(&w, &(struct msg_intro){.has_token = true, .token = {1}});
	put(0, "intro-token", &w);
	mp_put_array(&w, 2);
	mp_put_uint(&w, 1);
	mp_put_bin(&w, "x", 1);
	put(0, "intro-other", &w);
	msg_hello_encode(&w, &hello);
	put(MSG_HELLO, "hello", &w);
	hello = (struct msg_hello){.roster_size = 1};
	msg_hello_encode(&w, &hello);
	put(MSG_HELLO, "hello-first", &w);
	msg_open_want_encode(&w, &cp.log);
	put(MSG_OPEN_WANT, "open-want", &w);
	msg_open_encode(&w, &cp.log, BYTES_STR("a record"));
	put(MSG_OPEN, "open", &w);
	msg_open_encode(&w, &cp.log, (struct bytes){0});
	put(MSG_OPEN, "open-none", &w);
	msg_roster_encode(&w, &cp);
	put(MSG_ROSTER, "roster", &w);
	msg_roster_encode(&w, &(struct checkpoint){.log = {{1}}});
	put(MSG_ROSTER, "roster-none", &w);
	msg_push_encode(&w,
	    &(struct msg_push){.from = 2, .head = cp, .raw_size = 9, .packed = BYTES_STR("zz")});
	put(MSG_PUSH, "push", &w);
	msg_push_encode(&w, &(struct msg_push){.from = 3, .head = cp});
	put(MSG_PUSH, "push-none", &w);
	batch_pack(&packed, BYTES_STR("records"));
	msg_news_encode(&w, &(struct msg_news){.tails = {{cp, 1}, {cp, 2}},
				.count = 2,
				.packed = bytes_of(packed.data + 4, packed.size - 4)});
	put(MSG_NEWS, "news", &w);
	msg_news_encode(&w, &(struct msg_news){.tails = {{cp, 1}}, .count = 1});
	put(MSG_NEWS, "news-none", &w);
	writer_release(&packed);
	msg_digest_encode(&w, &(struct hash){{1}}, 7);
	put(MSG_DIGEST, "digest", &w);
	msg_buckets_encode(&w, buckets);
	put(MSG_BUCKETS, "buckets", &w);
	msg_join_encode(&w, &(struct msg_join){.token = {1},
				.record = BYTES_STR("a record"),
				.kind = BYTES_STR("commune"),
				.names = BYTES_STR("\x81\xa2"
						   "fr\xa5"
						   "Azrou"),
				.territory = BYTES_STR("05.591.01.01")});
	put(MSG_JOIN, "join", &w);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const states[] = {"pending", "refused", "whatever"};

		msg_joined_encode(&w, states[i], i ? "no such invite" : "");
		put(MSG_JOINED, states[i], &w);
	}
	msg_empty_encode(&w);
	put(MSG_TWINS, "twins", &w);
	msg_number_encode(&w, 7);
	put(MSG_PING, "ping", &w);
	msg_number_encode(&w, 1ull << 40);
	put(MSG_PONG, "pong", &w);
	msg_bye_encode(&w, "key is not in the roster");
	put(MSG_BYE, "bye", &w);
	mp_put_array(&w, 1);
	mp_put_cstr(&w, "\x1b[2J and \u202e");
	put(MSG_BYE, "bye-hostile", &w);
	mp_put_array(&w, 1);
	mp_put_str(
	    &w, BYTES_STR("a reason that goes on and on and on and on and on and on and on and "
			  "on and on and on and on and on and on and on and on and on and on and "
			  "on and on and on and on and on and on and on and on and on and on and"));
	put(MSG_BYE, "bye-long", &w);
	writer_release(&w);
}

static void put_proofs(void)
{
	struct msg_proof m = {.of = {.log = {{1}}, .from = 3, .size = 300}, .proof_count = 2};
	struct writer w = {0};

	msg_proof_want_encode(&w, &m.of);
	put(MSG_PROOF_WANT, "proof-want", &w);
	msg_proof_encode(&w, &m);
	put(MSG_PROOF, "proof", &w);
	m.proof_count = 0;
	msg_proof_encode(&w, &m);
	put(MSG_PROOF, "proof-none", &w);
	m.of.from = 300;
	msg_proof_want_encode(&w, &m.of);
	put(MSG_PROOF_WANT, "proof-want-backwards", &w);
	writer_release(&w);
}

void seeds_messages(void)
{
	put_proofs();
	put_singles();
	put_lists();
	put_evidence();
	for (uint8_t type = 0; type < MSG_TYPE_END; type++)
		put_wrong_types(type, type == MSG_HELLO ? 9 : 5);
	seed("msg", "name-of-none", BYTES_STR("\xff"));
}
