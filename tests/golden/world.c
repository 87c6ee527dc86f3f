/* Plants a network in the home of its coordinator, whose daemon has opened it once and ended: members with keys of their
 * own, admitted by signed entries, and records that they signed at the times that they say. Keys are drawn from the codes
 * and salts from positions, so that each run gives the same references.
 *
 *     world HOME <LINES
 *
 * Each line is a JSON object, in the order in which it arrives:
 *
 *     {"admit":"sefrou","kind":"commune","territory":"03.451.01.09","names":{…},"time":MS}
 *     {"as":"charter","log":HEX,"index":1,"leaf":HEX}          a record that is there already
 *     {"member":"sefrou","kind":"practice","as":"p1","time":MS,"fields":{…}}
 *
 * Links are "@name" of an earlier line. What a record may hold is proto/kinds' to judge: a fault ends it all. */
#include "tests/store/network_home.h"

#include "proto/json.h"

#define MEMBERS_MAX 256
#define NAMES_MAX 4096

struct author_of {
	char code[CODE_SIZE_MAX + 1];
	struct pair member, log;
	struct frontier frontier;
	struct change_log head;
	bool is_open;
};

struct name {
	char text[64];
	struct record_ref ref;
};

struct world {
	struct network net;
	struct author_of *authors;
	size_t author_count;
	struct name *names;
	size_t name_count;
	struct writer change;
	unsigned long line;
};

static struct sample_log scratch;

static const char *text_of(struct bytes map, const char *field, char *out, size_t size)
{
	struct reader r;
	struct bytes text;

	reader_init(&r, mp_get(map, field));
	text = mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
	assert_true(text.size < size);
	memcpy(out, text.size ? text.data : (const uint8_t *)"", text.size);
	out[text.size] = '\0';
	return out;
}

static int64_t number_of(struct bytes map, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	return mp_peek(&r) == MP_INT ? mp_int(&r) : 0;
}

static struct author_of *author_find(struct world *w, const char *code)
{
	for (size_t i = 0; i < w->author_count; i++)
		if (strcmp(w->authors[i].code, code) == 0)
			return &w->authors[i];
	fail_msg("line %lu: there is no member %s", w->line, code);
	return NULL;
}

static void name_add(struct world *w, const char *text, const struct record_ref *ref)
{
	assert_true(w->name_count < NAMES_MAX);
	snprintf(w->names[w->name_count].text, sizeof(w->names->text), "%s", text);
	w->names[w->name_count++].ref = *ref;
}

static bool resolve(void *context, struct bytes text, struct record_ref *found)
{
	struct world *w = context;

	for (size_t i = w->name_count; i-- > 0 && text.size > 1;)
		if (text.data[0] == '@' && strlen(w->names[i].text) == text.size - 1 &&
		    memcmp(w->names[i].text, text.data + 1, text.size - 1) == 0) {
			*found = w->names[i].ref;
			return true;
		}
	return false;
}

/* --- members ---------------------------------------------------------------------------------- */

static void take_admission(struct world *w, struct bytes map)
{
	struct author_of *a = &w->authors[w->author_count++];
	char kind[32], territory[24];
	struct writer entry = {0};
	enum member_kind of = MEMBER_COMMUNE;
	uint8_t seed[32] = {0};

	assert_true(w->author_count <= MEMBERS_MAX);
	text_of(map, "admit", a->code, sizeof(a->code));
	text_of(map, "kind", kind, sizeof(kind));
	text_of(map, "territory", territory, sizeof(territory));
	if (!strcmp(kind, "region"))
		of = MEMBER_REGION;
	else if (!strcmp(kind, "province"))
		of = MEMBER_PROVINCE;
	memcpy(seed, a->code, strnlen(a->code, 31));
	seal_sign_keypair(&a->member.pk, &a->member.sk, seed);
	seed[31] = 1;
	seal_sign_keypair(&a->log.pk, &a->log.sk, seed);
	roster_entry_admit(
	    &entry, a->code, of, &a->member.pk, mp_get(map, "names"), territory, NULL);
	network_entry_at(
	    &w->net, &w->change, writer_view(&entry), (struct mtime){number_of(map, "time")});
	network_member(&w->net, &w->change, a->code);
	writer_release(&entry);
}

/* --- records ---------------------------------------------------------------------------------- */

static struct record_ref append(
    struct world *w, struct author_of *a, uint16_t kind, int64_t ms, struct bytes payload)
{
	struct record_ref ref = {.log = a->log.pk, .index = a->frontier.size};
	uint8_t salt[RECORD_SALT_SIZE] = {0};
	struct writer body = {0};
	struct record record;
	struct reader r;

