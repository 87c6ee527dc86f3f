/* The status in a list: what keeps it true while records come, change and go, however they were indexed. */
#include "store/view_rows.h"
#include "tests/store/listing.h"

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

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, two_members, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(the_status_of_a_commitment_follows_what_is_said_of_it),
	    TEST(a_stranger_to_the_commitment_reports_nothing),
	    TEST(a_link_that_waits_is_followed_when_its_target_comes),
	    TEST(a_cut_takes_back_what_was_said_behind_it),
	    TEST(views_do_not_depend_on_where_batches_end),
	    TEST(an_erased_attestation_leaves_no_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
