/* The roster decides which logs count: one that it does not admit, that it has cut or that is frozen
 * is skipped, and the session that brought it goes on. Its every change judges open sessions and
 * stored logs again, everywhere alike. */
#include "tests/proto/core_puppet.h"

static struct world w;
static struct author author; /* m4, whose node is in our hands */
static struct author other;  /* m5, admitted by nobody at first */
static struct puppet p;

static int set_up(void **state)
{
	(void)state;
	world_network(&w, 3);
	author_init(&author, &w, 4);
	author_init(&other, &w, 5);
	for (unsigned i = 0; i < 4; i++) {
		author_write(&author, 128, i);
		author_write(&other, 128, 100 + i);
	}
	world_admit_key(&w, "m4", &author.person.member, NULL);
	world_run(&w, 2000);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &author);
	assert_false(p.is_closed);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	puppet_release(&p);
	author_release(&author);
	author_release(&other);
	world_release(&w);
	return 0;
}

/* Announces the first `size` records and answers what is asked. False when nothing was asked. */
static bool offer(const struct author *a, uint64_t size)
{
	struct checkpoint head;
	struct msg_want want;
	struct writer body = {0};
	unsigned before = p.frame_count;

	author_checkpoint(a, size, &head);
	puppet_head(&p, &head);
	for (unsigned i = before; i < p.frame_count; i++)
		if (p.frames[i].type == MSG_WANT && puppet_wanted(&p, &a->person.log, &want)) {
			author_batch(a, &want, 100000, &body);
			puppet_send(&p, MSG_BATCH, &body);
			world_pump(&w);
			return true;
		}
	return false;
}

static uint64_t stored(const struct node *n, const struct author *a)
{
	const struct kept_log *log = kept_find(&n->store, &a->person.log);

	return log ? log->count : 0;
}

static void a_log_that_is_not_admitted_is_skipped(void **state)
{
	struct hash digest = node_status(&w.nodes[0]).digest, after;

	(void)state;
	assert_true(offer(&other, 5)); /* unknown: only its log.open can tell */
	assert_false(p.is_closed);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_ADMISSION), 1);
	assert_int_equal(node_refused(&w.nodes[0]), 1);
	assert_int_equal(stored(&w.nodes[0], &other), 0);
	after = node_status(&w.nodes[0]).digest;
	assert_memory_equal(&digest, &after, sizeof(digest));
	assert_false(offer(&other, 5)); /* not asked for again */
	assert_int_equal(node_refused(&w.nodes[0]), 1);
	assert_true(offer(&author, 5)); /* the session goes on */
	assert_int_equal(stored(&w.nodes[0], &author), 5);
}

static void once_admitted_it_is_taken(void **state)
{
	(void)state;
	assert_true(offer(&other, 5));
	assert_int_equal(stored(&w.nodes[0], &other), 0);
	world_admit_key(&w, "m5", &other.person.member, NULL);
	assert_true(offer(&other, 5));
	assert_int_equal(stored(&w.nodes[0], &other), 5);
	world_run(&w, 2000);
	assert_int_equal(stored(&w.nodes[1], &other), 5);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[2]));
}

static struct log_listing cut_at(const struct author *a, uint64_t size)
{
	struct log_listing cut = {.key = a->person.log, .end = LOG_IS_CUT, .size = size};
	struct checkpoint at;

	author_checkpoint(a, size, &at);
	cut.root = at.root;
	return cut;
}

static void a_cut_ends_a_log_alike_everywhere(void **state)
{
	struct log_listing cut = cut_at(&author, 3);
	struct hash before;
	struct log_info info;

	(void)state;
	assert_true(offer(&author, 5));
	world_run(&w, 2000);
	before = node_status(&w.nodes[1]).digest;
	world_remove(&w, "m4", &cut);
	world_run(&w, 3000);
	for (unsigned i = 0; i < 3; i++) {
		struct hash now = node_status(&w.nodes[i]).digest;
		assert_memory_not_equal(&before, &now, sizeof(now));
		assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[i]));
		assert_true(node_log(&w.nodes[i], &author.person.log, &info));
		assert_true(info.is_admissible && info.cut.is_cut && info.cut.size == 3);
		assert_int_equal(info.stored, 5); /* kept apart */
	}
}

