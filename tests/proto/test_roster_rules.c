/* Which logs are admissible and where they are cut, and what the roster rules about records and the
 * charter. */
#include "tests/proto/roster_world.h"

#define assert_void(w, line, call) \
	do { \
		assert_err(ERR_REFUSED, call); \
		assert_string_equal((w)->why.text, line); \
	} while (0)

static enum err admits(
    struct world *w, const char *code, unsigned member_key, unsigned log_key, struct log_cut *cut)
{
	struct log_open open;

	world_log(w, &open, code, member_key, log_key);
	w->why = (struct why){0};
	return roster_admits(w->roster, &open, cut, &w->why);
}

#define assert_not_admitted(w, line, code, member_key, log_key) \
	do { \
		struct log_cut cut_; \
		assert_err(ERR_ADMISSION, admits(w, code, member_key, log_key, &cut_)); \
		assert_string_equal((w)->why.text, line); \
		assert_false(cut_.is_cut); \
	} while (0)

static struct log_listing listing(const struct world *w, unsigned log_key, uint64_t cut_size)
{
	struct log_listing out = {.key = w->keys[log_key]};

	if (cut_size > 0)
		out.end = LOG_IS_CUT;
	out.size = cut_size;
	out.root.b[0] = (uint8_t)cut_size;
	return out;
}

/* Sefrou with member key 40. */
static void start(struct world *w)
{
	world_start(w, 1, 1);
	world_admit_entry(w, "sefrou", 40, NULL);
	assert_ok(world_apply(w, 0));
}

static struct hash in_force(const struct world *w)
{
	return roster_member(w->roster, "sefrou")->entry_leaf;
}

static void rotate(struct world *w, unsigned key, const struct log_listing *logs, unsigned count)
{
	struct hash replaces = in_force(w);

	roster_entry_rotate(world_entry(w), "sefrou", &w->keys[key], logs, count, &replaces);
}

static void remove_member(struct world *w, const struct log_listing *logs, unsigned count)
{
	struct hash replaces = in_force(w);

	roster_entry_remove(world_entry(w), "sefrou", "merged", logs, count, &replaces);
}

static void logs_of_the_current_key_are_admissible(void **state)
{
	struct world w;
	struct log_open open;
	struct log_cut cut;

	(void)state;
	world_init(&w);
	world_log(&w, &open, "sefrou", 40, 50);
	assert_err(ERR_ADMISSION, roster_admits(w.roster, &open, &cut, NULL)); /* no roster yet */
	world_release(&w);
	start(&w);
	assert_ok(admits(&w, "sefrou", 40, 50, &cut));
	assert_false(cut.is_cut);
	assert_ok(admits(&w, "c0", 0, 50, &cut));
	assert_not_admitted(&w, "its member key is not in the roster", "sefrou", 41, 50);
	assert_not_admitted(&w, "its member key is not in the roster", "c0", 10, 50); /* cosigner */
	assert_not_admitted(&w, "its member key is not in the roster", "c0", 20, 50); /* keeper */
	assert_not_admitted(&w, "its member key is not that of 'fes'", "fes", 40, 50);
	assert_not_admitted(&w, "the log uses the key of the roster", "sefrou", 40, 20);
	world_log(&w, &open, "sefrou", 40, 50);
	open.network.b[0] ^= 1;
	w.why = (struct why){0};
	assert_err(ERR_ADMISSION, roster_admits(w.roster, &open, &cut, &w.why));
	assert_string_equal(w.why.text, "the log is of another network");
	world_release(&w);
}

static void a_rotation_lists_what_stays_of_the_old_key(void **state)
{
	struct world w;
	struct log_cut cut;
	struct log_listing logs[2];

	(void)state;
	start(&w);
	logs[0] = listing(&w, 50, 0);
	logs[1] = listing(&w, 51, 7);
	rotate(&w, 0, logs, 2);
	assert_void(&w, "the key was in use before", world_apply(&w, 0));
	assert_ok(admits(&w, "sefrou", 40, 52, &cut)); /* nothing happened yet */
	rotate(&w, 41, logs, 2);
	assert_ok(world_apply(&w, 0));
	assert_ok(admits(&w, "sefrou", 41, 53, &cut));
	assert_ok(admits(&w, "sefrou", 40, 50, &cut));
	assert_false(cut.is_cut);
	assert_ok(admits(&w, "sefrou", 40, 51, &cut));
	assert_true(cut.is_cut && cut.size == 7 && cut.root.b[0] == 7);
	assert_not_admitted(
	    &w, "the member key of 'sefrou' is retired and the log not listed", "sefrou", 40, 52);
	assert_not_admitted(&w, "its member key is not that of 'c0'", "c0", 40, 50);
	rotate(&w, 40, NULL, 0);
	assert_void(&w, "the key was in use before", world_apply(&w, 0));
	world_release(&w);
}

