/* Two settings of glibc's malloc, and when to give back. Decides nothing about who allocates what. */
#include "daemon/heap.h"

#include <malloc.h>

/* Above the largest buffers that come again and again, the commits of a bulk. */
#define KEPT_MAX (16 * 1024 * 1024)
/* What an arena grows by: a system call for a page is one too many. */
#define GROWN_BY (1024 * 1024)
/* Less than this is not worth the look. */
#define MOVED_MIN ((size_t)1024 * 1024)

void heap_keep(void)
{
	mallopt(M_MMAP_THRESHOLD, KEPT_MAX);
	mallopt(M_TRIM_THRESHOLD, KEPT_MAX);
	mallopt(M_TOP_PAD, GROWN_BY);
}

static void on_quiet(uv_timer_t *timer)
{
	struct heap *heap = timer->data;

	if (heap->moved != heap->seen) {
		heap->seen = heap->moved;
		return;
	}
	uv_timer_stop(timer);
	heap_rest(heap);
}

void heap_rest(struct heap *heap)
{
	if (heap->moved >= MOVED_MIN)
		malloc_trim(0);
	heap->moved = heap->seen = 0;
}

bool heap_init(struct heap *heap, uv_loop_t *loop, uint64_t quiet_ms)
{
	heap->quiet_ms = quiet_ms;
	heap->quiet.data = heap;
	heap->moved = heap->seen = 0;
	return uv_timer_init(loop, &heap->quiet) == 0;
}

void heap_moved(struct heap *heap, size_t size)
{
	heap->moved += size;
	if (heap->moved >= MOVED_MIN && !uv_is_active((uv_handle_t *)&heap->quiet))
		uv_timer_start(&heap->quiet, on_quiet, heap->quiet_ms, heap->quiet_ms);
}

void heap_stop(struct heap *heap)
{
	uv_close((uv_handle_t *)&heap->quiet, NULL);
}
