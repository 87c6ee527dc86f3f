/* Every message of PROTOCOL.md section 8: what is written is read, and each of its parts, bent, is
 * refused for what is wrong with it. */
#include "tests/unit.h"

#include "proto/batch.h"
#include "proto/mp.h"
#include "proto/batch.h"
#include "proto/msg.h"

static const struct key key = {{1, 2, 3}};
static const struct checkpoint head = {
    .log = {{1, 2, 3}}, .size = 300, .root = {{4}}, .sig = {{5}}};

/* --- bodies and their readers ---------------------------------------------------------------- */

static void put_intro(struct writer *w)
{
	msg_intro_encode(w, &(struct msg_intro){.roster_size = 7, .log = key});
}

static enum err read_intro(struct bytes body)
{
	struct msg_intro m;
	enum err err = msg_intro_decode(&m, body);

	if (!err)
		assert_true(m.roster_size == 7 && !m.has_token && key_equal(&m.log, &key));
	return err;
}

static void put_hello(struct writer *w)
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

static enum err read_hello(struct bytes body)
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

static void put_open_want(struct writer *w)
{
	msg_open_want_encode(w, &key);
}

static enum err read_open_want(struct bytes body)
{
	struct key out;
	enum err err = msg_open_want_decode(&out, body);

	if (!err)
		assert_true(key_equal(&out, &key));
	return err;
}

static void put_open(struct writer *w)
{
	msg_open_encode(w, &key, BYTES_STR("a record"));
}

static enum err read_open(struct bytes body)
{
	struct key out;
	struct bytes record;
	enum err err = msg_open_decode(&out, &record, body);

	if (!err)
		assert_text("a record", record);
	return err;
}

static bool same_head(const struct checkpoint *a)
{
	return a->size == head.size && hash_equal(&a->root, &head.root) &&
	       memcmp(a->sig.b, head.sig.b, SIG_SIZE) == 0;
}

static void put_roster(struct writer *w)
{
	msg_roster_encode(w, &head);
}

static enum err read_roster(struct bytes body)
{
	struct checkpoint out;
	enum err err = msg_roster_decode(&out, body);

	if (!err)
		assert_true(key_equal(&out.log, &key) && same_head(&out));
	return err;
}

static void put_heads(struct writer *w)
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

static enum err read_heads(struct bytes body)
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

static void put_want(struct writer *w)
{
	const struct msg_want wants[] = {{key, 0, 1}, {key, 5, 900}};

	msg_want_encode(w, wants, 2);
}

static enum err read_want(struct bytes body)
{
	struct msg_want out[MSG_WANTS_MAX];
	uint32_t count;
	enum err err = msg_want_decode(out, &count, body);

	if (!err)
		assert_true(count == 2 && out[1].from == 5 && out[1].size == 900 &&
			    key_equal(&out[1].log, &key));
	return err;
}

static void put_push(struct writer *w)
{
	msg_push_encode(
	    w, &(struct msg_push){
		   .from = 299, .head = head, .raw_size = 5, .packed = BYTES_STR("packed")});
}

static enum err read_push(struct bytes body)
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

static void put_have(struct writer *w)
{
	msg_have_encode(w, &(struct msg_have){key, 77});
}

static enum err read_have(struct bytes body)
{
	struct msg_have out[2];
	uint32_t count;
	enum err err = msg_have_decode(out, &count, 2, body);

	if (!err)
		assert_true(count == 1 && out[0].size == 77 && key_equal(&out[0].log, &key));
	return err;
}

static void put_digest(struct writer *w)
{
	msg_digest_encode(w, &(struct hash){{3}}, 5);
}

static enum err read_digest(struct bytes body)
{
	struct hash digest;
	uint64_t upto;
	enum err err = msg_digest_decode(&digest, &upto, body);

	if (!err)
		assert_true(digest.b[0] == 3 && upto == 5);
	return err;
}

