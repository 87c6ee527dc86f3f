/* A network of many members in the store of a home that its daemon has opened once: every member admitted by a signed
 * entry, every log opened, signed and accepted as a peer's would be. What the records say is drawn from a seed, the same
 * on every machine.
 *
 *     world HOME MEMBERS RECORDS
 *
 * Each member makes five commitments; the rest, in rounds, is progress, attestations of others, comments, practices,
 * workshops and milestones. Prints how many records it wrote. */
#include "tests/store/network_home.h"

#define COMMITMENTS 5
#define ROUND 32
#define TEXT_SIZE 400

struct town {
	char code[CODE_SIZE_MAX + 1];
	struct pair member, log;
	struct frontier frontier;
	struct record_ref commitments[COMMITMENTS], progress;
};

struct world {
	struct network net;
	struct town *towns;
	unsigned count;
	uint64_t written;
	uint32_t draw;
};

static struct sample_log scratch;

static uint32_t drawn(struct world *w, uint32_t below)
{
	w->draw ^= w->draw << 13;
	w->draw ^= w->draw >> 17;
	w->draw ^= w->draw << 5;
	return w->draw % below;
}

/* --- records ---------------------------------------------------------------------------------- */

static void put_text(struct world *w, struct writer *out, const char *field, size_t size)
{
	static const char *const words[] = {"projet ", "quartier ", "plainte ", "guichet ",
	    "budget ", "conseil ", "école ", "marché ", "route ", "eau ", "femmes ", "jeunes ",
	    "مشروع ", "حي ", "شكاية ", "ميزانية ", "مجلس ", "مدرسة ", "سوق ", "طريق ", "ماء ",
	    "نساء ", "شباب "};
	struct writer text = {0};

	while (text.size < size)
		writer_str(&text, words[drawn(w, sizeof(words) / sizeof(words[0]))]);
	mp_put_cstr(out, field);
	mp_put_map(out, 1);
	mp_put_cstr(out, "fr");
	mp_put_str(out, writer_view(&text));
	writer_release(&text);
}

static void put_themes(struct world *w, struct writer *out)
{
	static const char *const themes[] = {"transparency", "accountability",
	    "access_to_information", "citizen_participation", "digitalisation", "public_innovation",
	    "gender", "integrity", "territorial_justice"};
	uint32_t first = drawn(w, 9), second = drawn(w, 9);

	mp_put_cstr(out, "themes");
	mp_put_array(out, first == second ? 1 : 2);
	mp_put_cstr(out, themes[first]);
	if (first != second)
		mp_put_cstr(out, themes[second]);
}

static const char *completion(struct world *w)
{
	static const char *const words[] = {"not_started", "limited", "substantial", "complete"};

	return words[drawn(w, 4)];
}

static void put_about(struct writer *out, const struct record_ref *about)
{
	mp_put_cstr(out, "about");
	kinds_put_link(out, about);
}

static void put_date(struct world *w, struct writer *out, const char *field)
{
	char date[16];

	snprintf(date, sizeof(date), "202%u-%02u-%02u", 4 + drawn(w, 5), 1 + drawn(w, 12),
	    1 + drawn(w, 28));
	mp_put_cstr(out, field);
	mp_put_cstr(out, date);
}

static void commitment(struct world *w, struct writer *out)
{
	mp_put_map(out, 4);
	put_date(w, out, "end");
	put_text(w, out, "text", TEXT_SIZE);
	put_themes(w, out);
	put_text(w, out, "title", 40);
}

static void progress(struct world *w, struct writer *out, const struct record_ref *about)
{
	mp_put_map(out, 3);
	put_about(out, about);
	put_text(w, out, "done", TEXT_SIZE);
	mp_put_cstr(out, "status");
	mp_put_cstr(out, completion(w));
}

