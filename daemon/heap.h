/* What malloc keeps of freed memory. Work in bulk asks for buffers of up to 16 MiB and frees them again and again: given back
 * to the system each time, they come again as pages to be cleared, a third of what a bulk costs the processor. So they are
 * kept while there is work, and given back once there was none for a moment: an idle node holds what it needs. */
#ifndef DAEMON_HEAP_H
#define DAEMON_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct heap {
	uv_timer_t quiet;
	uint64_t quiet_ms;
	size_t moved, seen; /* bytes, roughly */
};

/* Once in a process, before its first thread. */
void heap_keep(void);
/* One for each sort of work: what it leaves is given back once there was none of it for so long. */
bool heap_init(struct heap *heap, uv_loop_t *loop, uint64_t quiet_ms);
/* So many bytes went through buffers. */
void heap_moved(struct heap *heap, size_t size);
/* What took the most is over: gives back at once. */
void heap_rest(struct heap *heap);
void heap_stop(struct heap *heap);

#endif
