/* list beyond plain filters: what keeps it true while records come, change and go, in which order pages follow, and
 * what hostile payloads cannot do. */
#include "store/view_rows.h"
#include "tests/store/network.h"

static struct network net;
static struct author sefrou, agadir;
static struct pair agadir_key;
static struct writer out;

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	network_make(&net);
	pair_make(&agadir_key, 9);
	network_admit(&net, "sefrou", &net.commune.pk, "03.231.01.01");
	network_admit(&net, "agadir", &agadir_key.pk, "09.001.01.01");
	network_log(&net, &sefrou, "sefrou", &net.commune, 1);
	network_log(&net, &agadir, "agadir", &agadir_key, 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	network_remove(&net);
	writer_release(&out);
	return 0;
}

/* --- records ---------------------------------------------------------------------------------- */

static void put_link(struct writer *w, const char *field, const struct record_ref *ref)
{
	mp_put_cstr(w, field);
	kinds_put_link(w, ref);
}

static struct record_ref publish(struct author *author, uint16_t kind, struct writer *payload)
{
	struct record_ref ref = network_publish(&net, author, kind, writer_view(payload));

	writer_release(payload);
	return ref;
}

static struct record_ref commitment(const char *title, const struct record_ref *supersedes)
{
	struct writer payload = {0};

	mp_put_map(&payload, supersedes ? 2 : 1);
	if (supersedes)
		put_link(&payload, "supersedes", supersedes);
	mp_put_cstr(&payload, "title");
	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "fr");
	mp_put_cstr(&payload, title);
	return publish(&sefrou, KIND_COMMITMENT, &payload);
}

static struct record_ref progress(
    const struct record_ref *about, const char *status, const struct record_ref *supersedes)
{
	struct writer payload = {0};

	mp_put_map(&payload, supersedes ? 3 : 2);
	put_link(&payload, "about", about);
	mp_put_cstr(&payload, "status");
	mp_put_cstr(&payload, status);
	if (supersedes)
		put_link(&payload, "supersedes", supersedes);
	return publish(&sefrou, KIND_PROGRESS, &payload);
}

static struct record_ref attestation(
    struct author *by, const struct record_ref *about, const char *completion)
{
	struct writer payload = {0};

	mp_put_map(&payload, 2);
	put_link(&payload, "about", about);
	mp_put_cstr(&payload, "coding");
	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "completion");
	mp_put_cstr(&payload, completion);
	return publish(by, KIND_ATTESTATION, &payload);
}

static void erase(const struct record_ref *target, const struct record_ref *by)
{
	struct record erased = {.state = RECORD_ERASED, .erasure = *by};
	struct change_payload op = {.key = target->log, .index = target->index};
	struct writer change = {0}, rest = {0};

	record_write_rest(&rest, &erased);
	op.rest = writer_view(&rest);
	change_put_payload(&change, &op);
	sample_apply(net.store, &change, NULL);
	writer_release(&change);
	writer_release(&rest);
}

/* --- asking ----------------------------------------------------------------------------------- */

struct asked {
	const char *name, *value; /* ascending; NULL ends */
};

static enum err list_why(const struct asked *asked, uint64_t limit, struct why *why)
{
	struct writer params = {0};
	uint32_t count = 0;
	bool is_limited = false;
	enum err err;

	while (asked[count].name)
		count++;
	mp_put_map(&params, count + 1);
	for (uint32_t i = 0; i <= count; i++) {
		if (!is_limited && (i == count || strcmp(asked[i].name, "limit") > 0)) {
			is_limited = true;
			mp_put_cstr(&params, "limit");
			mp_put_uint(&params, limit);
		}
		if (i < count) {
			mp_put_cstr(&params, asked[i].name);
			mp_put_cstr(&params, asked[i].value);
		}
	}
	err = network_query_why(&net, "list", &params, &out, why);
	if (err == ERR_NONE)
		assert_int_equal(mp_scan(writer_view(&out)), ERR_NONE);
	writer_release(&params);
	return err;
}

static struct bytes list(const struct asked *asked, uint64_t limit)
{
	struct why why = {0};

	if (list_why(asked, limit, &why) != ERR_NONE)
		fail_msg("list: %s: %s", err_name(why.err), why.text);
	return writer_view(&out);
}

static struct bytes str_in(struct bytes map, const char *name)
{
	struct reader r;

	reader_init(&r, mp_get(map, name));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
}

