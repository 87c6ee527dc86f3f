/* A body of every message, and what reads it. */
#ifndef TESTS_PROTO_MSG_SAMPLES_H
#define TESTS_PROTO_MSG_SAMPLES_H

#include "tests/unit.h"

#include "proto/batch.h"
#include "proto/mp.h"
#include "proto/msg.h"

static const struct key key = {{1, 2, 3}};
static const struct checkpoint head = {
    .log = {{1, 2, 3}}, .size = 300, .root = {{4}}, .sig = {{5}}};

static inline void put_intro(struct writer *w)
{
	msg_intro_encode(w, &(struct msg_intro){.roster_size = 7, .log = key});
}

static inline enum err read_intro(struct bytes body)
{
	struct msg_intro m;
	enum err err = msg_intro_decode(&m, body);

	if (!err)
		assert_true(m.roster_size == 7 && !m.has_token && key_equal(&m.log, &key));
	return err;
}

static inline void put_hello(struct writer *w)
{
	msg_hello_encode(w, &(struct msg_hello){.has_log = true,
				.log = key,
				.store_id = {9},
				.roster_size = 70000,
				.digest = {{8}},
				.has_cursor = true,
				.cursor_store = {7},
				.cursor_arrival = 1234567,
				.own_size = 11,
				.own_root = {{6}},
				.upto = 77});
}

static inline enum err read_hello(struct bytes body)
{
	struct msg_hello m;
	enum err err = msg_hello_decode(&m, body);

	if (err)
		return err;
	assert_true(m.has_log && key_equal(&m.log, &key) && m.store_id[0] == 9);
	assert_true(m.roster_size == 70000 && m.digest.b[0] == 8 && m.has_cursor);
	assert_true(m.cursor_store[0] == 7 && m.cursor_arrival == 1234567);
	assert_true(m.own_size == 11 && m.own_root.b[0] == 6 && m.upto == 77);
	return err;
}

static inline void put_open_want(struct writer *w)
{
	msg_open_want_encode(w, &key);
}

static inline enum err read_open_want(struct bytes body)
{
	struct key out;
	enum err err = msg_open_want_decode(&out, body);

	if (!err)
		assert_true(key_equal(&out, &key));
	return err;
}

static inline void put_open(struct writer *w)
{
	msg_open_encode(w, &key, BYTES_STR("a record"));
}

static inline enum err read_open(struct bytes body)
{
	struct key out;
	struct bytes record;
	enum err err = msg_open_decode(&out, &record, body);

	if (!err)
		assert_text("a record", record);
	return err;
}

static inline bool same_head(const struct checkpoint *a)
{
	return a->size == head.size && hash_equal(&a->root, &head.root) &&
	       memcmp(a->sig.b, head.sig.b, SIG_SIZE) == 0;
}

static inline void put_roster(struct writer *w)
{
	msg_roster_encode(w, &head);
}

static inline enum err read_roster(struct bytes body)
{
	struct checkpoint out;
	enum err err = msg_roster_decode(&out, body);

	if (!err)
		assert_true(key_equal(&out.log, &key) && same_head(&out));
	return err;
}

static inline void put_heads(struct writer *w)
{
	msg_heads_begin(w, &(struct msg_heads){.reason = HEADS_BUCKETS,
			       .more = true,
			       .upto = 99,
			       .has_yours = true,
			       .yours = head,
			       .count = 3});
	for (unsigned i = 0; i < 3; i++)
		msg_heads_add(w, &head);
}

static inline enum err read_heads(struct bytes body)
{
	struct msg_heads m;
	struct checkpoint out;
	enum err err = msg_heads_decode(&m, body);
	unsigned count = 0;

	if (err)
		return err;
	assert_true(m.reason == HEADS_BUCKETS && m.more && m.upto == 99);
	assert_true(m.has_yours && same_head(&m.yours));
	while (msg_heads_next(&m, &out)) {
		assert_true(key_equal(&out.log, &key) && same_head(&out));
		count++;
	}
	if (!m.items.err)
		assert_int_equal(count, 3);
	return m.items.err;
}

static inline void put_want(struct writer *w)
{
	const struct msg_want wants[] = {{key, 0, 1}, {key, 5, 900}};

	msg_want_encode(w, wants, 2);
}

static inline enum err read_want(struct bytes body)
{
	struct msg_want out[MSG_WANTS_MAX];
	uint32_t count;
	enum err err = msg_want_decode(out, &count, body);

	if (!err)
		assert_true(count == 2 && out[1].from == 5 && out[1].size == 900 &&
			    key_equal(&out[1].log, &key));
	return err;
}

static inline void put_push(struct writer *w)
{
	msg_push_encode(
	    w, &(struct msg_push){
		   .from = 299, .head = head, .raw_size = 5, .packed = BYTES_STR("packed")});
}