static void attestation(struct world *w, struct writer *out, const struct record_ref *about)
{
	mp_put_map(out, 4);
	put_about(out, about);
	mp_put_cstr(out, "coding");
	mp_put_map(out, 1);
	mp_put_cstr(out, "completion");
	mp_put_cstr(out, completion(w));
	put_text(w, out, "note", TEXT_SIZE);
	mp_put_cstr(out, "role");
	mp_put_cstr(out, drawn(w, 3) ? "member" : "observer");
}

static void comment(struct world *w, struct writer *out, const struct record_ref *about)
{
	mp_put_map(out, 2);
	put_about(out, about);
	put_text(w, out, "text", TEXT_SIZE);
}

static void practice(struct world *w, struct writer *out)
{
	mp_put_map(out, 3);
	put_text(w, out, "solution", TEXT_SIZE);
	put_themes(w, out);
	put_text(w, out, "title", 40);
}

static void workshop(struct world *w, struct writer *out)
{
	uint32_t total = 20 + drawn(w, 60);

	mp_put_map(out, 5);
	put_date(w, out, "date");
	mp_put_cstr(out, "headcount");
	mp_put_map(out, 3);
	mp_put_cstr(out, "total");
	mp_put_uint(out, total);
	mp_put_cstr(out, "women");
	mp_put_uint(out, drawn(w, total));
	mp_put_cstr(out, "youth");
	mp_put_uint(out, drawn(w, total));
	put_text(w, out, "place", TEXT_SIZE / 2);
	put_themes(w, out);
	put_text(w, out, "title", 40);
}

/* One record of a member, whatever the draw gives. */
static uint16_t any_record(struct world *w, const struct town *town, struct writer *out)
{
	const struct town *other = &w->towns[drawn(w, w->count)];
	const struct record_ref *own = &town->commitments[drawn(w, COMMITMENTS)];
	const struct record_ref *others = &other->commitments[drawn(w, COMMITMENTS)];
	uint32_t kind = drawn(w, 100);

	if (kind < 35)
		return progress(w, out, own), KIND_PROGRESS;
	if (kind < 55 && other != town)
		return attestation(w, out, others), KIND_ATTESTATION;
	if (kind < 75)
		return comment(w, out, others), KIND_COMMENT;
	if (kind < 90)
		return practice(w, out), KIND_PRACTICE;
	return workshop(w, out), KIND_WORKSHOP;
}

static void put_record(
    struct world *w, struct writer *body, uint16_t kind, struct bytes payload, struct hash *leaf)
{
	uint8_t salt[RECORD_SALT_SIZE];
	/* Three years from 2023-11 on. */
	int64_t time = 1700000000000 + (int64_t)drawn(w, 94000000) * 1000;
	size_t before = body->size;
	struct record record;
	struct reader r;

	for (size_t i = 0; i < sizeof(salt); i++)
		salt[i] = (uint8_t)drawn(w, 256);
	record_create(body, kind, (struct mtime){time}, NULL, salt, payload);
	reader_init(&r, bytes_of(body->data + before, body->size - before));
	assert_int_equal(record_read(&record, &r), ERR_NONE);
	tree_leaf_hash(leaf, record.raw_header);
	w->written++;
}

/* --- logs ------------------------------------------------------------------------------------- */

static void use_log(struct town *town)
{
	memset(&scratch.log, 0, sizeof(scratch.log));
	memcpy(scratch.log.member, town->code, sizeof(town->code));
	scratch.log.key = town->log.pk;
	scratch.log.member_key = town->member.pk;
	scratch.log.number = 1;
	scratch.frontier = town->frontier;
	scratch.node_count = 0;
}

static void append(
    struct world *w, struct writer *change, struct town *town, struct bytes body, uint32_t count)
{
	sample_append_body(change, &scratch, body, count, false);
	author_head(&w->net, change, &scratch, &town->log.sk);
	town->frontier = scratch.frontier;
}