static void put_buckets(struct writer *w)
{
	static struct hash buckets[BUCKET_COUNT];

	buckets[255].b[31] = 1;
	msg_buckets_encode(w, buckets);
}

static enum err read_buckets(struct bytes body)
{
	static struct hash out[BUCKET_COUNT];
	enum err err = msg_buckets_decode(out, body);

	if (!err)
		assert_int_equal(out[255].b[31], 1);
	return err;
}

static void put_payload_want(struct writer *w)
{
	msg_payload_want_encode(w, &(struct msg_payload_want){key, 6}, 1);
}

static enum err read_payload_want(struct bytes body)
{
	struct msg_payload_want out[MSG_WANTS_MAX];
	uint32_t count;
	enum err err = msg_payload_want_decode(out, &count, body);

	if (!err)
		assert_true(count == 1 && out[0].index == 6 && key_equal(&out[0].log, &key));
	return err;
}

static void put_payloads(struct writer *w)
{
	msg_payloads_begin(w, 1);
	msg_payloads_add(w,
	    &(struct msg_payload){.log = key, .index = 6, .state = 2, .rest = BYTES_STR("rest")});
}

static enum err read_payloads(struct bytes body)
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

static void put_join(struct writer *w)
{
	msg_join_encode(w, &(struct msg_join){.token = {4},
			       .record = BYTES_STR("record"),
			       .kind = BYTES_STR("commune"),
			       .names = HEX("81 a2 6672 a1 78"),
			       .territory = BYTES_STR("05")});
}

static enum err read_join(struct bytes body)
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

static void put_joined(struct writer *w)
{
	msg_joined_encode(w, "refused", "because");
}

static enum err read_joined(struct bytes body)
{
	struct bytes state, reason;
	enum err err = msg_joined_decode(&state, &reason, body);

	if (err)
		return err;
	assert_text("refused", state);
	assert_text("because", reason);
	return err;
}

static void put_evidence(struct writer *w)
{
	struct msg_evidence m = {.log = key, .a = head, .b = head, .proof_count = 2};

	m.proof[1].b[0] = 0x44;
	msg_evidence_encode(w, &m);
}

static void put_proof_want(struct writer *w)
{
	msg_proof_want_encode(w, &(struct msg_proof_want){.log = key, .from = 3, .size = 9});
}

static enum err read_proof_want(struct bytes body)
{
	struct msg_proof_want m;
	enum err err = msg_proof_want_decode(&m, body);

	if (!err)
		assert_true(key_equal(&m.log, &key) && m.from == 3 && m.size == 9);
	return err;
}

static void put_proof(struct writer *w)
{
	struct msg_proof m = {.of = {.log = key, .from = 3, .size = 9}, .proof_count = 2};

	m.proof[1].b[0] = 0x45;
	msg_proof_encode(w, &m);
}

static enum err read_proof(struct bytes body)
{
	struct msg_proof m;
	enum err err = msg_proof_decode(&m, body);

	if (err)
		return err;
	assert_true(key_equal(&m.of.log, &key) && m.of.from == 3 && m.of.size == 9);
	assert_true(m.proof_count == 2 && m.proof[1].b[0] == 0x45);
	return err;
}

static enum err read_evidence(struct bytes body)
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

static void put_number(struct writer *w)
{
	msg_number_encode(w, 1ull << 50);
}

static enum err read_number(struct bytes body)
{
	uint64_t number;
	enum err err = msg_number_decode(&number, body);

	if (!err)
		assert_int_equal(number, 1ull << 50);
	return err;
}

static struct writer news_frame; /* u32 raw size, zstd frame */

static struct bytes news_of(size_t raw_size)
{
	struct writer raw = {0};

	memset(writer_grow(&raw, raw_size), 7, raw_size);
	writer_clear(&news_frame);
	batch_pack(&news_frame, writer_view(&raw));
	writer_release(&raw);
	assert_ok(news_frame.err);
	return bytes_of(news_frame.data + 4, news_frame.size - 4);
}

