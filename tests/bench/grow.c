/* Fills the store of a home that its daemon has opened once: any number of members with a log each, every entry and head
 * signed, and practices of 600 bytes dealt out among the logs. What bench-growth counts by.
 *
 *     grow HOME LOGS RECORDS
 *
 * A home that has been filled before has LOGS of its logs continued. Words are drawn as unevenly as in prose, from a seed: the
 * same on every machine. Prints how many records it wrote, entries of the roster and openings of logs included, and how many
 * bytes those of each log's turn take packed by themselves, as they travel. */
#include "proto/batch.h"
#include "proto/limits.h"
#include "tests/store/network_home.h"

#define VOCABULARY 5000
#define BODY_SIZE 470
#define TITLE_SIZE 50
/* Records that a log gets in its turn: many where there are few logs, as after one import; few where there are many. */
#define TURN_MAX 2000
#define ADMITTED_AT_ONCE 200
/* Bytes of one change. */
#define CHANGE_AIM (4u << 20)

struct town {
	char code[CODE_SIZE_MAX + 1];
	struct pair member, log;
	struct frontier frontier;
};

struct field_of_towns {
	struct network net;
	struct town *towns;
	unsigned count;
	uint64_t written;
	uint64_t packed;
	struct writer pack;
	struct batch_packer *packer;
	uint64_t draw;
};

static struct sample_log scratch;
static char words[VOCABULARY][32];

static uint64_t drawn(struct field_of_towns *f)
{
	f->draw ^= f->draw << 13;
	f->draw ^= f->draw >> 7;
	f->draw ^= f->draw << 17;
	return f->draw;
}

static void make_vocabulary(void)
{
	static const char *const starts[] = {"citoyen", "budget", "commune", "quartier", "conseil",
	    "projet", "école", "شكاية", "ميزانية", "جماعة", "مجلس", "مشروع", "مدرسة"};
	static const char *const ends[] = {
	    "", "ba", "ro", "li", "mu", "ne", "to", "ci", "da", "vo", "ru"};

	for (unsigned i = 0; i < VOCABULARY; i++) {
		unsigned rest = i / 13;
		strcpy(words[i], starts[i % 13]);
		for (; rest > 0; rest /= 11)
			strcat(words[i], ends[rest % 11]);
	}
}

/* The square of a square of an even draw: the first words by far the oftenest. */
static const char *draw_word(struct field_of_towns *f)
{
	uint64_t even = drawn(f) >> 48, low = even * even >> 16;

	return words[(low * low >> 16) * VOCABULARY >> 16];
}

static void put_text(struct field_of_towns *f, struct writer *out, const char *field, size_t size)
{
	struct writer text = {0};

	while (text.size + 24 < size) {
		writer_str(&text, draw_word(f));
		writer_str(&text, " ");
	}
	writer_printf(&text, "#%llx", (unsigned long long)(drawn(f) >> 16));
	mp_put_cstr(out, field);
	mp_put_map(out, 1);
	mp_put_cstr(out, "fr");
	mp_put_str(out, writer_view(&text));
	writer_release(&text);
}

static void put_record(
    struct field_of_towns *f, struct writer *body, uint16_t kind, struct bytes payload)
{
	uint8_t salt[RECORD_SALT_SIZE];

	for (size_t i = 0; i < sizeof(salt); i += 8)
		be64_put(salt + i, drawn(f));
	record_create(body, kind, (struct mtime){1700000000000 + (int64_t)f->written * 1000}, NULL,
	    salt, payload);
	f->written++;
}

static void put_practice(struct field_of_towns *f, struct writer *body, struct writer *payload)
{
	writer_clear(payload);
	mp_put_map(payload, 3);
	put_text(f, payload, "solution", BODY_SIZE);
	mp_put_cstr(payload, "themes");
	mp_put_array(payload, 1);
	mp_put_cstr(payload, "transparency");
	put_text(f, payload, "title", TITLE_SIZE);
	put_record(f, body, KIND_PRACTICE, writer_view(payload));
}

static void append(struct field_of_towns *f, struct writer *change, struct town *town,
    struct bytes body, uint32_t count)
{
	sample_append_body(change, &scratch, body, count, false);
	author_head(&f->net, change, &scratch, &town->log.sk);
	town->frontier = scratch.frontier;
	if (body.size <= BATCH_RAW_MAX) {
		writer_clear(&f->pack);
		batch_pack_with(f->packer, &f->pack, body);
		f->packed += f->pack.size - sizeof(uint32_t); /* the size before it */
	}
}

static void use_log(struct town *town)
{
	memset(&scratch.log, 0, sizeof(scratch.log));
	memcpy(scratch.log.member, town->code, sizeof(town->code));
	scratch.log.key = town->log.pk;
	scratch.log.member_key = town->member.pk;
	scratch.log.number = 1;
	memcpy(scratch.log.transport.b, town->code, strlen(town->code));
	scratch.frontier = town->frontier;
	scratch.node_count = 0;
}