static bool has_alarm(const struct node *n, const char *text)
{
	for (size_t i = 0; core_alarm(n->core, i); i++)
		if (strcmp(core_alarm(n->core, i), text) == 0)
			return true;
	return false;
}

/* The coordinator errs, or lies: three nodes hold `size` records, and the roster names another root for `cut_size`. */
static void cut_at_another_root(uint64_t size, uint64_t cut_size)
{
	struct log_listing cut = cut_at(&author, cut_size);
	struct log_info info;

	assert_true(offer(&author, size));
	world_run(&w, 2000);
	cut.root.b[0] ^= 1;
	world_remove(&w, "m4", &cut);
	puppet_release(&p);
	world_run(&w, 3000);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(node_log(&w.nodes[i], &author.person.log, &info));
		assert_true(info.cut.is_cut && info.is_cut_elsewhere);
		assert_true(has_alarm(&w.nodes[i], CUT_ELSEWHERE_TEXT));
		assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[i]));
	}
	world_admit(&w, &w.nodes[3]);
	node_peer(&w.nodes[3], &w.nodes[0]);
	node_start(&w.nodes[3]);
	world_run(&w, 30000);
	for (unsigned i = 0; i < 4; i++) /* nobody told what cannot be proven */
		assert_int_equal(node_refused(&w.nodes[i]), 0);
	assert_int_equal(node_status(&w.nodes[3]).sessions, 1);
}

static void a_cut_at_another_root_is_not_told(void **state)
{
	(void)state;
	cut_at_another_root(5, 3);
	assert_int_equal(stored(&w.nodes[3], &author), 0);
	node_stop(&w.nodes[0]);
	node_start(&w.nodes[0]);
	world_run(&w, 30000);
	assert_true(has_alarm(&w.nodes[0], CUT_ELSEWHERE_TEXT));
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
	assert_int_equal(node_refused(&w.nodes[3]), 0);
}

/* The author's own checkpoint of that size is provable, and is told. */
static void a_cut_at_another_root_of_the_head_leaves_the_head(void **state)
{
	(void)state;
	cut_at_another_root(5, 5);
	assert_int_equal(stored(&w.nodes[3], &author), 5);
	assert_true(has_alarm(&w.nodes[3], CUT_ELSEWHERE_TEXT));
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[3]));
}

static enum err rotten_root(struct node *node, const struct read *read, struct writer *out)
{
	(void)node;
	(void)out;
	return read->type == READ_ROOT ? ERR_ROT : ERR_NONE;
}

/* A node that rotted under the cut: the cut is told once it is mended. */
static void a_cut_whose_root_could_not_be_read_is_looked_at_again(void **state)
{
	struct log_listing cut = cut_at(&author, 3);

	(void)state;
	assert_true(offer(&author, 5));
	world_run(&w, 2000);
	w.nodes[0].tamper = rotten_root;
	world_remove(&w, "m4", &cut);
	world_run(&w, 3000);
	w.nodes[0].tamper = NULL;
	world_run(&w, 130000);
	world_admit(&w, &w.nodes[3]);
	node_peer(&w.nodes[3], &w.nodes[0]);
	for (unsigned i = 1; i < 3; i++)
		w.is_blocked[3][i] = w.is_blocked[i][3] = true;
	node_start(&w.nodes[3]);
	world_run(&w, 30000);
	assert_int_equal(stored(&w.nodes[3], &author), 3);
}