static void put_news(struct writer *w)
{
	struct msg_news m = {.count = 2, .packed = news_of(90)};

	m.tails[0] = (struct msg_tail){.head = head, .count = 3};
	m.tails[1] = (struct msg_tail){.head = head, .count = (uint32_t)head.size};
	msg_news_encode(w, &m);
}

static enum err read_news(struct bytes body)
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

static void put_bye(struct writer *w)
{
	msg_bye_encode(w, "so long");
}

static enum err read_bye(struct bytes body)
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

/* --- bending --------------------------------------------------------------------------------- */

#define ELEMENTS_MAX 16
struct elements {
	struct bytes at[ELEMENTS_MAX];
	uint32_t count;
};

static void take_apart(struct elements *out, struct bytes body)
{
	struct reader r;

	reader_init(&r, body);
	out->count = mp_array(&r);
	assert_true(out->count <= ELEMENTS_MAX);
	for (uint32_t i = 0; i < out->count; i++)
		out->at[i] = mp_raw(&r);
	assert_ok(reader_end(&r));
}

static void put_together(struct writer *w, const struct elements *e)
{
	writer_clear(w);
	mp_put_array(w, e->count);
	for (uint32_t i = 0; i < e->count; i++)
		writer_bytes(w, e->at[i]);
}

static void expect(
    const char *name, enum err expected, enum err actual, const char *what, uint32_t i)
{
	if (expected != actual)
		fail_msg("%s, %s %u: %s instead of %s", name, what, i, err_name(actual),
		    err_name(expected));
}

/* As a whole: cut short, followed by something, no array at all. */
static void bend_whole(const struct sample *m, struct bytes body)
{
	struct writer longer = {0};

	expect(m->name, ERR_NONE, m->read(body), "as written", 0);
	for (size_t size = 0; size < body.size; size += 1 + body.size / 40)
		expect(m->name, ERR_SHORT, m->read(bytes_of(body.data, size)), "cut to",
		    (uint32_t)size);
	writer_bytes(&longer, body);
	writer_u8(&longer, 0xc0);
	expect(m->name, ERR_TRAILING, m->read(writer_view(&longer)), "with a tail", 0);
	expect(m->name, ERR_TYPE, m->read(HEX("80")), "a map", 0);
	expect(m->name, ERR_TYPE, m->read(HEX("05")), "an integer", 0);
	expect(m->name, ERR_ENCODING, m->read(HEX("dc0000")), "a long form", 0);
	writer_release(&longer);
}

static void what_is_written_is_read(void **state)
{
	struct writer w = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		writer_clear(&w);
		messages[i].put(&w);
		assert_ok(w.err);
		bend_whole(&messages[i], writer_view(&w));
	}
	for (size_t i = 0; i < COUNT(lists); i++) {
		writer_clear(&w);
		lists[i].put(&w);
		bend_whole(&lists[i], writer_view(&w));
	}
	writer_release(&w);
}

static void an_array_may_grow_but_not_shrink(void **state)
{
	struct writer w = {0}, bent = {0};
	struct elements e;

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		const struct sample *m = &messages[i];
		writer_clear(&w);
		m->put(&w);
		take_apart(&e, writer_view(&w));
		e.count--;
		put_together(&bent, &e);
		expect(
		    m->name, ERR_FORMAT, m->read(writer_view(&bent)), "without element", e.count);
		e.count++;
		e.at[e.count++] = HEX("c400");
		e.at[e.count++] = HEX("93 01 02 03");
		put_together(&bent, &e);
		expect(m->name, ERR_NONE, m->read(writer_view(&bent)), "with two more than",
		    e.count - 2);
	}
	writer_release(&w);
	writer_release(&bent);
}

