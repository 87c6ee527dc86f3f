/* A mark beside the database, `truth/doubt`, that a commit failed in a way that nobody knows what is on disk. A sync that
 * failed is told once: the pages that it lost count as written from then on, and what is read of them comes from memory
 * and not from the disk. So the next start reads from the disk, and looks through everything before the mark goes. */
#ifndef STORE_DOUBT_H
#define STORE_DOUBT_H

#include <stdbool.h>

#include "proto/err.h"

/* Durable when it returns ERR_NONE. The disk may refuse this as well: ERR_IO, and the mark may or may not be there. */
enum err doubt_raise(const char *truth_path);
bool doubt_is_raised(const char *truth_path);
/* Before the database is opened: what memory holds of it is let go, as far as it was written. */
void doubt_read_from_disk(const char *truth_path);
/* ERR_IO: it stays, and the next start looks again. */
enum err doubt_settle(const char *truth_path);

#endif
