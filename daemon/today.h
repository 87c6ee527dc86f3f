/* The date in the network's time zone: what "overdue today" is judged by. */
#ifndef DAEMON_TODAY_H
#define DAEMON_TODAY_H

#include "proto/bytes.h"

#define TODAY_SIZE 10 /* YYYY-MM-DD */

/* zone: IANA name; UTC where this machine does not know it. On the loop's thread only: the C library keeps one zone for
 * the whole process. */
void today_print(char out[static TODAY_SIZE + 1], struct mtime now, struct bytes zone);

#endif