static void each_element_has_its_type(void **state)
{
	struct writer w = {0}, bent = {0};
	struct elements e;

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		const struct sample *m = &messages[i];
		writer_clear(&w);
		m->put(&w);
		take_apart(&e, writer_view(&w));
		for (uint32_t j = 0; j < e.count; j++) {
			struct bytes honest = e.at[j];
			bool is_bool = honest.data[0] == 0xc2 || honest.data[0] == 0xc3;
			e.at[j] = is_bool ? HEX("01") : HEX("c3");
			put_together(&bent, &e);
			expect(
			    m->name, ERR_TYPE, m->read(writer_view(&bent)), "another type of", j);
			e.at[j] = honest;
		}
	}
	writer_release(&w);
	writer_release(&bent);
}

/* Every item of a list is an array of a fixed number of elements of fixed types. */
static void each_item_of_a_list_is_judged(void **state)
{
	struct writer w = {0}, item = {0}, bent = {0};
	struct elements list, e;

	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		const struct sample *m = &lists[i];
		writer_clear(&w);
		m->put(&w);
		take_apart(&list, writer_view(&w));
		struct bytes last = list.at[list.count - 1];
		take_apart(&e, last);
		for (uint32_t j = 0; j < e.count; j++) {
			struct bytes honest = e.at[j];
			e.at[j] = HEX("c3");
			put_together(&item, &e);
			list.at[list.count - 1] = writer_view(&item);
			put_together(&bent, &list);
			expect(
			    m->name, ERR_TYPE, m->read(writer_view(&bent)), "another type of", j);
			e.at[j] = honest;
		}
		for (int more = -1; more <= 1; more += 2) {
			take_apart(&e, last);
			e.at[e.count] = HEX("c0");
			e.count = (uint32_t)((int)e.count + more);
			put_together(&item, &e);
			list.at[list.count - 1] = writer_view(&item);
			put_together(&bent, &list);
			expect(
			    m->name, ERR_FORMAT, m->read(writer_view(&bent)), "elements", e.count);
		}
		list.at[list.count - 1] = HEX("c3");
		put_together(&bent, &list);
		expect(m->name, ERR_TYPE, m->read(writer_view(&bent)), "no array at", 0);
	}
	writer_release(&w);
	writer_release(&item);
	writer_release(&bent);
}

/* --- bounds of single elements --------------------------------------------------------------- */

/* The message with element i replaced. */
static enum err with(size_t message, uint32_t i, struct bytes element)
{
	struct writer w = {0}, bent = {0};
	struct elements e;
	enum err err;

	messages[message].put(&w);
	take_apart(&e, writer_view(&w));
	assert_true(i < e.count);
	e.at[i] = element;
	put_together(&bent, &e);
	err = messages[message].read(writer_view(&bent));
	writer_release(&w);
	writer_release(&bent);
	return err;
}

static size_t named(const char *name)
{
	size_t i = 0;

	while (strcmp(messages[i].name, name) != 0)
		i++;
	return i;
}

static struct bytes bin_of(struct writer *w, size_t size)
{
	static const uint8_t zeros[20000];

	assert_true(size <= sizeof(zeros));
	writer_clear(w);
	mp_put_bin(w, zeros, size);
	return writer_view(w);
}

static struct bytes str_of(struct writer *w, size_t size)
{
	static char text[20000];

	memset(text, 'x', sizeof(text));
	writer_clear(w);
	mp_put_str(w, bytes_of(text, size));
	return writer_view(w);
}