static void a_listing_serves_the_key_that_its_entry_retired(void **state)
{
	struct world w;
	struct log_cut cut;
	struct log_listing log;

	(void)state;
	start(&w);
	log = listing(&w, 50, 0);
	rotate(&w, 41, &log, 1);
	assert_ok(world_apply(&w, 0));
	rotate(&w, 42, NULL, 0);
	assert_ok(world_apply(&w, 0));
	assert_ok(admits(&w, "sefrou", 40, 50, &cut));
	assert_not_admitted(
	    &w, "the member key of 'sefrou' is retired and the log not listed", "sefrou", 41, 50);
	world_release(&w);
}

static void a_removal_ends_what_it_does_not_list(void **state)
{
	struct world w;
	struct log_cut cut;
	struct log_listing logs[3];
	struct hash removal;

	(void)state;
	start(&w);
	logs[0] = listing(&w, 50, 0);
	logs[1] = listing(&w, 51, 9);
	logs[2] = listing(&w, 54, 0);
	rotate(&w, 41, logs, 3);
	assert_ok(world_apply(&w, 0));
	logs[0] = listing(&w, 50, 30);
	logs[1] = listing(&w, 53, 4);
	remove_member(&w, logs, 2);
	assert_ok(world_apply(&w, 0));
	removal = w.last;
	assert_ok(admits(&w, "sefrou", 40, 50, &cut));
	assert_true(cut.is_cut && cut.size == 30);
	assert_ok(admits(&w, "sefrou", 40, 51, &cut)); /* cut before */
	assert_true(cut.is_cut && cut.size == 9);
	assert_ok(admits(&w, "sefrou", 41, 53, &cut));
	assert_true(cut.is_cut && cut.size == 4);
	assert_not_admitted(
	    &w, "the member key of 'sefrou' is retired and the log not listed", "sefrou", 41, 52);
	assert_not_admitted(&w, "'sefrou' was removed and the log not listed", "sefrou", 40, 54);
	world_admit_entry(&w, "sefrou", 42, &removal);
	assert_ok(world_apply(&w, 0));
	assert_ok(admits(&w, "sefrou", 42, 55, &cut));
	assert_ok(admits(&w, "sefrou", 40, 50, &cut));
	assert_true(cut.is_cut && cut.size == 30);
	world_release(&w);
}

static void a_cut_neither_moves_nor_goes(void **state)
{
	struct world w;
	struct log_cut cut;
	struct log_listing log;

	(void)state;
	start(&w);
	log = listing(&w, 50, 7);
	rotate(&w, 41, &log, 1);
	assert_ok(world_apply(&w, 0));
	for (unsigned i = 0; i < 3; i++) {
		log = listing(&w, 50, (uint64_t)i * 8); /* open, 8, 16 */
		remove_member(&w, &log, 1);
		assert_void(&w, "it moves the cut of a log of 'sefrou'", world_apply(&w, 0));
	}
	log = listing(&w, 50, 7);
	log.root.b[5] = 1;
	remove_member(&w, &log, 1);
	assert_void(&w, "it moves the cut of a log of 'sefrou'", world_apply(&w, 0));
	log = listing(&w, 50, 7);
	remove_member(&w, &log, 1);
	assert_ok(world_apply(&w, 0));
	assert_ok(admits(&w, "sefrou", 40, 50, &cut));
	assert_true(cut.is_cut && cut.size == 7);
	world_release(&w);
}

