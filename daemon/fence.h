/* Which files a process may still open (landlock, from kernel 5.13 on). Rules name what is left; everything else is gone, for
 * this thread and those it starts later, so it comes before the first thread. */
#ifndef DAEMON_FENCE_H
#define DAEMON_FENCE_H

#include <stdbool.h>

struct fence {
	int fd;
	int abi;
	unsigned long long rights; /* all that this kernel can take away */
};

/* False with errno where the kernel has none. */
bool fence_init(struct fence *fence);
/* A file or a folder with all below it; one that does not exist is passed over. */
bool fence_leave(struct fence *fence, const char *path, bool is_writable);
/* Closes the fence, and with it the way to bind TCP ports and to send signals outside where the kernel knows how. */
bool fence_close(struct fence *fence);
void fence_release(struct fence *fence);

#endif
