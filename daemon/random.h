/* Where all randomness of the daemon comes from: the kernel. */
#ifndef DAEMON_RANDOM_H
#define DAEMON_RANDOM_H

#include <stddef.h>

/* Ends the process when the kernel gives none: nothing here may run on predictable bytes. */
void random_bytes(void *out, size_t size);

#endif
