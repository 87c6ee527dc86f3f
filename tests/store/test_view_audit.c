/* The audit's view against itself: random histories that arrive in any order and are indexed in pieces of any size give the
 * rows that views made from nothing have, and those that an audit of a later day computes without the view. */
#include "store/audit_row.h"
#include "tests/store/network.h"

#include <stdlib.h>

enum { AUTHOR_COUNT = 3, DEEDS_MAX = 160, HISTORIES = 16 };

/* A record that is made, and waits for its turn to arrive. */
struct deed {
	struct writer change;
	struct record_ref ref;
	uint16_t kind;
	unsigned author;
};

static struct network net;
static struct author authors[AUTHOR_COUNT];
static struct pair keys[AUTHOR_COUNT];
static struct deed deeds[DEEDS_MAX];
static unsigned deed_count;
static uint32_t seed;

static unsigned draw(unsigned count)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % count;
}

static int set_up(void **state)
{
	static const char *const codes[AUTHOR_COUNT] = {"sefrou", "agadir", "fes"};
	static const char *const places[AUTHOR_COUNT] = {"03.231.01.01", "09.001.01.01", "03.231"};

	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	network_make(&net);
	for (unsigned i = 0; i < AUTHOR_COUNT; i++) {
		pair_make(&keys[i], (uint8_t)(20 + i));
		network_admit(&net, codes[i], &keys[i].pk, places[i]);
		network_log(&net, &authors[i], codes[i], &keys[i], 1);
	}
	deed_count = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < deed_count; i++)
		writer_release(&deeds[i].change);
	network_remove(&net);
	return 0;
}

/* --- what they say ---------------------------------------------------------------------------- */

/* Fields of one payload, in the order of their names. */
struct fields {
	struct writer values;
	uint32_t count;
};

static struct writer *field(struct fields *f, const char *name)
{
	mp_put_cstr(&f->values, name);
	f->count++;
	return &f->values;
}

static void field_str(struct fields *f, const char *name, const char *value)
{
	mp_put_cstr(field(f, name), value);
}

static void put_heads(struct fields *f)
{
	struct writer *w = field(f, "headcount");

	mp_put_map(w, 2);
	mp_put_cstr(w, "total");
	mp_put_int(w, (int64_t)draw(40));
	mp_put_cstr(w, "women");
	mp_put_int(w, (int64_t)draw(40));
}

static void put_stages(struct fields *f)
{
	static const char *const stages[] = {"communication", "co_creation"};
	struct writer *w = field(f, "stages");

	mp_put_array(w, 2);
	for (unsigned i = 0; i < 2; i++) {
		mp_put_map(w, 2);
		mp_put_cstr(w, "stage");
		mp_put_cstr(w, stages[i]);
		mp_put_cstr(w, "start");
		mp_put_cstr(w, draw(2) ? "2024-02" : "2023");
	}
}

static void put_money(struct writer *w, int64_t amount)
{
	mp_put_map(w, 2);
	mp_put_cstr(w, "amount");
	mp_put_int(w, amount);
	mp_put_cstr(w, "currency");
	mp_put_cstr(w, "MAD");
}

static void put_budget(struct fields *f)
{
	struct writer *w = field(f, "budget");

	mp_put_map(w, 2);
	mp_put_cstr(w, "lines");
	mp_put_array(w, 1);
	mp_put_map(w, 1);
	mp_put_cstr(w, "amount");
	put_money(w, (int64_t)draw(2));
	mp_put_cstr(w, "total");
	put_money(w, 1);
}

/* An earlier record of one of these kinds (0: any), of anybody; NULL when there is none. */
static const struct deed *earlier(uint16_t a, uint16_t b)
{
	const struct deed *found = NULL;
	unsigned seen = 0;

	for (unsigned i = 0; i < deed_count; i++)
		if ((!a || deeds[i].kind == a || deeds[i].kind == b) && draw(++seen) == 0)
			found = &deeds[i];
	return found;
}

static void put_link(struct fields *f, const char *name, const struct deed *to)
{
	if (to)
		kinds_put_link(field(f, name), &to->ref);
}

