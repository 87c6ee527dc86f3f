/* A roster read back: a void entry stays void over a restart, as it lies in the store but nobody approved it. Signatures
 * of one that counted are left alone only where both its member's row and a head of the keeper's speak for it. */
#include "tests/proto/roster_world.h"

#include "proto/core.h"

static const uint8_t salt[RECORD_SALT_SIZE] = {1};

/* The record that carries w->payload, behind the earlier ones; its leaf goes into the frontier. */
static void append(struct world *w, struct writer *records, struct frontier *f)
{
	size_t start = records->size;
	struct record record;
	struct reader r;
	struct hash leaf;

	record_create(records, 3, (struct mtime){1000}, NULL, salt, writer_view(&w->payload));
	assert_ok(records->err);
	reader_init(&r, bytes_of(records->data + start, records->size - start));
	assert_ok(record_read(&record, &r));
	tree_leaf_hash(&leaf, record.raw_header);
	frontier_append(f, &leaf, NULL, NULL);
	w->last = leaf;
}

static void sign_entry(
    struct world *w, const struct hash *network, uint64_t version, unsigned signer)
{
	struct approval approval;

	approval_sign(&approval, network, version, writer_view(&w->entry), &w->secrets[signer]);
	writer_clear(&w->payload);
	roster_payload_encode(&w->payload, writer_view(&w->entry), &approval, 1);
}

static void dump_roster(
    struct writer *dump, const struct world *w, const struct frontier *f, struct bytes records)
{
	struct change_log log = {.key = w->keys[20]};
	struct change_append all = {
	    .key = w->keys[20], .count = (uint32_t)f->size, .frontier = *f, .body = records};
	struct change_tree tree = {.key = w->keys[20], .frontier = *f};

	change_put_log(dump, &log);
	change_put_tree(dump, &tree);
	change_put_append(dump, &all);
}

static void a_void_entry_stays_void_over_a_restart(void **state)
{
	struct core_config config = {.member = "fes",
	    .peers = (const char *const[]){NULL},
	    .announce = (const char *const[]){NULL}};
	struct frontier f = {0};
	struct writer records = {0}, dump = {0}, payload = {0};
	struct log_open open;
	struct why why = {0};
	struct core *core;
	struct world w;

	(void)state;
	world_init(&w);
	world_genesis_entry(&w, 1, 1);
	sign_entry(&w, &(struct hash){{0}}, 0, 0);
	append(&w, &records, &f);
	config.network = w.last;
	world_admit_entry(&w, "sefrou", 30, NULL);
	sign_entry(&w, &config.network, 7, 0); /* of another version of the set */
	append(&w, &records, &f);
	world_admit_entry(&w, "fes", 31, NULL);
	sign_entry(&w, &config.network, 1, 0);
	append(&w, &records, &f);
	dump_roster(&dump, &w, &f, writer_view(&records));

	core_bounds_defaults(&config.bounds);
	config.log = w.keys[40];
	world_log(&w, &open, "fes", 31, 40);
	open.network = config.network;
	log_open_encode(&payload, &open, &w.secrets[31]);
	config.log_open = writer_view(&payload);
	core = core_new(&config);
	assert_non_null(core);
	assert_ok(core_load(core, writer_view(&dump), &why));
	assert_true(roster_size(core_roster(core)) == 3);
	assert_null(roster_member(core_roster(core), "sefrou"));
	assert_non_null(roster_member(core_roster(core), "fes"));
	core_free(core);
	writer_release(&records);
	writer_release(&dump);
	writer_release(&payload);
	world_release(&w);
}

/* What a database says beside the records of the roster. */
struct beside {
	bool has_row;
	uint64_t row_index; /* that the row names */
	uint64_t head_size;
	unsigned head_signer;
	bool is_other_root;
};

/* A roster of a genesis, the admission of "fes" and that of "sefrou", whose approval is forged: how it is read back. */
static const struct member *load_forged(struct world *w, const struct beside *b, struct core **core)
{
	struct core_config config = {.member = "fes",
	    .peers = (const char *const[]){NULL},
	    .announce = (const char *const[]){NULL}};
	struct frontier f = {0}, at_head = {0};
	struct writer records = {0}, dump = {0}, payload = {0};
	struct checkpoint head = {.log = w->keys[b->head_signer], .size = b->head_size};
	struct change_member row = {.code = "sefrou", .is_admitted = true, .key = w->keys[30]};
	struct log_open open;
	struct why why = {0};

	world_genesis_entry(w, 1, 1);
	sign_entry(w, &(struct hash){{0}}, 0, 0);
	append(w, &records, &f);
	config.network = w->last;
	world_admit_entry(w, "fes", 31, NULL);
	sign_entry(w, &config.network, 1, 0);
	append(w, &records, &f);
	at_head = f;
	world_admit_entry(w, "sefrou", 30, NULL);
	sign_entry(w, &config.network, 1, 0);
	w->payload.data[w->payload.size - w->entry.size - 20] ^= 1; /* of the signature */
	append(w, &records, &f);
	row.entry_leaf = w->last;
	row.entry_index = b->row_index;
	row.names = world_names(w, "Sefrou");
	if (b->has_row)
		change_put_member(&dump, &row);
	dump_roster(&dump, w, &f, writer_view(&records));
	frontier_root(b->head_size == 3 ? &f : &at_head, &head.root);
	head.root.b[0] ^= b->is_other_root;
	if (b->head_size > 0) {
		checkpoint_sign(&head, &config.network, &w->secrets[b->head_signer]);
		head.log = w->keys[20];
		change_put_head(&dump, &head);
	}
	core_bounds_defaults(&config.bounds);
	config.log = w->keys[40];
	world_log(w, &open, "fes", 31, 40);
	open.network = config.network;
	log_open_encode(&payload, &open, &w->secrets[31]);
	config.log_open = writer_view(&payload);
	*core = core_new(&config);
	assert_non_null(*core);
	assert_ok(core_load(*core, writer_view(&dump), &why));
	assert_true(roster_size(core_roster(*core)) == 3);
	assert_non_null(roster_member(core_roster(*core), "fes"));
	writer_release(&records);
	writer_release(&dump);
	writer_release(&payload);
	return roster_member(core_roster(*core), "sefrou");
}

static void counts(const struct beside *b, bool does)
{
	struct core *core;
	struct world w;

	world_init(&w);
	if (does)
		assert_non_null(load_forged(&w, b, &core));
	else
		assert_null(load_forged(&w, b, &core));
	core_free(core);
	world_release(&w);
}

static void signatures_of_what_counted_are_not_verified_again(void **state)
{
	(void)state;
	counts(&(struct beside){true, 2, 3, 20, false}, true);
}

static void neither_row_nor_head_is_believed_alone(void **state)
{
	(void)state;
	counts(&(struct beside){false, 2, 3, 20, false}, false);
	counts(&(struct beside){true, 1, 3, 20, false}, false); /* names another entry */
	counts(&(struct beside){true, 2, 0, 20, false}, false);
	counts(&(struct beside){true, 2, 2, 20, false}, false); /* covers what comes before */
	counts(
	    &(struct beside){true, 2, 3, 0, false}, false); /* a coordinator's, not the keeper's */
	counts(&(struct beside){true, 2, 3, 20, true}, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_void_entry_stays_void_over_a_restart),
	    cmocka_unit_test(signatures_of_what_counted_are_not_verified_again),
	    cmocka_unit_test(neither_row_nor_head_is_believed_alone),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
