/* Writing the truth again without its free pages, so that what was erased leaves the file and the file
 * shrinks. */
#ifndef STORE_COMPACT_H
#define STORE_COMPACT_H

#include "store/store.h"

struct compact_sizes {
	uint64_t before; /* bytes of data.mdb */
	uint64_t after;
};

/* Of a home that nobody has open: ERR_BUSY. The copy is compared with what it was made from, row by row,
 * before it takes its place in one rename: a crash at any moment leaves the old file or the new one. ERR_ROT
 * when a row does not match its check (nothing is changed: it is mended first), ERR_FULL without room. */
enum err store_compact(const char *home, const struct store_options *options,
    struct compact_sizes *out, struct why *why);
/* What a compaction that was cut short left beside the truth. */
void compact_forget(const char *truth_path);

#endif