static void open_log(struct field_of_towns *f, struct town *town, struct writer *change)
{
	struct writer payload = {0}, body = {0};
	struct log_open open = {.network = f->net.id, .number = 1};

	use_log(town);
	open.key = town->log.pk;
	open.member_key = town->member.pk;
	open.transport = scratch.log.transport;
	memcpy(open.member, town->code, sizeof(open.member));
	log_open_encode(&payload, &open, &town->member.sk);
	change_put_log(change, &scratch.log);
	put_record(f, &body, KIND_LOG_OPEN, writer_view(&payload));
	append(f, change, town, writer_view(&body), 1);
	writer_release(&payload);
	writer_release(&body);
}

static void name_town(struct field_of_towns *f, unsigned number)
{
	struct town *town = &f->towns[number];
	uint8_t seed[32] = {0};

	snprintf(town->code, sizeof(town->code), "commune-%u", number);
	be32_put(seed, number + 1);
	seal_sign_keypair(&town->member.pk, &town->member.sk, seed);
	seed[31] = 1;
	seal_sign_keypair(&town->log.pk, &town->log.sk, seed);
}

static void admit(struct field_of_towns *f, unsigned number, struct writer *change)
{
	struct town *town = &f->towns[number];
	struct writer entry = {0}, names = {0};
	char territory[24];

	snprintf(territory, sizeof(territory), "%02u.%03u.01.%02u", 1 + number % 12,
	    100 + number % 75, 1 + number % 90);
	names_put(&names, town->code);
	roster_entry_admit(&entry, town->code, MEMBER_COMMUNE, &town->member.pk,
	    writer_view(&names), territory, NULL);
	network_entry(&f->net, change, writer_view(&entry));
	network_member(&f->net, change, town->code);
	f->written++;
	writer_release(&entry);
	writer_release(&names);
}

static void apply(struct field_of_towns *f, struct writer *change)
{
	if (change->size > 0)
		sample_apply(f->net.store, change, NULL);
	writer_clear(change);
}

static void admit_all(struct field_of_towns *f)
{
	struct writer change = {0};

	for (unsigned i = 0; i < f->count; i++) {
		admit(f, i, &change);
		if ((i + 1) % ADMITTED_AT_ONCE == 0)
			apply(f, &change);
	}
	apply(f, &change);
	for (unsigned i = 0; i < f->count; i++) {
		open_log(f, &f->towns[i], &change);
		if ((i + 1) % ADMITTED_AT_ONCE == 0)
			apply(f, &change);
	}
	apply(f, &change);
	writer_release(&change);
}

/* How far the logs of an earlier run have come. */
static void find_logs(struct field_of_towns *f)
{
	struct writer dump = {0};
	struct why why = {0};
	struct change change;
	struct reader r;

	assert_int_equal(store_dump(f->net.store, &dump, &why), ERR_NONE);
	reader_init(&r, writer_view(&dump));
	while (change_next(&change, &r))
		for (unsigned i = 0; change.op == CHANGE_TREE && i < f->count; i++)
			if (key_equal(&change.tree.key, &f->towns[i].log.pk))
				f->towns[i].frontier = change.tree.frontier;
	writer_release(&dump);
	f->draw += f->towns[0].frontier.size; /* other words than before */
}

/* Turn by turn, as on a network where everybody has something to say. */
static void deal_out(struct field_of_towns *f, uint64_t wanted)
{
	struct writer change = {0}, body = {0}, payload = {0};
	uint64_t share = (wanted + f->count - 1) / f->count, turn = share;

	if (f->count > 1 && turn > 32)
		turn = 32;
	if (turn > TURN_MAX)
		turn = TURN_MAX;
	for (unsigned at = 0; wanted > 0; at = (at + 1) % f->count) {
		uint32_t count = (uint32_t)(wanted < turn ? wanted : turn);

		use_log(&f->towns[at]);
		writer_clear(&body);
		for (uint32_t i = 0; i < count; i++)
			put_practice(f, &body, &payload);
		append(f, &change, &f->towns[at], writer_view(&body), count);
		if (change.size > CHANGE_AIM)
			apply(f, &change);
		wanted -= count;
	}
	apply(f, &change);
	writer_release(&change);
	writer_release(&body);
	writer_release(&payload);
}

int main(int argc, char **argv)
{
	struct field_of_towns f = {.draw = 88172645463325252u};

	if (argc != 4 || seal_init() != ERR_NONE) {
		fprintf(stderr, "usage: grow HOME LOGS RECORDS\n");
		return 2;
	}
	f.count = (unsigned)strtoul(argv[2], NULL, 10);
	assert_true(f.count > 0);
	f.towns = calloc(f.count, sizeof(*f.towns));
	assert_non_null(f.towns);
	f.packer = batch_packer_new();
	assert_non_null(f.packer);
	make_vocabulary();
	network_open(&f.net, argv[1]);
	for (unsigned i = 0; i < f.count; i++)
		name_town(&f, i);
	if (roster_member(f.net.rules, f.towns[0].code))
		find_logs(&f);
	else
		admit_all(&f);
	deal_out(&f, strtoull(argv[3], NULL, 10));
	printf("%llu %llu\n", (unsigned long long)f.written, (unsigned long long)f.packed);
	writer_release(&f.pack);
	batch_packer_free(f.packer);
	store_close(f.net.store);
	roster_free(f.net.rules);
	free(f.towns);
	return 0;
}