/* "ref=status …" of the rows. */
static const char *statuses(const char *kind)
{
	static char text[4000];
	const struct asked asked[] = {{"kind", kind}, {NULL, NULL}};
	struct reader r;
	uint32_t count;
	size_t at = 0;

	network_index(&net);
	reader_init(&r, mp_get(list(asked, 1000), "rows"));
	count = mp_array(&r);
	text[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		struct bytes row = mp_raw(&r);
		struct bytes ref = str_in(row, "ref"), status = str_in(row, "status");
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%.*s=%.*s", i ? " " : "",
		    (int)ref.size, (const char *)ref.data, (int)status.size,
		    (const char *)(status.size ? status.data : (const uint8_t *)""));
	}
	return text;
}

static void forget_views(void)
{
	char command[400];
	struct why why = {0};

	views_close(net.views);
	snprintf(command, sizeof(command), "rm -r '%s/views'", net.home.path);
	assert_int_equal(system(command), 0);
	net.views = views_open(net.store, net.home.path, &why);
	assert_non_null(net.views);
}

/* --- status ----------------------------------------------------------------------------------- */

static void the_status_of_a_commitment_follows_what_is_said_of_it(void **state)
{
	struct record_ref first, second, own, other, on_progress;

	(void)state;
	first = commitment("Budget", NULL);
	assert_string_equal(statuses("commitment"), "sefrou/1=");
	own = progress(&first, "limited", NULL);
	assert_string_equal(statuses("commitment"), "sefrou/1=limited");
	own = progress(&first, "complete", &own);
	assert_string_equal(statuses("commitment"), "sefrou/1=complete");
	other = attestation(&agadir, &first, "substantial");
	assert_string_equal(statuses("commitment"), "sefrou/1=substantial");
	(void)attestation(&sefrou, &first, "not_started"); /* nobody attests their own */
	assert_string_equal(statuses("commitment"), "sefrou/1=substantial");
	second = commitment("Budget, revu", &first);
	assert_string_equal(statuses("commitment"), "sefrou/1=substantial sefrou/5=substantial");
	erase(&other, &own);
	assert_string_equal(statuses("commitment"), "sefrou/1=complete sefrou/5=complete");
	on_progress = attestation(&agadir, &own, "no_evidence");
	assert_string_equal(statuses("commitment"), "sefrou/1=no_evidence sefrou/5=no_evidence");
	erase(&on_progress, &own);
	erase(&own, &own); /* and the report before it stands again */
	assert_string_equal(statuses("commitment"), "sefrou/1=limited sefrou/5=limited");
	(void)second;
	forget_views();
	assert_string_equal(statuses("commitment"), "sefrou/1=limited sefrou/5=limited");
}

static void a_stranger_to_the_commitment_reports_nothing(void **state)
{
	struct record_ref promise, elsewhere;
	struct writer payload = {0};

	(void)state;
	promise = commitment("Budget", NULL);
	mp_put_map(&payload, 2);
	put_link(&payload, "about", &promise);
	mp_put_cstr(&payload, "status");
	mp_put_cstr(&payload, "complete");
	(void)publish(&agadir, KIND_PROGRESS, &payload);
	elsewhere = promise;
	elsewhere.index = 0; /* the leaf of one record at the place of another */
	(void)progress(&elsewhere, "complete", NULL);
	elsewhere = promise;
	elsewhere.log = agadir.log.log.key;
	(void)progress(&elsewhere, "complete", NULL);
	assert_string_equal(statuses("commitment"), "sefrou/1=");
}

/* What is said comes before what it is said of. */
static void a_link_that_waits_is_followed_when_its_target_comes(void **state)
{
	struct record_ref promise = {.index = 1}, version;
	struct writer payload = {0}, body = {0};
	struct record record;
	struct reader r;

	(void)state;
	/* The next record of sefrou is known before it is stored. */
	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "title");
	mp_put_cstr(&payload, "x");
	sample_record(&body, KIND_COMMITMENT, 1, writer_view(&payload));
	reader_init(&r, writer_view(&body));
	assert_int_equal(record_read(&record, &r), ERR_NONE);
	promise.log = sefrou.log.log.key;
	tree_leaf_hash(&promise.leaf, record.raw_header);
	(void)attestation(&agadir, &promise, "limited");
	network_index(&net);
	version = network_publish(&net, &sefrou, KIND_COMMITMENT, writer_view(&payload));
	assert_memory_equal(version.leaf.b, promise.leaf.b, HASH_SIZE);
	assert_string_equal(statuses("commitment"), "sefrou/1=limited");
	writer_release(&payload);
	writer_release(&body);
}

