/* Every message: what decodes is encoded as it came. The first byte chooses the type, 0 is the
 * payload of the third handshake message.
 *
 * covers: proto/msg_control.c proto/msg_digest.c proto/msg_evidence.c proto/msg_heads.c
 * covers: proto/msg_hello.c proto/msg_join.c proto/msg_open.c proto/msg_part.c proto/msg_payload.c
 * covers: proto/msg_news.c proto/msg_proof.c proto/msg_want.c proto/msg.c */
#include "tests/fuzz/fuzz.h"

#include "proto/mp.h"
#include "proto/msg.h"

static bool again_hello(struct writer *w, struct bytes in)
{
	struct msg_hello m;

	if (msg_hello_decode(&m, in))
		return false;
	msg_hello_encode(w, &m);
	return true;
}

static bool again_intro(struct writer *w, struct bytes in)
{
	struct msg_intro m;

	if (msg_intro_decode(&m, in))
		return false;
	msg_intro_encode(w, &m);
	return true;
}

static bool again_open_want(struct writer *w, struct bytes in)
{
	struct key log;

	if (msg_open_want_decode(&log, in))
		return false;
	msg_open_want_encode(w, &log);
	return true;
}

static bool again_open(struct writer *w, struct bytes in)
{
	struct bytes record;
	struct key log;

	if (msg_open_decode(&log, &record, in))
		return false;
	msg_open_encode(w, &log, record);
	return true;
}

static bool again_roster(struct writer *w, struct bytes in)
{
	struct checkpoint head;

	if (msg_roster_decode(&head, in))
		return false;
	msg_roster_encode(w, &head);
	return true;
}

static bool again_heads(struct writer *w, struct bytes in)
{
	struct checkpoint head;
	struct msg_heads m;

	if (msg_heads_decode(&m, in))
		return false;
	fuzz_check(m.count <= MSG_HEADS_MAX);
	msg_heads_begin(w, &m);
	while (msg_heads_next(&m, &head))
		msg_heads_add(w, &head);
	return !m.items.err;
}

static bool again_want(struct writer *w, struct bytes in)
{
	struct msg_want wants[MSG_WANTS_MAX];
	uint32_t count;

	if (msg_want_decode(wants, &count, in))
		return false;
	msg_want_encode(w, wants, count);
	return true;
}

static bool again_push(struct writer *w, struct bytes in)
{
	struct msg_push m;

	if (msg_push_decode(&m, in))
		return false;
	msg_push_encode(w, &m);
	return true;
}

static bool again_news(struct writer *w, struct bytes in)
{
	struct msg_news m;

	if (msg_news_decode(&m, in))
		return false;
	fuzz_check(m.count <= NEWS_LOGS_MAX && m.raw_size <= NEWS_RAW_MAX);
	msg_news_encode(w, &m);
	return true;
}

static bool again_have(struct writer *w, struct bytes in)
{
	struct msg_have have[16];
	uint32_t count;

	if (msg_have_decode(have, &count, 16, in))
		return false;
	if (count != 1)
		return false;
	msg_have_encode(w, have);
	return true;
}

static bool again_digest(struct writer *w, struct bytes in)
{
	struct hash digest;
	uint64_t upto;

	if (msg_digest_decode(&digest, &upto, in))
		return false;
	msg_digest_encode(w, &digest, upto);
	return true;
}

static bool again_buckets(struct writer *w, struct bytes in)
{
	struct hash buckets[BUCKET_COUNT];

	if (msg_buckets_decode(buckets, in))
		return false;
	msg_buckets_encode(w, buckets);
	return true;
}

static bool again_payload_want(struct writer *w, struct bytes in)
{
	struct msg_payload_want items[MSG_WANTS_MAX];
	uint32_t count;

	if (msg_payload_want_decode(items, &count, in))
		return false;
	msg_payload_want_encode(w, items, count);
	return true;
}

static bool again_payloads(struct writer *w, struct bytes in)
{
	struct msg_payload m;
	struct reader items;
	uint32_t count;

	if (msg_payloads_decode(&items, &count, in))
		return false;
	msg_payloads_begin(w, count);
	for (uint32_t i = 0; i < count; i++) {
		if (msg_payloads_next(&items, &m))
			return false;
		msg_payloads_add(w, &m);
	}
	return true;
}