static void put_about(struct fields *f, uint16_t kind)
{
	bool is_wild = draw(8) == 0;

	if (kind == KIND_PROGRESS || kind == KIND_ATTESTATION)
		put_link(f, "about",
		    is_wild ? earlier(0, 0)
			    : earlier(KIND_COMMITMENT, draw(2) ? KIND_MILESTONE : KIND_PROGRESS));
	else if (kind == KIND_MILESTONE)
		put_link(f, "about", earlier(KIND_COMMITMENT, KIND_PROGRAMME));
}

static void put_coding(struct fields *f, const char *word)
{
	struct writer *w = field(f, "coding");

	mp_put_map(w, 1);
	mp_put_cstr(w, "completion");
	mp_put_cstr(w, word);
}

static void put_payload(struct fields *f, uint16_t kind)
{
	static const char *const words[] = {"complete", "limited", "not_started", "ND", "odd"};
	const char *word = words[draw(5)];
	bool is_version = draw(4) == 0;

	put_about(f, kind);
	if (kind == KIND_PROGRAMME)
		put_link(f, "adopted", draw(2) ? earlier(0, 0) : NULL);
	if (kind == KIND_ATTESTATION && draw(3) == 0)
		mp_put_bool(field(f, "agrees"), draw(2));
	if (kind == KIND_PROJECT)
		put_budget(f);
	if (kind == KIND_ATTESTATION)
		put_coding(f, word);
	if (kind == KIND_COMMITMENT || kind == KIND_MILESTONE)
		field_str(f, "end", draw(3) ? "2024-05" : "soon");
	if (draw(3) == 0) {
		mp_put_array(field(f, "evidence"), 1);
		mp_put_cstr(&f->values, "seen");
	}
	if (kind == KIND_WORKSHOP)
		put_heads(f);
	if (kind == KIND_PROGRAMME)
		field_str(f, "instrument", "openness");
	if (kind == KIND_ADOPTION)
		put_link(f, "practice", earlier(KIND_PRACTICE, KIND_PRACTICE));
	if (kind == KIND_WORKSHOP)
		put_link(f, "programme", earlier(KIND_PROGRAMME, KIND_PROGRAMME));
	if (kind == KIND_WORKSHOP)
		field_str(f, "stage", draw(2) ? "communication" : "co_creation");
	if (kind == KIND_ATTESTATION && draw(2))
		field_str(f, "role", draw(2) ? "coordinator" : "observer");
	if (kind == KIND_PROGRAMME)
		put_stages(f);
	if (kind == KIND_PROGRESS)
		field_str(f, "status", word);
	if (is_version)
		put_link(f, "supersedes", draw(5) ? earlier(kind, kind) : earlier(0, 0));
	if (is_version && draw(3) == 0)
		mp_put_bool(field(f, "withdrawn"), true);
}

static void make_deed(void)
{
	static const uint16_t kinds[] = {KIND_COMMITMENT, KIND_COMMITMENT, KIND_MILESTONE,
	    KIND_PROGRESS, KIND_PROGRESS, KIND_PROGRESS, KIND_ATTESTATION, KIND_ATTESTATION,
	    KIND_PROGRAMME, KIND_WORKSHOP, KIND_WORKSHOP, KIND_PRACTICE, KIND_ADOPTION,
	    KIND_PROJECT};
	struct deed *deed = &deeds[deed_count];
	struct fields f = {0};
	struct writer payload = {0};
	struct author *author;

	*deed = (struct deed){
	    .kind = kinds[draw(sizeof(kinds) / sizeof(*kinds))], .author = draw(4) ? draw(2) : 2};
	author = &authors[deed->author];
	put_payload(&f, deed->kind);
	mp_put_map(&payload, f.count);
	writer_bytes(&payload, writer_view(&f.values));
	if (draw(20) == 0)
		writer_u8(&payload, 0xc0); /* nothing that can be read */
	deed->ref = author_append(&deed->change, &author->log, deed->kind, writer_view(&payload));
	author_head(&net, &deed->change, &author->log, &author->key.sk);
	deed_count++;
	writer_release(&f.values);
	writer_release(&payload);
}