static void fixed_bins_have_their_size(void **state)
{
	static const struct {
		const char *name;
		uint32_t element;
		size_t size;
	} bins[] = {{"intro", 1, 32}, {"HELLO", 1, 32}, {"HELLO", 2, 16}, {"HELLO", 4, 32},
	    {"HELLO", 5, 16}, {"HELLO", 8, 32}, {"OPEN_WANT", 0, 32}, {"OPEN", 0, 32},
	    {"ROSTER", 0, 32}, {"PUSH", 0, 32}, {"DIGEST", 0, 32}, {"BUCKETS", 0, 8192},
	    {"JOIN", 0, 16}, {"EVIDENCE", 0, 32}, {"PROOF_WANT", 0, 32}, {"PROOF", 0, 32}};
	struct writer w = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(bins); i++) {
		size_t m = named(bins[i].name);
		expect(bins[i].name, ERR_FORMAT,
		    with(m, bins[i].element, bin_of(&w, bins[i].size - 1)), "a short bin at",
		    bins[i].element);
		expect(bins[i].name, ERR_FORMAT,
		    with(m, bins[i].element, bin_of(&w, bins[i].size + 1)), "a long bin at",
		    bins[i].element);
	}
	writer_release(&w);
}

static void a_hello_is_of_this_version_and_consistent(void **state)
{
	struct msg_hello in = {.roster_size = 1}, out;
	struct writer w = {0};

	(void)state;
	assert_err(ERR_FORMAT, with(named("HELLO"), 0, HEX("00")));
	assert_err(ERR_FORMAT, with(named("HELLO"), 0, HEX("02")));
	assert_err(ERR_FORMAT, with(named("HELLO"), 7, HEX("00"))); /* and a root all the same */
	assert_err(ERR_FORMAT, with(named("HELLO"), 8, HEX("c400")));
	msg_hello_encode(&w, &in); /* the other form of each optional part */
	assert_ok(msg_hello_decode(&out, writer_view(&w)));
	assert_false(out.has_log || out.has_cursor);
	assert_int_equal(out.own_size, 0);
	writer_release(&w);
}

static void an_introduction_is_a_log_or_a_token(void **state)
{
	struct msg_intro in = {.roster_size = 3, .has_token = true, .token = {5}}, out;
	struct writer w = {0};

	(void)state;
	msg_intro_encode(&w, &in);
	assert_ok(msg_intro_decode(&out, writer_view(&w)));
	assert_true(out.has_token && out.token[0] == 5 && out.roster_size == 3);
	assert_err(ERR_FORMAT, with(named("intro"), 1, bin_of(&w, 0)));
	assert_err(ERR_FORMAT, with(named("intro"), 1, bin_of(&w, 17)));
	writer_release(&w);
}

static void heads_are_bounded(void **state)
{
	struct msg_heads m = {.reason = HEADS_CHANGED, .count = MSG_HEADS_MAX}, out;
	struct checkpoint next, empty = head;
	struct writer w = {0};
	uint32_t count = 0;

	(void)state;
	msg_heads_begin(&w, &m);
	for (uint32_t i = 0; i < m.count; i++)
		msg_heads_add(&w, &head);
	assert_ok(msg_heads_decode(&out, writer_view(&w)));
	assert_false(out.has_yours);
	while (msg_heads_next(&out, &next))
		count++;
	assert_int_equal(count, MSG_HEADS_MAX);
	assert_ok(out.items.err);
	writer_clear(&w);
	m.count++;
	msg_heads_begin(&w, &m);
	for (uint32_t i = 0; i < m.count; i++)
		msg_heads_add(&w, &head);
	assert_err(ERR_LIMIT, msg_heads_decode(&out, writer_view(&w)));
	assert_err(ERR_FORMAT, with(named("HEADS"), 0, HEX("03")));
	assert_err(ERR_TYPE, with(named("HEADS"), 0, HEX("ff")));
	assert_err(ERR_FORMAT, with(named("HEADS"), 3, HEX("91 01")));
	writer_clear(&w);
	m = (struct msg_heads){.has_yours = true, .is_as_told = true};
	msg_heads_begin(&w, &m);
	assert_ok(msg_heads_decode(&out, writer_view(&w)));
	assert_true(out.has_yours && out.is_as_told && out.yours.size == 0);
	m = (struct msg_heads){.reason = HEADS_CHANGED, .count = MSG_HEADS_MAX};
	writer_clear(&w);
	empty.size = 0; /* a checkpoint of size 0 is never made */
	m.count = 1;
	msg_heads_begin(&w, &m);
	msg_heads_add(&w, &empty);
	assert_ok(msg_heads_decode(&out, writer_view(&w)));
	assert_false(msg_heads_next(&out, &next));
	assert_err(ERR_FORMAT, out.items.err);
	writer_clear(&w);
	msg_roster_encode(&w, &empty);
	assert_err(ERR_FORMAT, msg_roster_decode(&next, writer_view(&w)));
	writer_release(&w);
}