static bool again_join(struct writer *w, struct bytes in)
{
	struct msg_join m;

	if (msg_join_decode(&m, in))
		return false;
	msg_join_encode(w, &m);
	return true;
}

static bool again_joined(struct writer *w, struct bytes in)
{
	char words[2][MSG_REASON_MAX + 1];
	struct bytes parts[2];

	if (msg_joined_decode(&parts[0], &parts[1], in))
		return false;
	for (unsigned i = 0; i < 2; i++) {
		if (parts[i].size > MSG_REASON_MAX || memchr(parts[i].data, 0, parts[i].size))
			return false;
		memcpy(words[i], parts[i].data, parts[i].size);
		words[i][parts[i].size] = '\0';
	}
	msg_joined_encode(w, words[0], words[1]);
	return true;
}

static bool again_evidence(struct writer *w, struct bytes in)
{
	struct hash network = {{7}};
	struct msg_evidence m;

	if (msg_evidence_decode(&m, in))
		return false;
	msg_evidence_verify(&m, &network);
	msg_evidence_encode(w, &m);
	return true;
}

static bool again_proof_want(struct writer *w, struct bytes in)
{
	struct msg_proof_want m;

	if (msg_proof_want_decode(&m, in))
		return false;
	fuzz_check(m.from > 0 && m.from < m.size);
	msg_proof_want_encode(w, &m);
	return true;
}

static bool again_proof(struct writer *w, struct bytes in)
{
	struct msg_proof m;

	if (msg_proof_decode(&m, in))
		return false;
	fuzz_check(m.proof_count <= TREE_PROOF_MAX + 1);
	msg_proof_encode(w, &m);
	return true;
}

static bool again_number(struct writer *w, struct bytes in)
{
	uint64_t number;

	if (msg_number_decode(&number, in))
		return false;
	msg_number_encode(w, number);
	return true;
}

static bool again_empty(struct writer *w, struct bytes in)
{
	if (msg_empty_decode(in))
		return false;
	msg_empty_encode(w);
	return true;
}

static bool again_bye(struct writer *w, struct bytes in)
{
	char reason[MSG_REASON_MAX + 1];

	if (msg_bye_decode(reason, in))
		return false;
	fuzz_check(strlen(reason) <= MSG_REASON_MAX);
	/* What is shown of a reason is harmless, not the same. */
	msg_bye_encode(w, reason);
	writer_clear(w);
	return false;
}

/* Reads a batch as a PUSH is read elsewhere: fuzz_batch. */
static bool (*const agains[MSG_TYPE_END])(struct writer *, struct bytes) = {
    [0] = again_intro,
    [MSG_HELLO] = again_hello,
    [MSG_OPEN_WANT] = again_open_want,
    [MSG_OPEN] = again_open,
    [MSG_ROSTER] = again_roster,
    [MSG_HEADS] = again_heads,
    [MSG_WANT] = again_want,
    [MSG_PUSH] = again_push,
    [MSG_HAVE] = again_have,
    [MSG_DIGEST] = again_digest,
    [MSG_BUCKETS] = again_buckets,
    [MSG_PAYLOAD_WANT] = again_payload_want,
    [MSG_PAYLOADS] = again_payloads,
    [MSG_JOIN] = again_join,
    [MSG_JOINED] = again_joined,
    [MSG_EVIDENCE] = again_evidence,
    [MSG_TWINS] = again_empty,
    [MSG_PING] = again_number,
    [MSG_PONG] = again_number,
    [MSG_BYE] = again_bye,
    [MSG_PROOF_WANT] = again_proof_want,
    [MSG_PROOF] = again_proof,
    [MSG_NEWS] = again_news,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct writer again = {0}, third = {0};
	struct bytes body;
	uint8_t type;

	if (size == 0)
		return 0;
	type = data[0] % MSG_TYPE_END;
	body = bytes_of(data + 1, size - 1);
	fuzz_check(type == 0 || msg_name(type)[0]);
	msg_name(data[0]);
	msg_is_for_guests(data[0]);
	if (agains[type] && agains[type](&again, body)) {
		fuzz_check(mp_scan(body) == ERR_NONE);
		fuzz_same(&again, body);
		fuzz_check(agains[type](&third, writer_view(&again)));
		fuzz_check(bytes_equal(writer_view(&third), writer_view(&again)));
	}
	writer_release(&again);
	writer_release(&third);
	return 0;
}