/* What lies behind a cut does not count, whenever the cut becomes known. */
static void a_cut_takes_back_what_was_said_behind_it(void **state)
{
	struct change_state op = {.state = LOG_CUT};
	struct writer change = {0};
	struct record_ref promise;

	(void)state;
	promise = commitment("Budget", NULL);
	(void)attestation(&agadir, &promise, "limited");
	(void)attestation(&agadir, &promise, "not_started");
	assert_string_equal(statuses("commitment"), "sefrou/1=not_started");
	op.key = agadir.log.log.key;
	op.cut_size = 2;
	change_put_state(&change, &op);
	sample_apply(net.store, &change, NULL);
	assert_string_equal(statuses("commitment"), "sefrou/1=limited");
	writer_clear(&change);
	op.state = LOG_OPEN;
	op.cut_size = 0;
	change_put_state(&change, &op);
	sample_apply(net.store, &change, NULL);
	assert_string_equal(statuses("commitment"), "sefrou/1=not_started");
	writer_release(&change);
}

/* --- the same however it was indexed ---------------------------------------------------------- */

static void rows_of_table(struct writer *w, unsigned table)
{
	struct walk walk;
	struct txn t;

	txn_begin(&t, &net.views->env, TXN_READ);
	walk_begin(&walk, &t, table);
	for (bool more = walk_first(&walk); more; more = walk_next(&walk)) {
		writer_bytes(w, walk.key);
		writer_bytes(w, walk.value);
	}
	walk_end(&walk);
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
}

static void rows_of_views(struct writer *w)
{
	for (unsigned table = VIEW_KINDS; table < VIEW_TABLE_COUNT; table++)
		if (table != VIEW_WORDS) /* lie as their batches came: test_view_words */
			rows_of_table(w, table);
}

static void views_do_not_depend_on_where_batches_end(void **state)
{
	static const char *const words[] = {"limited", "complete", "not_started", "ND"};
	struct record_ref refs[200];
	struct writer before = {0}, after = {0};
	uint32_t draw = 12345;
	bool more = true;

	(void)state;
	refs[0] = commitment("a", NULL);
	for (unsigned i = 1; i < 200; i++) {
		draw = draw * 1664525u + 1013904223u;
		struct record_ref *about = &refs[(draw >> 8) % i];
		const char *word = words[(draw >> 20) % 4];
		switch ((draw >> 26) % 5) {
		case 0:
			refs[i] = commitment("b", about);
			break;
		case 1:
			refs[i] = progress(about, word, NULL);
			break;
		case 2:
			refs[i] = progress(about, word, &refs[i - 1]);
			break;
		case 3:
			refs[i] = attestation(&agadir, about, word);
			break;
		default:
			refs[i] = attestation(&sefrou, about, word);
			break;
		}
		if (i % 3 == 0)
			network_index(&net);
	}
	network_index(&net);
	rows_of_views(&before);
	forget_views();
	while (more)
		assert_int_equal(views_index(net.views, net.store, 7, &more, NULL), ERR_NONE);
	rows_of_views(&after);
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.data, after.data, before.size);
	forget_views();
	writer_clear(&after);
	more = true;
	while (more)
		assert_int_equal(views_index(net.views, net.store, 100000, &more, NULL), ERR_NONE);
	rows_of_views(&after);
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.data, after.data, before.size);
	writer_release(&before);
	writer_release(&after);
}

/* Links of what was erased stay; facets and audit know nothing of it any more. */
static void an_erased_attestation_leaves_no_trace(void **state)
{
	struct record_ref promise, own, other;
	struct writer before = {0}, after = {0};

	(void)state;
	promise = commitment("Budget", NULL);
	own = progress(&promise, "limited", NULL);
	network_index(&net);
	other = attestation(&agadir, &own, "limited");
	network_index(&net);
	erase(&other, &own);
	network_index(&net);
	rows_of_table(&before, VIEW_FACETS);
	rows_of_table(&before, VIEW_AUDIT);
	forget_views();
	network_index(&net);
	rows_of_table(&after, VIEW_FACETS);
	rows_of_table(&after, VIEW_AUDIT);
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.data, after.data, before.size);
	writer_release(&before);
	writer_release(&after);
}