static void lists_are_bounded(void **state)
{
	static struct msg_want wants[MSG_WANTS_MAX + 1], out[MSG_WANTS_MAX];
	static struct msg_payload_want asked[MSG_WANTS_MAX + 1], got[MSG_WANTS_MAX];
	struct msg_have have[3];
	struct writer w = {0};
	struct reader items;
	uint32_t count;

	(void)state;
	for (unsigned i = 0; i <= MSG_WANTS_MAX; i++)
		wants[i].size = 1;
	msg_want_encode(&w, wants, MSG_WANTS_MAX);
	assert_ok(msg_want_decode(out, &count, writer_view(&w)));
	assert_int_equal(count, MSG_WANTS_MAX);
	writer_clear(&w);
	msg_want_encode(&w, wants, MSG_WANTS_MAX + 1);
	assert_err(ERR_LIMIT, msg_want_decode(out, &count, writer_view(&w)));
	writer_clear(&w);
	msg_payload_want_encode(&w, asked, MSG_WANTS_MAX);
	assert_ok(msg_payload_want_decode(got, &count, writer_view(&w)));
	writer_clear(&w);
	msg_payload_want_encode(&w, asked, MSG_WANTS_MAX + 1);
	assert_err(ERR_LIMIT, msg_payload_want_decode(got, &count, writer_view(&w)));
	writer_clear(&w);
	msg_payloads_begin(&w, MSG_WANTS_MAX + 1);
	for (unsigned i = 0; i <= MSG_WANTS_MAX; i++)
		msg_payloads_add(&w, &(struct msg_payload){.state = 2});
	assert_err(ERR_LIMIT, msg_payloads_decode(&items, &count, writer_view(&w)));
	assert_err(ERR_LIMIT,
	    msg_have_decode(have, &count, 1, HEX("92 92 c400 01 92 c400 01"))); /* two, not one */
	writer_release(&w);
}

static void a_want_asks_for_something(void **state)
{
	struct msg_want wants[] = {{key, 5, 5}}, out[MSG_WANTS_MAX];
	struct writer w = {0};
	uint32_t count;

	(void)state;
	msg_want_encode(&w, wants, 1);
	assert_err(ERR_FORMAT, msg_want_decode(out, &count, writer_view(&w)));
	wants[0].from = 6;
	writer_clear(&w);
	msg_want_encode(&w, wants, 1);
	assert_err(ERR_FORMAT, msg_want_decode(out, &count, writer_view(&w)));
	writer_release(&w);
	assert_err(ERR_FORMAT, with(named("PUSH"), 1, HEX("cd012c"))); /* from 300 to 300 */
	assert_err(ERR_FORMAT, with(named("PUSH"), 3, HEX("cf0000000100000000")));
}

static enum err news_refused(const struct msg_news *m)
{
	struct msg_news out;
	struct writer w = {0};
	enum err err;

	msg_news_encode(&w, m);
	err = msg_news_decode(&out, writer_view(&w));
	writer_release(&w);
	return err;
}