/* log.open and the commitments, which others will link to. */
static void open_log(struct world *w, struct town *town, struct writer *change)
{
	struct writer payload = {0}, body = {0};
	struct log_open open = {.network = w->net.id, .number = 1};
	struct hash leaf;

	use_log(town);
	memset(scratch.log.transport.b, 0, KEY_SIZE);
	memcpy(scratch.log.transport.b, town->code, strlen(town->code));
	open.key = town->log.pk;
	open.member_key = town->member.pk;
	open.transport = scratch.log.transport;
	memcpy(open.member, town->code, sizeof(open.member));
	log_open_encode(&payload, &open, &town->member.sk);
	change_put_log(change, &scratch.log);
	put_record(w, &body, KIND_LOG_OPEN, writer_view(&payload), &leaf);
	for (uint32_t i = 0; i < COMMITMENTS; i++) {
		struct record_ref *ref = &town->commitments[i];
		writer_clear(&payload);
		commitment(w, &payload);
		ref->log = town->log.pk;
		ref->index = i + 1;
		put_record(w, &body, KIND_COMMITMENT, writer_view(&payload), &ref->leaf);
	}
	append(w, change, town, writer_view(&body), COMMITMENTS + 1);
	writer_release(&payload);
	writer_release(&body);
}

static void write_round(struct world *w, struct town *town, struct writer *change, uint32_t count)
{
	struct writer payload = {0}, body = {0};
	struct hash leaf;

	use_log(town);
	for (uint32_t i = 0; i < count; i++) {
		uint16_t kind;
		writer_clear(&payload);
		kind = any_record(w, town, &payload);
		put_record(w, &body, kind, writer_view(&payload), &leaf);
	}
	append(w, change, town, writer_view(&body), count);
	writer_release(&payload);
	writer_release(&body);
}

static void admit(struct world *w, unsigned number)
{
	struct town *town = &w->towns[number];
	struct writer entry = {0}, names = {0}, change = {0};
	char territory[24];
	uint8_t seed[32] = {0};

	snprintf(town->code, sizeof(town->code), "commune-%u", number);
	/* 75 provinces in 12 regions. */
	snprintf(territory, sizeof(territory), "%02u.%03u.01.%02u", 1 + number % 12,
	    100 + number % 75, 1 + number % 90);
	be32_put(seed, number + 1);
	seal_sign_keypair(&town->member.pk, &town->member.sk, seed);
	seed[31] = 1;
	seal_sign_keypair(&town->log.pk, &town->log.sk, seed);
	names_put(&names, town->code);
	roster_entry_admit(&entry, town->code, MEMBER_COMMUNE, &town->member.pk,
	    writer_view(&names), territory, NULL);
	network_entry(&w->net, &change, writer_view(&entry));
	network_member(&w->net, &change, town->code);
	sample_apply(w->net.store, &change, NULL);
	w->written++;
	writer_release(&entry);
	writer_release(&names);
	writer_release(&change);
}

int main(int argc, char **argv)
{
	struct world w = {.draw = 2463534242u};
	struct writer change = {0};
	uint64_t wanted;

	if (argc != 4 || seal_init() != ERR_NONE) {
		fprintf(stderr, "usage: world HOME MEMBERS RECORDS\n");
		return 2;
	}
	w.count = (unsigned)strtoul(argv[2], NULL, 10);
	wanted = strtoull(argv[3], NULL, 10);
	w.towns = calloc(w.count, sizeof(*w.towns));
	assert_non_null(w.towns);
	network_open(&w.net, argv[1]);
	for (unsigned i = 0; i < w.count; i++)
		admit(&w, i);
	for (unsigned i = 0; i < w.count; i++) {
		writer_clear(&change);
		open_log(&w, &w.towns[i], &change);
		sample_apply(w.net.store, &change, NULL);
	}
	for (unsigned i = 0; w.written < wanted; i = (i + 1) % w.count) {
		uint64_t left = wanted - w.written;
		writer_clear(&change);
		write_round(&w, &w.towns[i], &change, left < ROUND ? (uint32_t)left : ROUND);
		sample_apply(w.net.store, &change, NULL);
	}
	printf("%llu\n", (unsigned long long)w.written);
	writer_release(&change);
	store_close(w.net.store);
	roster_free(w.net.rules);
	free(w.towns);
	return 0;
}