/* --- pages ------------------------------------------------------------------------------------ */

/* Marks the rows of a page by the index of sefrou's record; copies the cursor. */
static bool take_page(struct bytes page, unsigned *seen, char *cursor)
{
	struct bytes next = str_in(page, "cursor");
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(page, "rows"));
	count = mp_array(&r);
	for (uint32_t i = 0; i < count; i++) {
		struct bytes ref = str_in(mp_raw(&r), "ref");
		assert_true(ref.size > 7 && memcmp(ref.data, "sefrou/", 7) == 0);
		seen[atoi((const char *)ref.data + 7)]++;
	}
	memcpy(cursor, next.data ? next.data : (const uint8_t *)"", next.size);
	cursor[next.size] = '\0';
	return next.size > 0;
}

static void pages_lose_no_row_and_repeat_none_while_records_come(void **state)
{
	static const char *const orders[] = {"arrival", "arrival,desc", "time", "time,desc",
	    "title", "title,desc", "member", "status", "status,desc"};
	struct record_ref refs[21];
	char title[16], cursor[200];

	(void)state;
	for (unsigned i = 0; i < 21; i++) {
		snprintf(title, sizeof(title), "titre %u", i * 7 % 21);
		refs[i] = commitment(title, NULL);
	}
	for (unsigned i = 0; i < 21; i += 2)
		(void)progress(&refs[i], i % 3 ? "limited" : "complete", NULL);
	for (unsigned o = 0; o < sizeof(orders) / sizeof(orders[0]); o++) {
		unsigned seen[4000] = {0};
		struct asked asked[] = {{"kind", "commitment"}, {"sort", orders[o]}, {NULL, NULL}};
		struct asked next[] = {
		    {"cursor", cursor}, {"kind", "commitment"}, {"sort", orders[o]}, {NULL, NULL}};
		bool more;
		network_index(&net);
		more = take_page(list(asked, 4), seen, cursor);
		while (more) {
			/* One comes, and two change their status. */
			(void)commitment("titre 0", NULL);
			(void)progress(&refs[1], "substantial", NULL);
			(void)progress(&refs[20], "no_evidence", NULL);
			network_index(&net);
			more = take_page(list(next, 4), seen, cursor);
			if (o == 0 && seen[refs[20].index])
				break; /* in arrival order the new ones follow for ever */
		}
		for (unsigned i = 0; i < 21; i++)
			if (seen[refs[i].index] != 1)
				fail_msg("%s: sefrou/%u came %u times", orders[o],
				    (unsigned)refs[i].index, seen[refs[i].index]);
		for (unsigned i = 0; i < 4000; i++)
			assert_true(seen[i] <= 1);
	}
}

#define REF_SIZE 80

/* Page after page; how many. */
static uint32_t refs_in_order(struct asked *asked, struct asked *with_cursor, char refs[][REF_SIZE])
{
	static char cursor[200];
	struct bytes page = list(asked, 3), next;
	uint32_t count = 0;

	for (bool more = true; more;) {
		struct reader r;

		reader_init(&r, mp_get(page, "rows"));
		for (uint32_t left = mp_array(&r); left > 0; left--) {
			struct bytes ref = str_in(mp_raw(&r), "ref");
			assert_true(count < 100);
			snprintf(
			    refs[count++], REF_SIZE, "%.*s", (int)ref.size, (const char *)ref.data);
		}
		next = str_in(page, "cursor");
		more = next.size > 0;
		snprintf(cursor, sizeof(cursor), "%.*s", (int)next.size, (const char *)next.data);
		with_cursor[strcmp(with_cursor[0].name, "cursor") != 0].value = cursor;
		if (more)
			page = list(with_cursor, 3);
	}
	return count;
}

