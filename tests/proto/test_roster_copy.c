/* Whether an entry would count is answered without changing anything, and exactly as it will be when
 * it comes; the copy behind the answer has a life of its own. */
#include "tests/proto/roster_world.h"

#include "proto/roster_state.h"

static struct world w;

static int tear_down(void **state)
{
	(void)state;
	world_release(&w);
	return 0;
}

/* Everything that questions can see of a roster. */
static void describe(struct writer *out, const struct roster *r)
{
	writer_printf(out, "%llu %llu %u of %u\n", (unsigned long long)roster_size(r),
	    (unsigned long long)roster_set_version(r), roster_threshold(r),
	    roster_coordinator_count(r));
	writer_put(out, roster_network(r)->b, HASH_SIZE);
	writer_put(out, roster_keeper(r)->b, KEY_SIZE);
	writer_put(out, roster_charter(r)->b, HASH_SIZE);
	writer_bytes(out, roster_names(r));
	writer_bytes(out, roster_zone(r));
	for (size_t i = 0; i < roster_member_count(r); i++) {
		const struct member *m = roster_member_at(r, i);
		writer_printf(out, "%s %d %d %d %llu %s\n", m->code, (int)m->kind, m->is_admitted,
		    m->is_coordinator, (unsigned long long)m->entry_index, m->territory);
		writer_put(out, m->key.b, KEY_SIZE);
		writer_put(out, m->cosigner_key.b, KEY_SIZE);
		writer_put(out, m->entry_leaf.b, HASH_SIZE);
		writer_bytes(out, m->names);
		assert_ptr_equal(roster_member(r, m->code), m);
	}
	for (size_t i = 0; i < roster_ruling_count(r); i++) {
		const struct ruling *ruling = roster_ruling_at(r, i);
		writer_printf(out, "%d %llu %d\n", (int)ruling->type,
		    (unsigned long long)ruling->index, (int)ruling->ground);
		writer_put(out, ruling->log.b, KEY_SIZE);
	}
	assert_ok(out->err);
}

/* What stands in w.entry, approved by the first coordinator. */
static void approve(unsigned signer)
{
	struct approval approval;

	approval_sign(&approval, roster_network(w.roster), roster_set_version(w.roster),
	    writer_view(&w.entry), &w.secrets[signer]);
	writer_clear(&w.payload);
	roster_payload_encode(&w.payload, writer_view(&w.entry), &approval, 1);
}

static enum err check(struct why *why)
{
	struct writer before = {0}, after = {0};
	enum err err;

	*why = (struct why){0};
	describe(&before, w.roster);
	err = roster_check(w.roster, writer_view(&w.payload), why);
	describe(&after, w.roster);
	assert_bytes(writer_view(&before), writer_view(&after));
	writer_release(&before);
	writer_release(&after);
	return err;
}

/* The answer beforehand, twice, and then what happens. */
static enum err check_and_apply(unsigned signer)
{
	struct why first, second;
	enum err err, applied;

	approve(signer);
	err = check(&first);
	assert_err(err, check(&second));
	assert_string_equal(first.text, second.text);
	applied = world_apply_payload(&w);
	assert_err(applied, err);
	assert_string_equal(w.why.text, first.text);
	return err;
}

static struct hash in_force(const char *code)
{
	return roster_member(w.roster, code)->entry_leaf;
}

static void every_type_is_foretold(void **state)
{
	struct log_listing log;
	struct ruling ruling = {.type = RULING_ERASE, .index = 3, .ground = GROUND_PRIVACY};
	struct hash charter = {{9}}, last;

	(void)state;
	world_start(&w, 1, 1);
	world_admit_entry(&w, "sefrou", 40, NULL);
	assert_ok(check_and_apply(0));
	world_admit_entry(&w, "sefrou", 41, NULL); /* is there already */
	assert_err(ERR_REFUSED, check_and_apply(0));
	last = in_force("sefrou");
	roster_entry_amend(
	    world_entry(&w), "sefrou", MEMBER_PROVINCE, (struct bytes){0}, NULL, &last);
	assert_ok(check_and_apply(0));
	roster_entry_amend(
	    world_entry(&w), "sefrou", MEMBER_REGION, (struct bytes){0}, NULL, &last);
	assert_err(ERR_REFUSED, check_and_apply(0)); /* names a replaced entry */
	last = in_force("sefrou");
	log = (struct log_listing){.key = w.keys[50], .end = LOG_IS_CUT, .size = 4};
	roster_entry_rotate(world_entry(&w), "sefrou", &w.keys[42], &log, 1, &last);
	assert_ok(check_and_apply(0));
	ruling.log = w.keys[50];
	roster_entry_ruling(world_entry(&w), &ruling, NULL);
	assert_ok(check_and_apply(0));
	roster_entry_charter(world_entry(&w), &charter, NULL);
	assert_ok(check_and_apply(0));
	last = in_force("sefrou");
	roster_entry_remove(world_entry(&w), "sefrou", "request", &log, 1, &last);
	assert_err(ERR_REFUSED, check_and_apply(7)); /* no coordinator's approval */
	assert_ok(check_and_apply(0));
	roster_entry_threshold(world_entry(&w), 2);
	assert_err(ERR_REFUSED, check_and_apply(0)); /* of one coordinator */
	assert_int_equal(roster_size(w.roster), 11);
}