static void who_comes_after_a_cut_gets_what_is_within_it(void **state)
{
	struct log_listing cut = cut_at(&author, 3);

	(void)state;
	assert_true(offer(&author, 5));
	world_remove(&w, "m4", &cut);
	world_run(&w, 3000);
	world_admit(&w, &w.nodes[3]);
	node_peer(&w.nodes[3], &w.nodes[0]);
	node_start(&w.nodes[3]);
	world_run(&w, 30000);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[3]));
	assert_int_equal(stored(&w.nodes[3], &author), 3);
}

static void records_past_a_cut_are_skipped(void **state)
{
	struct log_listing cut = cut_at(&author, 3);
	struct hash digest;
	struct author third;

	(void)state;
	assert_true(offer(&author, 3));
	world_remove(&w, "m4", &cut);
	puppet_release(&p);
	author_init(&third, &w, 3);
	author_write(&third, 128, 1);
	world_admit_key(&w, "m3", &third.person.member, NULL);
	world_run(&w, 2000);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &third);
	digest = node_status(&w.nodes[0]).digest;
	assert_false(offer(&author, 5));
	assert_false(p.is_closed);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_CUT), 1);
	assert_int_equal(stored(&w.nodes[0], &author), 3);
	struct hash after = node_status(&w.nodes[0]).digest;
	assert_memory_equal(&digest, &after, sizeof(digest));
	assert_true(offer(&third, 2));
	assert_int_equal(stored(&w.nodes[0], &third), 2);
	author_release(&third);
}

static void a_removed_member_is_shown_out(void **state)
{
	struct log_listing cut = cut_at(&author, 0 + 1);
	struct log_listing none = {.key = author.person.log, .end = LOG_IS_CUT};

	(void)state;
	assert_int_equal(node_status(&w.nodes[0]).sessions, 3);
	cut = none; /* nothing of it stays */
	world_remove(&w, "m4", &cut);
	assert_true(p.is_closed);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_ADMISSION), 1);
	assert_int_equal(node_status(&w.nodes[0]).sessions, 2);
}

static void a_removed_member_whose_log_is_not_listed_is_shown_out(void **state)
{
	(void)state;
	assert_true(offer(&author, 5));
	world_remove(&w, "m4", NULL);
	assert_true(p.is_closed);
	world_run(&w, 3000);
	for (unsigned i = 0; i < 3; i++)
		assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[i]));
	puppet_release(&p);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &author);
	assert_true(p.is_closed);
}

static void the_roster_survives_a_restart_with_its_cuts(void **state)
{
	struct log_listing cut = cut_at(&author, 3);
	struct hash digest, after;

	(void)state;
	assert_true(offer(&author, 5));
	world_remove(&w, "m4", &cut);
	world_run(&w, 3000);
	digest = node_status(&w.nodes[0]).digest;
	node_stop(&w.nodes[0]);
	node_start(&w.nodes[0]);
	after = node_status(&w.nodes[0]).digest;
	assert_memory_equal(&digest, &after, sizeof(digest));
	node_stop(&w.nodes[2]);
	node_start(&w.nodes[2]);
	after = node_status(&w.nodes[2]).digest;
	assert_memory_equal(&digest, &after, sizeof(digest));
}

static void nothing_follows_the_end_that_a_log_gave_itself(void **state)
{
	struct writer payload = {0}, record = {0};
	const uint8_t salt[RECORD_SALT_SIZE] = {1};

	(void)state;
	mp_put_map(&payload, 0);
	record_create(&record, 1, (struct mtime){5}, NULL, salt, writer_view(&payload));
	author_append(&author, writer_view(&record), 1); /* log.close */
	writer_release(&payload);
	writer_release(&record);
	assert_true(offer(&author, 6));
	assert_int_equal(stored(&w.nodes[0], &author), 6);
	author_write(&author, 128, 60);
	offer(&author, 7);
	assert_int_equal(stored(&w.nodes[0], &author), 6);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_CUT), 1);
	assert_false(p.is_closed);
}

