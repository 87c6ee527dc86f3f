/* What a signer signs and what not: each case that is signed has twins that are bent in one place. */
#include "tests/unit.h"

#include <string.h>

#include "proto/signing.h"

#define LEAVES 300

static struct hash leaves[LEAVES];
static const struct listen_here here = {{1}, {2}, 3};
static const struct key own = {{7}};

static enum err node_get(void *context, unsigned level, uint64_t index, struct hash *out)
{
	struct frontier f = {0};

	(void)context;
	for (uint64_t i = index << level; i < (index + 1) << level; i++)
		frontier_append(&f, &leaves[i], NULL, NULL);
	frontier_root(&f, out);
	return ERR_NONE;
}

static const struct tree_nodes nodes = {node_get, NULL};

static void root_at(uint64_t size, struct hash *out)
{
	struct frontier f = {0};

	for (uint64_t i = 0; i < size; i++)
		frontier_append(&f, &leaves[i], NULL, NULL);
	frontier_root(&f, out);
}

static int set_up(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < LEAVES; i++)
		tree_leaf_hash(&leaves[i], bytes_of(&i, sizeof(i)));
	return 0;
}

static struct listen_lock lock_at(uint64_t size)
{
	struct listen_lock lock = {
	    .is_found = true, .slot = {.sequence = 4, .log = own, .size = size, .here = here}};

	if (size)
		root_at(size, &lock.slot.root);
	return lock;
}

static struct signing signing_at(uint64_t base, uint64_t size)
{
	struct signing asked = {.log = own, .size = size, .is_signing = true, .was_shown = true};
	size_t count = 0;

	root_at(size, &asked.root);
	if (base && base < size)
		assert_int_equal(
		    tree_consistency_prove(&nodes, base, size, asked.proof, &count), ERR_NONE);
	asked.proof_count = (unsigned)count;
	return asked;
}

static void expect(enum err want, const struct listen_lock *lock, const struct signing *asked)
{
	struct listen_slot slot;
	struct why why = {0};

	assert_int_equal(signing_judge(&slot, lock, &here, asked, &why), want);
	assert_int_equal(why.text[0] != 0, want != ERR_NONE);
}

static void a_log_that_grows_is_signed(void **state)
{
	static const uint64_t sizes[] = {0, 1, 2, 3, 7, 8, 9, 255, 256, 257, 299, 300};
	struct listen_slot slot;

	(void)state;
	for (size_t a = 0; a < 12; a++)
		for (size_t b = a ? a : 1; b < 12; b++) {
			struct listen_lock lock = lock_at(sizes[a]);
			struct signing asked = signing_at(sizes[a], sizes[b]);
			assert_int_equal(
			    signing_judge(&slot, &lock, &here, &asked, NULL), ERR_NONE);
			assert_int_equal(slot.size, sizes[b]);
			assert_memory_equal(slot.root.b, asked.root.b, HASH_SIZE);
			assert_int_equal(slot.sequence, 5);
			assert_true(slot.was_shown && !slot.is_unheard && !slot.is_raised);
		}
}

static void what_does_not_grow_out_of_it_is_not(void **state)
{
	struct listen_lock lock = lock_at(100);
	struct signing asked = signing_at(100, 200), bent;

	(void)state;
	expect(ERR_NONE, &lock, &asked);
	for (unsigned i = 0; i < asked.proof_count; i++) {
		bent = asked;
		bent.proof[i].b[i % HASH_SIZE] ^= 1;
		expect(ERR_PROOF, &lock, &bent);
	}
	bent = asked;
	bent.root.b[9] ^= 4;
	expect(ERR_PROOF, &lock, &bent);
	bent = asked;
	bent.proof_count--;
	expect(ERR_PROOF, &lock, &bent);
	bent = asked;
	bent.proof_count = 0;
	expect(ERR_PROOF, &lock, &bent);
	bent = signing_at(64, 200);
	expect(ERR_PROOF, &lock, &bent);
	lock.slot.root.b[0] ^= 1;
	expect(ERR_PROOF, &lock, &asked);
}