static void the_genesis_is_foretold_too(void **state)
{
	struct why why;

	(void)state;
	world_init(&w);
	world_genesis_entry(&w, 1, 1);
	approve(0);
	assert_ok(check(&why)); /* version 0 and no network yet */
	assert_int_equal(roster_size(w.roster), 0);
	assert_ok(world_apply_payload(&w));
	assert_err(ERR_REFUSED, check(&why)); /* stands in leaf 0 alone */
}

static void a_second_approval_is_needed_where_two_are(void **state)
{
	static const unsigned both[] = {0, 2};
	struct why why;

	(void)state;
	world_start(&w, 3, 2);
	world_admit_entry(&w, "sefrou", 40, NULL);
	approve(0);
	assert_err(ERR_REFUSED, check(&why));
	assert_string_equal(why.text, "1 of 2 approvals verify");
	assert_ok(world_apply_under(&w, roster_set_version(w.roster), both, 2));
}

/* Names, members, uses of keys, listings and rulings are its own. */
static void a_copy_has_a_life_of_its_own(void **state)
{
	struct writer before = {0}, after = {0}, original = {0};
	struct roster *copy;
	struct log_listing log;
	struct log_open open;
	struct log_cut cut;
	struct hash last;

	(void)state;
	world_start(&w, 1, 1);
	world_admit_entry(&w, "sefrou", 40, NULL);
	assert_ok(world_apply(&w, 0));
	copy = roster_copy(w.roster);
	assert_non_null(copy);
	describe(&before, copy);
	describe(&original, w.roster);
	assert_bytes(writer_view(&original), writer_view(&before));

	last = in_force("sefrou");
	log = (struct log_listing){.key = w.keys[50], .end = LOG_IS_CUT, .size = 4};
	roster_entry_rotate(world_entry(&w), "sefrou", &w.keys[42], &log, 1, &last);
	assert_ok(world_apply(&w, 0));
	for (unsigned i = 0; i < 20; i++) { /* more than was reserved */
		char code[8];
		snprintf(code, sizeof(code), "m%u", i);
		world_admit_entry(&w, code, 43 + (i % 7), NULL);
		world_apply(&w, 0);
	}
	describe(&after, copy);
	assert_bytes(writer_view(&before), writer_view(&after));
	world_log(&w, &open, "sefrou", 40, 50);
	assert_ok(roster_admits(copy, &open, &cut, NULL));
	assert_false(cut.is_cut);
	assert_ok(roster_admits(w.roster, &open, &cut, NULL));
	assert_true(cut.is_cut);
	roster_free(copy);
	writer_release(&before);
	writer_release(&after);
	writer_release(&original);
}

static void the_cut_of_a_log_is_known_by_size_and_root(void **state)
{
	struct hash last, other = {{1}};
	struct log_listing log;

	(void)state;
	world_start(&w, 1, 1);
	world_admit_entry(&w, "sefrou", 40, NULL);
	assert_ok(world_apply(&w, 0));
	last = in_force("sefrou");
	log = (struct log_listing){.key = w.keys[50], .end = LOG_IS_CUT, .size = 4, .root = {{7}}};
	assert_false(roster_has_cut(w.roster, &log.key, 4, &log.root));
	roster_entry_rotate(world_entry(&w), "sefrou", &w.keys[42], &log, 1, &last);
	assert_ok(world_apply(&w, 0));
	assert_true(roster_has_cut(w.roster, &log.key, 4, &log.root));
	assert_false(roster_has_cut(w.roster, &log.key, 5, &log.root));
	assert_false(roster_has_cut(w.roster, &log.key, 4, &other));
	assert_false(roster_has_cut(w.roster, &w.keys[51], 4, &log.root));
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_type_is_foretold),
	    TEST(the_genesis_is_foretold_too),
	    TEST(a_second_approval_is_needed_where_two_are),
	    TEST(a_copy_has_a_life_of_its_own),
	    TEST(the_cut_of_a_log_is_known_by_size_and_root),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