static void publish_close(struct node *n, uint64_t request, size_t position, size_t count)
{
	struct writer empty = {0};
	struct publish_item items[3];

	mp_put_map(&empty, 0);
	for (size_t i = 0; i < count; i++)
		items[i] = (struct publish_item){i == position ? 1 : 128, writer_view(&empty)};
	core_publish(n->core, request, items, count, 0);
	world_pump(&w);
	writer_release(&empty);
}

static void a_node_writes_nothing_behind_its_own_close(void **state)
{
	struct node *one = &w.nodes[1];
	uint64_t request;

	(void)state;
	publish_close(one, 900, 1, 3);
	assert_err(ERR_USAGE, node_reply(one, 900)->err);
	assert_int_equal(node_status(one).size, 1);
	publish_close(one, 901, 1, 2);
	assert_ok(node_reply(one, 901)->err);
	assert_int_equal(node_status(one).size, 3);
	request = node_publish(one, 1, 0);
	world_pump(&w);
	assert_err(ERR_CUT, node_reply(one, request)->err);
	world_run(&w, 1000);
	node_stop(one);
	node_start(one);
	world_run(&w, 1000);
	request = node_publish(one, 1, 0);
	world_pump(&w);
	assert_err(ERR_CUT, node_reply(one, request)->err);
	assert_int_equal(node_head(&w.nodes[0], one), 3);
	assert_true(nodes_are_equal(one, &w.nodes[0]));
}

static void a_node_writes_nothing_behind_its_cut(void **state)
{
	struct node *one = &w.nodes[1];
	struct log_listing cut = {.key = one->person.log, .end = LOG_IS_CUT, .size = 1};
	struct log_info info;
	uint64_t request;

	(void)state;
	assert_true(node_log(one, &one->person.log, &info));
	cut.root = info.head.root;
	world_remove(&w, "m1", &cut);
	world_run(&w, 1000);
	request = node_publish(one, 1, 0);
	world_pump(&w);
	assert_err(ERR_CUT, node_reply(one, request)->err);
	assert_int_equal(node_status(one).size, 1);
}

static void an_entry_that_does_not_count_is_refused_before_it_is_signed(void **state)
{
	struct node *zero = &w.nodes[0];
	uint64_t size = node_status(zero).roster_size, request;
	struct writer entry = {0}, names = {0};

	(void)state;
	roster_entry_admit(
	    &entry, "m4", MEMBER_COMMUNE, &other.person.member, world_names(&names, "x"), "", NULL);
	request = world_append(&w, writer_view(&entry));
	world_pump(&w);
	assert_err(ERR_REFUSED, node_reply(zero, request)->err);
	assert_int_equal(node_status(zero).roster_size, size);
	writer_clear(&entry);
	roster_entry_admit(
	    &entry, "m5", MEMBER_COMMUNE, &other.person.member, world_names(&names, "x"), "", NULL);
	core_roster_append(w.nodes[1].core, 9, writer_view(&entry));
	world_pump(&w);
	assert_err(ERR_REFUSED, node_reply(&w.nodes[1], 9)->err); /* not the keeper */
	writer_release(&entry);
	writer_release(&names);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_log_that_is_not_admitted_is_skipped),
	    TEST(once_admitted_it_is_taken),
	    TEST(a_cut_ends_a_log_alike_everywhere),
	    TEST(a_cut_at_another_root_is_not_told),
	    TEST(a_cut_at_another_root_of_the_head_leaves_the_head),
	    TEST(a_cut_whose_root_could_not_be_read_is_looked_at_again),
	    TEST(who_comes_after_a_cut_gets_what_is_within_it),
	    TEST(records_past_a_cut_are_skipped),
	    TEST(a_removed_member_is_shown_out),
	    TEST(a_removed_member_whose_log_is_not_listed_is_shown_out),
	    TEST(the_roster_survives_a_restart_with_its_cuts),
	    TEST(nothing_follows_the_end_that_a_log_gave_itself),
	    TEST(a_node_writes_nothing_behind_its_own_close),
	    TEST(a_node_writes_nothing_behind_its_cut),
	    TEST(an_entry_that_does_not_count_is_refused_before_it_is_signed),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