static void news_are_little(void **state)
{
	struct msg_news m = {.count = 1, .packed = news_of(NEWS_RAW_MAX)};

	(void)state;
	for (unsigned i = 0; i < NEWS_LOGS_MAX; i++)
		m.tails[i] = (struct msg_tail){.head = head, .count = 1};
	m.count = NEWS_LOGS_MAX;
	assert_ok(news_refused(&m));
	m.packed = news_of(NEWS_RAW_MAX + 1);
	assert_err(ERR_LIMIT, news_refused(&m));
	m.packed = bytes_of(m.packed.data, 1);
	assert_err(ERR_FORMAT, news_refused(&m)); /* no frame */
	m.packed = (struct bytes){0};
	assert_err(ERR_FORMAT, news_refused(&m));
	m.packed = news_of(9);
	m.count = 0;
	assert_err(ERR_FORMAT, news_refused(&m));
	m.count = 1;
	m.tails[0].count = 0;
	assert_err(ERR_FORMAT, news_refused(&m));
	m.tails[0].count = (uint32_t)head.size + 1; /* more than there are */
	assert_err(ERR_FORMAT, news_refused(&m));
	m.tails[0].head.size = m.tails[0].count = NEWS_RAW_MAX + 1;
	assert_err(ERR_LIMIT, news_refused(&m));
	assert_err(ERR_LIMIT, with(named("NEWS"), 0, HEX("99 01 01 01 01 01 01 01 01 01")));
}

static void a_payload_has_one_of_three_states(void **state)
{
	struct msg_payload m = {.state = 3}, out;
	struct writer w = {0};
	struct reader items;
	uint32_t count;

	(void)state;
	for (m.state = 0; m.state <= 3; m.state++) {
		writer_clear(&w);
		msg_payloads_begin(&w, 1);
		msg_payloads_add(&w, &m);
		assert_ok(msg_payloads_decode(&items, &count, writer_view(&w)));
		assert_err(m.state < 3 ? ERR_NONE : ERR_FORMAT, msg_payloads_next(&items, &out));
	}
	writer_release(&w);
}

static void a_request_to_join_is_small(void **state)
{
	struct writer w = {0}, names = {0};

	(void)state;
	assert_err(ERR_LIMIT, with(named("JOIN"), 1, bin_of(&w, MSG_OPEN_MAX + 1)));
	mp_put_map(&names, 1);
	mp_put_cstr(&names, "fr");
	str_of(&w, MSG_NAMES_MAX);
	writer_bytes(&names, writer_view(&w));
	assert_err(ERR_LIMIT, with(named("JOIN"), 3, writer_view(&names)));
	assert_err(ERR_LIMIT, with(named("JOIN"), 4, str_of(&w, ROSTER_TERRITORY_MAX + 1)));
	assert_err(ERR_FORMAT, with(named("JOINED"), 0, str_of(&w, 7)));
	assert_err(ERR_LIMIT, with(named("JOINED"), 1, str_of(&w, MSG_REASON_MAX + 1)));
	writer_release(&names);
	writer_release(&w);
}

static void a_proof_is_whole_hashes_and_bounded(void **state)
{
	struct msg_evidence out;
	struct writer w = {0}, body = {0};

	(void)state;
	assert_err(ERR_FORMAT, with(named("EVIDENCE"), 3, bin_of(&w, 31)));
	assert_err(
	    ERR_LIMIT, with(named("EVIDENCE"), 3, bin_of(&w, (TREE_PROOF_MAX + 2) * HASH_SIZE)));
	assert_err(ERR_FORMAT, with(named("PROOF"), 3, bin_of(&w, 31)));
	assert_err(
	    ERR_LIMIT, with(named("PROOF"), 3, bin_of(&w, (TREE_PROOF_MAX + 2) * HASH_SIZE)));
	assert_err(ERR_FORMAT, with(named("PROOF_WANT"), 1, HEX("09"))); /* from 9 to 9 */
	assert_err(ERR_FORMAT, with(named("PROOF_WANT"), 1, HEX("00")));
	assert_err(ERR_FORMAT, with(named("PROOF"), 2, HEX("03")));
	struct msg_evidence in = {.log = key, .a = head, .b = head, .open = BYTES_STR("open")};
	in.proof_count = TREE_PROOF_MAX + 1;
	msg_evidence_encode(&body, &in);
	assert_ok(msg_evidence_decode(&out, writer_view(&body)));
	assert_int_equal(out.proof_count, TREE_PROOF_MAX + 1);
	assert_text("open", out.open);
	writer_release(&w);
	writer_release(&body);
}