static inline enum err read_push(struct bytes body)
{
	struct msg_push m;
	enum err err = msg_push_decode(&m, body);

	if (err)
		return err;
	assert_true(m.from == 299 && same_head(&m.head) && m.raw_size == 5);
	assert_true(key_equal(&m.head.log, &key));
	assert_text("packed", m.packed);
	return err;
}

static inline void put_have(struct writer *w)
{
	msg_have_encode(w, &(struct msg_have){key, 77});
}

static inline enum err read_have(struct bytes body)
{
	struct msg_have out[2];
	uint32_t count;
	enum err err = msg_have_decode(out, &count, 2, body);

	if (!err)
		assert_true(count == 1 && out[0].size == 77 && key_equal(&out[0].log, &key));
	return err;
}

static inline void put_digest(struct writer *w)
{
	msg_digest_encode(w, &(struct hash){{3}}, 5);
}

static inline enum err read_digest(struct bytes body)
{
	struct hash digest;
	uint64_t upto;
	enum err err = msg_digest_decode(&digest, &upto, body);

	if (!err)
		assert_true(digest.b[0] == 3 && upto == 5);
	return err;
}

static inline void put_buckets(struct writer *w)
{
	static struct hash buckets[BUCKET_COUNT];

	buckets[255].b[31] = 1;
	msg_buckets_encode(w, buckets);
}

static inline enum err read_buckets(struct bytes body)
{
	static struct hash out[BUCKET_COUNT];
	enum err err = msg_buckets_decode(out, body);

	if (!err)
		assert_int_equal(out[255].b[31], 1);
	return err;
}

static inline void put_payload_want(struct writer *w)
{
	msg_payload_want_encode(w, &(struct msg_payload_want){key, 6}, 1);
}

static inline enum err read_payload_want(struct bytes body)
{
	struct msg_payload_want out[MSG_WANTS_MAX];
	uint32_t count;
	enum err err = msg_payload_want_decode(out, &count, body);

	if (!err)
		assert_true(count == 1 && out[0].index == 6 && key_equal(&out[0].log, &key));
	return err;
}

static inline void put_payloads(struct writer *w)
{
	msg_payloads_begin(w, 1);
	msg_payloads_add(w,
	    &(struct msg_payload){.log = key, .index = 6, .state = 2, .rest = BYTES_STR("rest")});
}

static inline enum err read_payloads(struct bytes body)
{
	struct msg_payload out;
	struct reader items;
	uint32_t count;
	enum err err = msg_payloads_decode(&items, &count, body);

	for (uint32_t i = 0; !err && i < count; i++)
		if (!(err = msg_payloads_next(&items, &out))) {
			assert_true(key_equal(&out.log, &key) && out.index == 6 && out.state == 2);
			assert_text("rest", out.rest);
		}
	return err;
}

static inline void put_join(struct writer *w)
{
	msg_join_encode(w, &(struct msg_join){.token = {4},
			       .record = BYTES_STR("record"),
			       .kind = BYTES_STR("commune"),
			       .names = HEX("81 a2 6672 a1 78"),
			       .territory = BYTES_STR("05")});
}

static inline enum err read_join(struct bytes body)
{
	struct msg_join m;
	enum err err = msg_join_decode(&m, body);

	if (err)
		return err;
	assert_int_equal(m.token[0], 4);
	assert_text("record", m.record);
	assert_text("commune", m.kind);
	assert_bytes(HEX("81 a2 6672 a1 78"), m.names);
	assert_text("05", m.territory);
	return err;
}

static inline void put_joined(struct writer *w)
{
	msg_joined_encode(w, "refused", "because");
}

static inline enum err read_joined(struct bytes body)
{
	struct bytes state, reason;
	enum err err = msg_joined_decode(&state, &reason, body);

	if (err)
		return err;
	assert_text("refused", state);
	assert_text("because", reason);
	return err;
}

static inline void put_evidence(struct writer *w)
{
	struct msg_evidence m = {.log = key, .a = head, .b = head, .proof_count = 2};

	m.proof[1].b[0] = 0x44;
	msg_evidence_encode(w, &m);
}

static inline void put_proof_want(struct writer *w)
{
	msg_proof_want_encode(w, &(struct msg_proof_want){.log = key, .from = 3, .size = 9});
}

static inline enum err read_proof_want(struct bytes body)
{
	struct msg_proof_want m;
	enum err err = msg_proof_want_decode(&m, body);

	if (!err)
		assert_true(key_equal(&m.log, &key) && m.from == 3 && m.size == 9);
	return err;
}

static inline void put_proof(struct writer *w)
{
	struct msg_proof m = {.of = {.log = key, .from = 3, .size = 9}, .proof_count = 2};

	m.proof[1].b[0] = 0x45;
	msg_proof_encode(w, &m);
}

static inline enum err read_proof(struct bytes body)
{
	struct msg_proof m;
	enum err err = msg_proof_decode(&m, body);

	if (err)
		return err;
	assert_true(key_equal(&m.of.log, &key) && m.of.from == 3 && m.of.size == 9);
	assert_true(m.proof_count == 2 && m.proof[1].b[0] == 0x45);
	return err;
}