static void fewer_records_or_another_root_are_refused(void **state)
{
	struct listen_lock lock = lock_at(100);
	struct signing same = signing_at(100, 100), fewer = signing_at(0, 99), none = {0};

	(void)state;
	expect(ERR_NONE, &lock, &same); /* the same signature again */
	expect(ERR_REFUSED, &lock, &fewer);
	same.root.b[31] ^= 0x80;
	expect(ERR_REFUSED, &lock, &same);
	same.is_signing = false;
	expect(ERR_REFUSED, &lock, &same);
	lock = lock_at(0);
	none = signing_at(0, 1);
	expect(ERR_NONE, &lock, &none);
	none.size = 0;
	expect(ERR_FIELD, &lock, &none);
	none.size = TREE_SIZE_MAX + 1;
	expect(ERR_FIELD, &lock, &none);
	none = signing_at(0, 5);
	none.proof_count = 1;
	expect(ERR_PROOF, &lock, &none);
}

static void a_lock_of_another_place_signs_nothing(void **state)
{
	struct listen_lock lock = lock_at(10);
	struct signing asked = signing_at(10, 11);

	(void)state;
	expect(ERR_NONE, &lock, &asked);
	lock.slot.here.boot[0] ^= 1; /* whether peers were asked is the core's to know */
	expect(ERR_NONE, &lock, &asked);
	lock.slot.here.machine[0] ^= 1;
	expect(ERR_REFUSED, &lock, &asked);
	lock = lock_at(10);
	lock.slot.here.inode++;
	expect(ERR_REFUSED, &lock, &asked);
	lock = lock_at(10);
	lock.slot.is_moved = true;
	expect(ERR_REFUSED, &lock, &asked);
	lock = lock_at(10);
	lock.is_found = false;
	expect(ERR_UNKNOWN, &lock, &asked);
}

/* Others were heard to have more: nothing is signed behind that, and what is signed grows out of what was signed here. */
static void a_raised_lock_keeps_what_was_signed(void **state)
{
	struct listen_lock lock = lock_at(20);
	struct signing raise = signing_at(0, 50), asked;
	struct listen_slot slot;
	uint8_t bytes[LISTEN_SLOT_SIZE];

	(void)state;
	raise.is_signing = false;
	raise.root.b[3] ^= 1; /* whatever they said */
	assert_int_equal(signing_judge(&slot, &lock, &here, &raise, NULL), ERR_NONE);
	assert_true(slot.is_raised && slot.size == 50 && slot.signed_size == 20);
	listen_slot_encode(bytes, &slot);
	assert_int_equal(listen_slot_decode(&lock.slot, bytes), LISTEN_VALID);
	asked = signing_at(20, 49);
	expect(ERR_REFUSED, &lock, &asked);
	asked = signing_at(20, 50);
	expect(ERR_REFUSED, &lock, &asked); /* they named another root */
	asked = signing_at(50, 60);
	expect(ERR_PROOF, &lock, &asked); /* begins where nothing was signed */
	asked.proof_count = 0;
	memcpy(asked.root.b, raise.root.b, HASH_SIZE);
	asked.size = 50;
	expect(ERR_PROOF, &lock, &asked); /* what was said is not signed for its own sake */
	asked = signing_at(20, 60);
	assert_int_equal(signing_judge(&slot, &lock, &here, &asked, NULL), ERR_NONE);
	assert_true(!slot.is_raised && slot.size == 60 && slot.signed_size == 0);
	raise.size = 55; /* raised again before anything is signed: the base stays */
	assert_int_equal(signing_judge(&slot, &lock, &here, &raise, NULL), ERR_NONE);
	assert_true(slot.is_raised && slot.size == 55 && slot.signed_size == 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_log_that_grows_is_signed),
	    cmocka_unit_test(what_does_not_grow_out_of_it_is_not),
	    cmocka_unit_test(fewer_records_or_another_root_are_refused),
	    cmocka_unit_test(a_lock_of_another_place_signs_nothing),
	    cmocka_unit_test(a_raised_lock_keeps_what_was_signed),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