static void a_goodbye_is_short_and_harmless(void **state)
{
	char reason[MSG_REASON_MAX + 1], room[MSG_REASON_MAX + 2];
	struct writer w = {0};

	(void)state;
	memset(room, 'x', sizeof(room));
	room[MSG_REASON_MAX] = '\0';
	msg_bye_encode(&w, room);
	assert_ok(msg_bye_decode(reason, writer_view(&w)));
	assert_string_equal(reason, room);
	assert_err(ERR_LIMIT, with(named("BYE"), 0, str_of(&w, MSG_REASON_MAX + 1)));
	writer_clear(&w);
	msg_bye_encode(&w, "\x1b[2J red\n\xc3\xa9");
	assert_ok(msg_bye_decode(reason, writer_view(&w)));
	assert_string_equal(reason, "?[2J red???");
	writer_release(&w);
}

static void an_empty_body_is_an_empty_array(void **state)
{
	(void)state;
	assert_ok(msg_empty_decode(HEX("90")));
	assert_ok(msg_empty_decode(HEX("91 c0"))); /* grown */
	assert_err(ERR_SHORT, msg_empty_decode((struct bytes){0}));
	assert_err(ERR_TYPE, msg_empty_decode(HEX("80")));
	assert_err(ERR_TRAILING, msg_empty_decode(HEX("9090")));
}

/* --- the table of the protocol --------------------------------------------------------------- */

/* Rows of section 8: | number | NAME g | body | */
static unsigned check_row(const char *line)
{
	unsigned number;
	char name[32], flag[4];

	if (sscanf(line, "| %u | %31[A-Z_] %3[g|]", &number, name, flag) != 3)
		return 0;
	assert_in_range(number, 1, MSG_TYPE_END - 1);
	assert_string_equal(msg_name((uint8_t)number), name);
	if (msg_is_for_guests((uint8_t)number) != (flag[0] == 'g'))
		fail_msg("%s: %s", name, flag);
	return number;
}

static void names_numbers_and_guests_are_those_of_the_protocol(void **state)
{
	FILE *f = fopen("proto/PROTOCOL.md", "r");
	char line[2000];
	unsigned last = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned number = check_row(line);
		if (number == 0)
			continue;
		assert_int_equal(number, last + 1);
		last = number;
	}
	fclose(f);
	assert_int_equal(last, MSG_TYPE_END - 1);
	assert_string_equal(msg_name(0), "unknown");
	assert_string_equal(msg_name(MSG_TYPE_END), "unknown");
	assert_false(msg_is_for_guests(0) || msg_is_for_guests(MSG_TYPE_END));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(an_array_may_grow_but_not_shrink),
	    cmocka_unit_test(each_element_has_its_type),
	    cmocka_unit_test(each_item_of_a_list_is_judged),
	    cmocka_unit_test(fixed_bins_have_their_size),
	    cmocka_unit_test(a_hello_is_of_this_version_and_consistent),
	    cmocka_unit_test(an_introduction_is_a_log_or_a_token),
	    cmocka_unit_test(heads_are_bounded),
	    cmocka_unit_test(lists_are_bounded),
	    cmocka_unit_test(a_want_asks_for_something),
	    cmocka_unit_test(news_are_little),
	    cmocka_unit_test(a_payload_has_one_of_three_states),
	    cmocka_unit_test(a_request_to_join_is_small),
	    cmocka_unit_test(a_proof_is_whole_hashes_and_bounded),
	    cmocka_unit_test(a_goodbye_is_short_and_harmless),
	    cmocka_unit_test(an_empty_body_is_an_empty_array),
	    cmocka_unit_test(names_numbers_and_guests_are_those_of_the_protocol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