static void rulings_are_made_once_and_replaced_by_name(void **state)
{
	struct world w;
	struct ruling ruling = {
	    .type = RULING_ERASE, .index = 4, .leaf = {{7}}, .ground = GROUND_COURT};
	struct hash first;

	(void)state;
	start(&w);
	ruling.log = w.keys[50];
	roster_entry_ruling(world_entry(&w), &ruling, &(struct hash){{1}});
	assert_void(
	    &w, "it does not replace the entry in force about its subject", world_apply(&w, 0));
	assert_null(roster_erasure(w.roster, &ruling.log, 4));
	roster_entry_ruling(world_entry(&w), &ruling, NULL);
	assert_ok(world_apply(&w, 0));
	first = w.last;
	assert_non_null(roster_erasure(w.roster, &ruling.log, 4));
	assert_int_equal(roster_erasure(w.roster, &ruling.log, 4)->ground, GROUND_COURT);
	assert_true(hash_equal(&roster_erasure(w.roster, &ruling.log, 4)->leaf, &ruling.leaf));
	assert_null(roster_erasure(w.roster, &ruling.log, 5));
	assert_void(
	    &w, "it does not replace the entry in force about its subject", world_apply(&w, 0));

	ruling.ground = GROUND_PRIVACY;
	roster_entry_ruling(world_entry(&w), &ruling, &first);
	assert_ok(world_apply(&w, 0));
	assert_int_equal(roster_erasure(w.roster, &ruling.log, 4)->ground, GROUND_PRIVACY);
	ruling.type = RULING_DISPUTE; /* another subject */
	roster_entry_ruling(world_entry(&w), &ruling, NULL);
	assert_ok(world_apply(&w, 0));
	ruling.type = RULING_NAME_BRANCH;
	roster_entry_ruling(world_entry(&w), &ruling, NULL);
	assert_ok(world_apply(&w, 0));
	ruling.index = 5; /* the same log has one branch that stays */
	roster_entry_ruling(world_entry(&w), &ruling, NULL);
	assert_void(
	    &w, "it does not replace the entry in force about its subject", world_apply(&w, 0));
	assert_int_equal(roster_ruling_count(w.roster), 4);
	assert_int_equal(roster_ruling_at(w.roster, 3)->type, RULING_NAME_BRANCH);
	assert_null(roster_ruling_at(w.roster, 4));
	world_release(&w);
}

static void the_charter_is_replaced_by_name(void **state)
{
	struct world w;
	struct hash first;

	(void)state;
	world_start(&w, 1, 1);
	roster_entry_charter(world_entry(&w), &(struct hash){{1}}, &(struct hash){{9}});
	assert_void(
	    &w, "it does not replace the entry in force about the charter", world_apply(&w, 0));
	roster_entry_charter(world_entry(&w), &(struct hash){{1}}, NULL);
	assert_ok(world_apply(&w, 0));
	first = w.last;
	assert_int_equal(roster_charter(w.roster)->b[0], 1);
	roster_entry_charter(world_entry(&w), &(struct hash){{2}}, NULL);
	assert_void(
	    &w, "it does not replace the entry in force about the charter", world_apply(&w, 0));
	roster_entry_charter(world_entry(&w), &(struct hash){{2}}, &first);
	assert_ok(world_apply(&w, 0));
	assert_int_equal(roster_charter(w.roster)->b[0], 2);
	world_release(&w);
}

/* What was found out about a key is not found out again; what was not, is. */
static void a_key_that_is_known_to_be_a_point_is_not_looked_at_again(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 1, 1);
	memset(&w.keys[40], 0, KEY_SIZE);
	memset(&w.keys[41], 0, KEY_SIZE);
	w.keys[41].b[0] = 1; /* the neutral element */
	roster_know_point(w.roster, &w.keys[40]);
	world_admit_entry(&w, "fes", 41, NULL);
	assert_err(ERR_REFUSED, world_apply(&w, 0));
	world_admit_entry(&w, "sefrou", 40, NULL);
	assert_ok(world_apply(&w, 0));
	roster_forget_points(w.roster);
	world_release(&w);
	world_start(&w, 1, 1);
	memset(&w.keys[40], 0, KEY_SIZE);
	roster_know_point(w.roster, &w.keys[40]);
	roster_forget_points(w.roster);
	world_admit_entry(&w, "sefrou", 40, NULL);
	assert_err(ERR_REFUSED, world_apply(&w, 0));
	world_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_key_that_is_known_to_be_a_point_is_not_looked_at_again),
	    cmocka_unit_test(logs_of_the_current_key_are_admissible),
	    cmocka_unit_test(a_rotation_lists_what_stays_of_the_old_key),
	    cmocka_unit_test(a_listing_serves_the_key_that_its_entry_retired),
	    cmocka_unit_test(a_removal_ends_what_it_does_not_list),
	    cmocka_unit_test(a_cut_neither_moves_nor_goes),
	    cmocka_unit_test(rulings_are_made_once_and_replaced_by_name),
	    cmocka_unit_test(the_charter_is_replaced_by_name),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
