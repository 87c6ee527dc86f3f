/* Is a payload that a peer says was erased to be given up? Only when the roster says so too, about this very record: anything
 * less stays on the list of what is missing and is asked from others, so that nobody makes a node lose what it could have had by a word.
 * DESIGN D10, PROTOCOL.md section 8. */
#include "proto/core_parts.h"

#include <string.h>

#include "proto/broken.h"

static bool is_known(
    const struct core *core, const struct key *log, uint64_t index, const struct record *record)
{
	const struct ruling *ruling = roster_erasure(core->roster, log, index);
	struct hash leaf;

	if (!ruling || !core->roster_log || record->header.kind <= KIND_NETWORK_MAX)
		return false;
	tree_leaf_hash(&leaf, record->raw_header);
	return hash_equal(&ruling->leaf, &leaf) &&
	       key_equal(&record->erasure.log, &core->roster_log->open.key) &&
	       record->erasure.index == ruling->entry_index &&
	       hash_equal(&record->erasure.leaf, &ruling->entry_leaf);
}

enum err erased_filter(
    const struct core *core, const struct key *log, uint64_t from, struct writer *records)
{
	struct writer kept = {0};
	struct record record;
	struct reader r;
	enum err err;

	reader_init(&r, writer_view(records));
	for (uint64_t index = from; reader_left(&r); index++) {
		if ((err = record_read(&record, &r))) {
			writer_release(&kept);
			return err;
		}
		if (record.state == RECORD_ERASED && !BROKEN_ERASED_BELIEVED &&
		    !is_known(core, log, index, &record))
			record.state = RECORD_NOT_HELD;
		record_write(&kept, &record);
	}
	err = kept.err;
	if (err) {
		writer_release(&kept);
		return err;
	}
	writer_release(records);
	*records = kept;
	return ERR_NONE;
}