/* The newest first is read from the end: of everything, of a kind, of a member, and of what is about a record. */
static void the_newest_first_is_the_same_backwards(void **state)
{
	static const char *const filters[][2] = {
	    {"about", "sefrou/1"}, {"kind", "progress"}, {"member", "agadir"}, {"region", ""}};
	static char rising[100][REF_SIZE], falling[100][REF_SIZE];
	struct record_ref pledge, report;

	(void)state;
	pledge = commitment("Budget", NULL);
	for (unsigned i = 0; i < 8; i++) {
		report = progress(&pledge, i % 2 ? "limited" : "complete", NULL);
		(void)attestation(&agadir, i % 3 ? &report : &pledge, "limited");
	}
	network_index(&net);
	for (unsigned i = 0; i < 4; i++) {
		bool has_filter = filters[i][1][0] != '\0';
		struct asked up[3] = {{filters[i][0], filters[i][1]}, {NULL, NULL}};
		struct asked up_next[3] = {{"cursor", NULL}, {filters[i][0], filters[i][1]}};
		struct asked down[3] = {
		    {filters[i][0], filters[i][1]}, {"sort", "arrival,desc"}, {NULL, NULL}};
		struct asked down_next[4] = {{"cursor", NULL}, {filters[i][0], filters[i][1]},
		    {"sort", "arrival,desc"}, {NULL, NULL}};
		uint32_t count;
		if (strcmp(filters[i][0], "about") == 0) { /* names ascend */
			up_next[0] = up_next[1];
			up_next[1] = (struct asked){"cursor", NULL};
			down_next[0] = up_next[0];
			down_next[1] = up_next[1];
		}
		if (!has_filter) {
			up[0] = up_next[1] = (struct asked){NULL, NULL};
			down[0] = (struct asked){"sort", "arrival,desc"};
			down[1] = down_next[2] = (struct asked){NULL, NULL};
			down_next[1] = down[0];
		}
		count = refs_in_order(up, up_next, rising);
		assert_true(count >= 8);
		assert_int_equal(refs_in_order(down, down_next, falling), count);
		for (uint32_t j = 0; j < count; j++)
			assert_string_equal(rising[j], falling[count - 1 - j]);
	}
}

static void a_cursor_is_taken_only_as_it_was_given(void **state)
{
	struct asked first[] = {{"sort", "title"}, {NULL, NULL}};
	struct asked next[] = {{"cursor", NULL}, {"sort", "title"}, {NULL, NULL}};
	static const char *const bad[] = {"x", "00", "12",
	    "ffffffffffffffffffffffffffffffffffffffff", "0104000000000000000000000000000000000000"};
	char cursor[200], spoilt[200];
	unsigned seen[10] = {0};
	struct why why = {0};

	(void)state;
	(void)seen;
	for (unsigned i = 0; i < 5; i++)
		(void)commitment("t", NULL);
	network_index(&net);
	(void)first;
	snprintf(cursor, sizeof(cursor), "%.*s", 150,
	    (const char *)str_in(list(first, 2), "cursor").data);
	cursor[strspn(cursor, "0123456789abcdef")] = '\0';
	next[0].value = cursor;
	list(next, 2);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		next[0].value = bad[i];
		why = (struct why){0};
		assert_int_equal(list_why(next, 2, &why), ERR_USAGE);
		assert_non_null(strstr(why.text, "cursor"));
	}
	/* Version, order, direction, how far the first page saw, length. */
	for (unsigned at = 0; at < 8; at += 2) {
		memcpy(spoilt, cursor, sizeof(spoilt));
		memcpy(spoilt + at, "7f", 2);
		next[0].value = spoilt;
		assert_int_equal(list_why(next, 2, &why), ERR_USAGE);
	}
	memcpy(spoilt, cursor, sizeof(spoilt));
	spoilt[strlen(spoilt) - 1] = '\0';
	next[0].value = spoilt;
	assert_int_equal(list_why(next, 2, &why), ERR_USAGE);
}

/* --- hostile payloads ------------------------------------------------------------------------- */

static void publish_raw(uint16_t kind, const struct writer *payload)
{
	(void)network_publish(&net, &agadir, kind, writer_view(payload));
}