static inline enum err read_evidence(struct bytes body)
{
	struct msg_evidence m;
	enum err err = msg_evidence_decode(&m, body);

	if (err)
		return err;
	assert_true(key_equal(&m.log, &key) && same_head(&m.a) && same_head(&m.b));
	assert_true(key_equal(&m.a.log, &key) && key_equal(&m.b.log, &key));
	assert_true(m.proof_count == 2 && m.proof[1].b[0] == 0x44);
	return err;
}

static inline void put_number(struct writer *w)
{
	msg_number_encode(w, 1ull << 50);
}

static inline enum err read_number(struct bytes body)
{
	uint64_t number;
	enum err err = msg_number_decode(&number, body);

	if (!err)
		assert_int_equal(number, 1ull << 50);
	return err;
}

static struct writer news_frame; /* u32 raw size, zstd frame */

static inline struct bytes news_of(size_t raw_size)
{
	struct writer raw = {0};

	memset(writer_grow(&raw, raw_size), 7, raw_size);
	writer_clear(&news_frame);
	batch_pack(&news_frame, writer_view(&raw));
	writer_release(&raw);
	assert_ok(news_frame.err);
	return bytes_of(news_frame.data + 4, news_frame.size - 4);
}

static inline void put_news(struct writer *w)
{
	struct msg_news m = {.count = 2, .packed = news_of(90)};

	m.tails[0] = (struct msg_tail){.head = head, .count = 3};
	m.tails[1] = (struct msg_tail){.head = head, .count = (uint32_t)head.size};
	msg_news_encode(w, &m);
}

static inline enum err read_news(struct bytes body)
{
	static const struct hash none;
	struct msg_news m;
	enum err err = msg_news_decode(&m, body);

	if (err)
		return err;
	assert_true(m.count == 2 && m.tails[0].count == 3 && m.tails[1].count == head.size);
	assert_true(key_equal(&m.tails[1].head.log, &key) && m.tails[1].head.size == head.size);
	assert_memory_equal(m.tails[1].head.sig.b, head.sig.b, SIG_SIZE);
	assert_true(hash_equal(&m.tails[1].head.root, &none)); /* not told */
	assert_int_equal(m.raw_size, 90);
	return err;
}

static inline void put_bye(struct writer *w)
{
	msg_bye_encode(w, "so long");
}

static inline enum err read_bye(struct bytes body)
{
	char reason[MSG_REASON_MAX + 1];
	enum err err = msg_bye_decode(reason, body);

	if (!err)
		assert_string_equal(reason, "so long");
	return err;
}

/* Arrays that may grow, the type of each element being fixed. */
static const struct sample {
	const char *name;
	void (*put)(struct writer *w);
	enum err (*read)(struct bytes body);
} messages[] = {
    {"intro", put_intro, read_intro},
    {"HELLO", put_hello, read_hello},
    {"OPEN_WANT", put_open_want, read_open_want},
    {"OPEN", put_open, read_open},
    {"ROSTER", put_roster, read_roster},
    {"HEADS", put_heads, read_heads},
    {"PUSH", put_push, read_push},
    {"DIGEST", put_digest, read_digest},
    {"BUCKETS", put_buckets, read_buckets},
    {"JOIN", put_join, read_join},
    {"JOINED", put_joined, read_joined},
    {"EVIDENCE", put_evidence, read_evidence},
    {"PROOF_WANT", put_proof_want, read_proof_want},
    {"PROOF", put_proof, read_proof},
    {"NEWS", put_news, read_news},
    {"PING", put_number, read_number},
    {"BYE", put_bye, read_bye},
};

/* Lists of arrays. */
static const struct sample lists[] = {
    {"WANT", put_want, read_want},
    {"HAVE", put_have, read_have},
    {"PAYLOAD_WANT", put_payload_want, read_payload_want},
    {"PAYLOADS", put_payloads, read_payloads},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ELEMENTS_MAX 16
struct elements {
	struct bytes at[ELEMENTS_MAX];
	uint32_t count;
};

static inline void take_apart(struct elements *out, struct bytes body)
{
	struct reader r;

	reader_init(&r, body);
	out->count = mp_array(&r);
	assert_true(out->count <= ELEMENTS_MAX);
	for (uint32_t i = 0; i < out->count; i++)
		out->at[i] = mp_raw(&r);
	assert_ok(reader_end(&r));
}

static inline void put_together(struct writer *w, const struct elements *e)
{
	writer_clear(w);
	mp_put_array(w, e->count);
	for (uint32_t i = 0; i < e->count; i++)
		writer_bytes(w, e->at[i]);
}

static inline void expect(
    const char *name, enum err expected, enum err actual, const char *what, uint32_t i)
{
	if (expected != actual)
		fail_msg("%s, %s %u: %s instead of %s", name, what, i, err_name(actual),
		    err_name(expected));
}

#endif
