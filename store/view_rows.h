/* Tables and keys of the views; FORMAT.md. Where no value is given it is empty.
 *
 * LINKS are what payloads say, unjudged: who may supersede what is decided where it is shown. */
#ifndef STORE_VIEW_ROWS_H
#define STORE_VIEW_ROWS_H

#include <stdatomic.h>

#include "store/segment.h"
#include "store/truth.h"
#include "store/views.h"

#define VIEW_FORMAT 11

enum view_table {
	VIEW_META, /* "arrival", "revisits": how far the truth is followed; "scrub": not 0 after an erasure */
	VIEW_KINDS,  /* u16 kind ‖ u64 arrival */
	VIEW_LOGS,   /* u32 log number ‖ u16 kind ‖ u64 arrival */
	VIEW_LEAVES, /* 16 bytes of the leaf hash ‖ u64 arrival */
	VIEW_LINKS, /* 16 bytes of the target's leaf hash ‖ u8 relation ‖ u64 arrival of the record
		       that links */
	VIEW_FACETS,	   /* u64 block → FACETS_PER_BLOCK rows, facet.h */
	VIEW_TERMS,	   /* u8 class ‖ word → u32 number */
	VIEW_TERM_NUMBERS, /* u32 number → u8 class ‖ word */
	VIEW_AUDIT,	   /* u16 kind ‖ u64 arrival → audit_row.h */
	VIEW_LAST_WORDS,   /* u32 member → u64 newest claimed time of a record of people */
	VIEW_WORDS,	   /* store/view_runs.h */
	VIEW_CLASSES,	   /* u64 arrival / WORD_CLASSES_PART → a byte a record, view_words.h */
	VIEW_WAITING, /* 16 bytes of a leaf hash that is not held ‖ u64 arrival that leads there */
	VIEW_TABLE_COUNT
};

_Static_assert((int)VIEW_META == (int)TABLE_META, "meta_get_u64 serves both environments");

#define VIEW_LEAF_SIZE 16
#define VIEW_KINDS_SIZE 10
#define VIEW_LOGS_SIZE 14
#define VIEW_LEAVES_SIZE 24
#define VIEW_LINKS_SIZE 25
#define VIEW_WAITING_SIZE 24

enum view_relation { VIEW_SUPERSEDES, VIEW_OTHER };

extern const struct env_table view_tables[VIEW_TABLE_COUNT];

struct views {
	struct env env;
	char path[4096];
	uint8_t boot[LISTEN_ID_SIZE];
	uint8_t store_id[STORE_ID_SIZE];
	_Atomic uint64_t arrival;
	uint64_t revisits;
	bool is_failed; /* an index commit failed: not marked clean */
	bool
	    is_broken; /* and LMDB lets nobody in any more, or what was made anew could not be opened */
	bool wants_scrub;
	pthread_rwlock_t in_use; /* read: by whoever has a transaction, but for the indexer */
	struct word_cache *word_cache;
};
/* Views that are broken are opened again, and begin from nothing where that fails. By the thread that indexes. ERR_BUSY. */
enum err views_renew(struct views *v, struct store *s, struct why *why);
/* For a change of the environment: no transaction is open until `in_use` is unlocked. ERR_BUSY: somebody read for long. */
enum err views_lock(struct views *v, struct why *why);
/* What a scrub left behind that did not end. */
void views_scrub_forget(const struct views *v);

/* Rows collected for one batch of a table, sorted before they are put: neighbours go into the same
 * pages. */
struct view_keys {
	struct writer keys;
	size_t size; /* of one key */
};

void view_keys_put(struct txn *t, enum view_table table, struct view_keys *keys);

/* One link of a payload. field: the map key that it stands under, borrowed. */
struct view_link {
	struct bytes field;
	struct record_ref target;
};
/* Calls take for each link of a canonical payload, however deep it stands; nothing for other
 * payloads. */
void view_links(
    struct bytes payload, void (*take)(void *context, const struct view_link *link), void *context);
/* The same, of a payload that mp_scan has seen, or an empty one. */
void view_links_scanned(
    struct bytes payload, void (*take)(void *context, const struct view_link *link), void *context);

#endif