/* --- how it comes ----------------------------------------------------------------------------- */

static void erase(const struct deed *target)
{
	struct record erased = {.state = RECORD_ERASED, .erasure = deeds[0].ref};
	struct change_payload op = {.key = target->ref.log, .index = target->ref.index};
	struct writer change = {0}, rest = {0};

	record_write_rest(&rest, &erased);
	op.rest = writer_view(&rest);
	change_put_payload(&change, &op);
	sample_apply(net.store, &change, NULL);
	writer_release(&change);
	writer_release(&rest);
}

static void cut(struct author *author, uint64_t size)
{
	struct change_state op = {
	    .key = author->log.log.key, .state = size ? LOG_CUT : LOG_OPEN, .cut_size = size};
	struct writer change = {0};

	change_put_state(&change, &op);
	sample_apply(net.store, &change, NULL);
	writer_release(&change);
}

/* The roster gives somebody a role, or takes it. */
static void change_role(void)
{
	static const enum member_kind kinds[] = {
	    MEMBER_COMMUNE, MEMBER_OBSERVER, MEMBER_COORDINATOR};
	unsigned author = draw(AUTHOR_COUNT);
	struct change_member op = {.key = keys[author].pk,
	    .kind = (uint8_t)kinds[draw(3)],
	    .is_admitted = true,
	    .is_coordinator = draw(2)};
	struct writer change = {0};

	memcpy(op.code, authors[author].log.log.member, sizeof(op.code));
	change_put_member(&change, &op);
	sample_apply(net.store, &change, NULL);
	writer_release(&change);
}

static void index_some(unsigned count, bool is_all)
{
	bool more = true;

	while (more) {
		assert_int_equal(views_index(net.views, net.store, count, &more, NULL), ERR_NONE);
		more = more && is_all;
	}
}

/* Each log in its own order, the logs between each other as it falls. */
static void let_arrive(void)
{
	unsigned next[AUTHOR_COUNT] = {0}, left = deed_count;

	while (left > 0) {
		unsigned author = draw(AUTHOR_COUNT), burst = 1 + draw(20), *at = &next[author];

		for (; *at < deed_count && burst > 0; (*at)++) {
			if (deeds[*at].author != author)
				continue;
			sample_apply(net.store, &deeds[*at].change, NULL);
			burst--;
			left--;
			if (draw(15) == 0)
				erase(&deeds[*at]);
			if (draw(10) == 0)
				change_role();
		}
		if (draw(3) == 0)
			index_some(1 + draw(30), draw(2));
	}
	index_some(1 + draw(30), true);
	if (draw(2))
		erase(&deeds[draw(deed_count)]);
	if (draw(3) == 0)
		cut(&authors[2], 2 + draw(5));
	index_some(5, true);
	if (draw(2))
		cut(&authors[2], 0);
	index_some(1 + draw(30), true);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void rows_of(struct writer *out)
{
	struct walk walk;
	struct txn t;

	writer_clear(out);
	txn_begin(&t, &net.views->env, TXN_READ);
	walk_begin(&walk, &t, VIEW_AUDIT);
	for (bool more = walk_first(&walk); more; more = walk_next(&walk)) {
		writer_bytes(out, walk.key);
		writer_bytes(out, walk.value);
	}
	walk_end(&walk);
	/* Terms are numbered as they come. */
	for (unsigned i = 0; i < AUTHOR_COUNT; i++) {
		uint32_t member = term_find(&t, TERM_MEMBER, bytes_str(authors[i].log.log.member));
		struct row_key key = row_key_u32(member);
		struct bytes time = {0};

		(void)txn_get(&t, VIEW_LAST_WORDS, row_key_view(&key), &time);
		writer_bytes(out, time);
	}
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
}

static void forget_views(void)
{
	char command[400];

	views_close(net.views);
	snprintf(command, sizeof(command), "rm -r '%s/views'", net.home.path);
	assert_int_equal(system(command), 0);
	net.views = views_open(net.store, net.home.path, NULL);
	assert_non_null(net.views);
}

/* One page of the audit: its rows without what says that they are of an earlier day. */
static void ask(struct writer *rows, const char *as_of, const char *cursor, uint64_t limit)
{
	struct writer params = {0};

	mp_put_map(&params, 3u + (as_of ? 1 : 0) + (cursor ? 1 : 0));
	if (as_of) {
		mp_put_cstr(&params, "as_of");
		mp_put_cstr(&params, as_of);
	}
	if (cursor) {
		mp_put_cstr(&params, "cursor");
		mp_put_cstr(&params, cursor);
	}
	mp_put_cstr(&params, "kind");
	mp_put_cstr(&params, "commitment,milestone,programme,workshop,practice,project");
	mp_put_cstr(&params, "limit");
	mp_put_int(&params, (int64_t)limit);
	mp_put_cstr(&params, "today");
	mp_put_cstr(&params, "2026-06-15");
	(void)network_query(&net, "audit", &params, rows);
	writer_release(&params);
}

/* What a row is about and what it says. */
static void take_rows(struct writer *out, struct bytes page)
{
	static const char *const fields[] = {"ref", "kind", "due", "status", "self_status",
	    "attested_status", "coordinator_status", "observer_status", "attesters", "overdue",
	    "findings", "shares"};
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(page, "rows"));
	count = mp_array(&r);
	for (uint32_t i = 0; i < count; i++) {
		struct bytes row = mp_raw(&r);

		for (size_t k = 0; k < sizeof(fields) / sizeof(*fields); k++)
			writer_bytes(out, mp_get(row, fields[k]));
	}
	assert_int_equal(r.err, ERR_NONE);
}