static void put_hostile(void)
{
	static char long_title[64000];
	struct writer w = {0};

	for (unsigned i = 0; i < 20000; i++) /* nesting */
		writer_u8(&w, 0x91);
	publish_raw(KIND_COMMITMENT, &w);
	writer_clear(&w);
	mp_put_map(&w, 1); /* invalid UTF-8 */
	mp_put_cstr(&w, "title");
	mp_put_cstr(&w, "\xff\xfe\xc0");
	publish_raw(KIND_PRACTICE, &w);
	writer_clear(&w);
	memset(long_title, 'A', sizeof(long_title) - 1);
	mp_put_map(&w, 3);
	mp_put_cstr(&w, "status");
	mp_put_cstr(&w, long_title + 62000);
	mp_put_cstr(&w, "themes");
	mp_put_array(&w, 3);
	mp_put_cstr(&w, long_title + 63900);
	mp_put_int(&w, MP_INT_MAX);
	mp_put_cstr(&w, "\xe2\x80\xae<script>");
	mp_put_cstr(&w, "title");
	mp_put_cstr(&w, long_title + 2000);
	publish_raw(KIND_PROGRESS, &w);
	writer_clear(&w);
	mp_put_map(&w, 4); /* everything of another type */
	mp_put_cstr(&w, "about");
	mp_put_int(&w, -MP_INT_MAX);
	mp_put_cstr(&w, "supersedes");
	mp_put_map(&w, 0);
	mp_put_cstr(&w, "territory");
	mp_put_cstr(&w, "99.999.99.99");
	mp_put_cstr(&w, "withdrawn");
	mp_put_cstr(&w, "yes");
	publish_raw(KIND_ATTESTATION, &w);
	writer_clear(&w);
	mp_put_map(&w, 3);
	mp_put_cstr(&w, "end");
	mp_put_cstr(&w, "99999-12-31");
	mp_put_cstr(&w, "themes");
	mp_put_map(&w, 1);
	mp_put_cstr(&w, "a");
	mp_put_cstr(&w, "b");
	mp_put_cstr(&w, "title");
	mp_put_array(&w, 0);
	publish_raw(KIND_COMMITMENT, &w);
	publish_raw(60000, &w);
	writer_clear(&w);
	publish_raw(KIND_WORKSHOP, &w); /* no bytes at all */
	writer_release(&w);
}

static void hostile_payloads_break_no_list(void **state)
{
	static const struct asked cases[][3] = {{{NULL, NULL}}, {{"group_by", "member"}},
	    {{"group_by", "region"}}, {{"group_by", "province"}}, {{"group_by", "theme"}},
	    {{"group_by", "status"}}, {{"group_by", "kind"}}, {{"group_by", "year"}},
	    {{"group_by", "month"}}, {{"sort", "title"}}, {{"sort", "title,desc"}},
	    {{"sort", "status"}}, {{"sort", "time,desc"}}, {{"sort", "member"}},
	    {{"as_of", "9999"}, {"sort", "status"}}, {{"status", "withdrawn"}}, {{"region", "09"}},
	    {{"theme", "gender"}}};

	(void)state;
	put_hostile();
	network_index(&net);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		list(cases[i], 1000);
	assert_string_equal(statuses("commitment"), "agadir/1= agadir/5=");
	assert_string_equal(statuses("attestation"), "agadir/4=");
}

/* Claimed times have no end within the format. */
static void the_last_time_that_can_be_claimed_has_a_year(void **state)
{
	static const struct asked asked[] = {
	    {"group_by", "year"}, {"member", "agadir"}, {"sort", "year,desc"}, {NULL, NULL}};
	uint8_t salt[RECORD_SALT_SIZE] = {0};
	struct writer change = {0}, body = {0};
	struct reader r;

	(void)state;
	record_create(
	    &body, KIND_COMMENT, (struct mtime){MP_INT_MAX}, NULL, salt, BYTES_STR("\x80"));
	sample_append_body(&change, &agadir.log, writer_view(&body), 1, false);
	author_head(&net, &change, &agadir.log, &agadir.key.sk);
	sample_apply(net.store, &change, NULL);
	network_index(&net);
	reader_init(&r, mp_get(list(asked, 1), "rows"));
	assert_int_equal(mp_array(&r), 1);
	assert_true(bytes_equal(str_in(mp_raw(&r), "year"), BYTES_STR("287396")));
	writer_release(&change);
	writer_release(&body);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(the_status_of_a_commitment_follows_what_is_said_of_it),
	    TEST(a_stranger_to_the_commitment_reports_nothing),
	    TEST(a_link_that_waits_is_followed_when_its_target_comes),
	    TEST(a_cut_takes_back_what_was_said_behind_it),
	    TEST(views_do_not_depend_on_where_batches_end),
	    TEST(an_erased_attestation_leaves_no_trace),
	    TEST(pages_lose_no_row_and_repeat_none_while_records_come),
	    TEST(the_newest_first_is_the_same_backwards),
	    TEST(a_cursor_is_taken_only_as_it_was_given),
	    TEST(hostile_payloads_break_no_list),
	    TEST(the_last_time_that_can_be_claimed_has_a_year),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