	salt[0] = (uint8_t)a->frontier.size;
	memcpy(salt + 1, a->code, strnlen(a->code, sizeof(salt) - 1));
	record_create(&body, kind, (struct mtime){ms}, NULL, salt, payload);
	reader_init(&r, writer_view(&body));
	assert_int_equal(record_read(&record, &r), ERR_NONE);
	tree_leaf_hash(&ref.leaf, record.raw_header);
	scratch.log = a->head;
	scratch.frontier = a->frontier;
	sample_append_body(&w->change, &scratch, writer_view(&body), 1, false);
	a->frontier = scratch.frontier;
	writer_release(&body);
	return ref;
}

static void open_log(struct world *w, struct author_of *a, int64_t ms)
{
	struct log_open open = {.network = w->net.id, .number = 1};
	struct writer payload = {0};

	memcpy(a->head.member, a->code, sizeof(a->code));
	memcpy(a->head.transport.b, a->code, strlen(a->code));
	a->head.key = open.key = a->log.pk;
	a->head.member_key = open.member_key = a->member.pk;
	a->head.number = 1;
	open.transport = a->head.transport;
	memcpy(open.member, a->code, sizeof(open.member));
	log_open_encode(&payload, &open, &a->member.sk);
	change_put_log(&w->change, &a->head);
	append(w, a, KIND_LOG_OPEN, ms, writer_view(&payload));
	a->is_open = true;
	writer_release(&payload);
}

static void take_record(struct world *w, struct bytes map)
{
	char code[CODE_SIZE_MAX + 1], kind_name[32], as[64];
	struct author_of *a = author_find(w, text_of(map, "member", code, sizeof(code)));
	const struct kind *kind =
	    kind_by_name(bytes_str(text_of(map, "kind", kind_name, sizeof(kind_name))));
	struct writer resolved = {0}, payload = {0};
	struct why why = {0};
	struct fault_sink sink = {.why = &why};
	struct record_ref ref;

	if (!kind)
		fail_msg("line %lu: there is no kind %s", w->line, kind_name);
	if (kinds_resolve(kind, mp_get(map, "fields"), &resolved, resolve, w) != ERR_NONE ||
	    kinds_check(kind, writer_view(&resolved), &payload, &sink) != ERR_NONE)
		fail_msg("line %lu: %s of %s: %s", w->line, kind_name, code, why.text);
	if (!a->is_open)
		open_log(w, a, number_of(map, "time") - 60000);
	ref = append(w, a, kind->number, number_of(map, "time"), writer_view(&payload));
	if (*text_of(map, "as", as, sizeof(as)))
		name_add(w, as, &ref);
	writer_release(&resolved);
	writer_release(&payload);
}

static void take_name(struct world *w, struct bytes map)
{
	struct record_ref ref = {.index = (uint64_t)number_of(map, "index")};
	char as[64], hex[80];

	text_of(map, "log", hex, sizeof(hex));
	assert_true(hex_decode(ref.log.b, KEY_SIZE, hex, strlen(hex)));
	text_of(map, "leaf", hex, sizeof(hex));
	assert_true(hex_decode(ref.leaf.b, HASH_SIZE, hex, strlen(hex)));
	name_add(w, text_of(map, "as", as, sizeof(as)), &ref);
}

static void take_line(struct world *w, struct bytes text)
{
	struct writer map = {0};
	struct why why = {0};

	w->line++;
	if (json_parse(&map, text, &why) != ERR_NONE)
		fail_msg("line %lu: %s", w->line, why.text);
	if (mp_get(writer_view(&map), "admit").size)
		take_admission(w, writer_view(&map));
	else if (mp_get(writer_view(&map), "log").size)
		take_name(w, writer_view(&map));
	else
		take_record(w, writer_view(&map));
	writer_release(&map);
}

/* One signature for each log, over all that it holds. */
static void sign_logs(struct world *w)
{
	for (size_t i = 0; i < w->author_count; i++) {
		struct author_of *a = &w->authors[i];

		scratch.log = a->head;
		scratch.frontier = a->frontier;
		if (a->is_open)
			author_head(&w->net, &w->change, &scratch, &a->log.sk);
	}
}

int main(int argc, char **argv)
{
	struct world w = {0};
	char *line = NULL;
	size_t capacity = 0;
	ssize_t size;

	if (argc != 2 || seal_init() != ERR_NONE) {
		fprintf(stderr, "usage: world HOME <LINES\n");
		return 2;
	}
	w.authors = calloc(MEMBERS_MAX, sizeof(*w.authors));
	w.names = calloc(NAMES_MAX, sizeof(*w.names));
	assert_true(w.authors && w.names);
	network_open(&w.net, argv[1]);
	while ((size = getline(&line, &capacity, stdin)) > 0)
		take_line(&w, bytes_of(line, (size_t)size - (line[size - 1] == '\n')));
	sign_logs(&w);
	sample_apply(w.net.store, &w.change, NULL);
	printf("%zu members\n", w.author_count);
	free(line);
	free(w.authors);
	free(w.names);
	writer_release(&w.change);
	store_close(w.net.store);
	roster_free(w.net.rules);
	return 0;
}