static void all_pages(struct writer *out, const char *as_of, uint64_t limit)
{
	char cursor[64] = "";
	struct writer page = {0};
	unsigned pages = 0;

	writer_clear(out);
	do {
		struct reader r;
		struct bytes next = {0};

		ask(&page, as_of, *cursor ? cursor : NULL, limit);
		take_rows(out, writer_view(&page));
		reader_init(&r, mp_get(writer_view(&page), "cursor"));
		if (mp_peek(&r) == MP_STR)
			next = mp_str(&r);
		assert_true(next.size < sizeof(cursor));
		if (next.size > 0)
			memcpy(cursor, next.data, next.size);
		cursor[next.size] = '\0';
		assert_true(++pages < 1000);
	} while (*cursor);
	writer_release(&page);
}

static void expect_same(
    const char *what, const struct writer *a, const struct writer *b, uint32_t history)
{
	if (a->size != b->size || memcmp(a->data, b->data, a->size) != 0)
		fail_msg("%s: the rows differ in history %u", what, history);
}

static void play(uint32_t history)
{
	struct writer kept = {0}, made = {0};

	seed = history;
	while (deed_count < 40 + draw(DEEDS_MAX - 40))
		make_deed();
	let_arrive();
	rows_of(&kept);
	assert_true(kept.size > 0);
	all_pages(&made, NULL, 500);
	for (uint64_t limit = 1; limit < 20; limit += 6) {
		struct writer paged = {0};

		all_pages(&paged, NULL, limit);
		expect_same("paged", &made, &paged, history);
		writer_release(&paged);
	}
	{
		struct writer computed = {0};

		all_pages(&computed, "2200-01-01", 7);
		expect_same("computed", &made, &computed, history);
		writer_release(&computed);
	}
	forget_views();
	index_some(history % 2 ? 7 : 100000, true);
	rows_of(&made);
	expect_same("made from nothing", &kept, &made, history);
	writer_release(&kept);
	writer_release(&made);
}

static void rows_are_those_of_views_made_from_nothing(void **state)
{
	const char *asked = getenv("HISTORIES"); /* more of them for a night */
	uint32_t count = asked ? (uint32_t)strtoul(asked, NULL, 10) : HISTORIES;

	for (uint32_t history = 1; history <= count; history++) {
		if (history > 1) {
			(void)tear_down(state);
			(void)set_up(state);
		}
		play(history);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		rows_are_those_of_views_made_from_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
