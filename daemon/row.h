/* One named value of a row, written in the order of its name among the others (maps are canonical).
 */
#ifndef DAEMON_ROW_H
#define DAEMON_ROW_H

#include <string.h>

#include "proto/mp.h"
#include "proto/text.h"

static inline void row_uint(struct writer *w, const char *name, uint64_t value)
{
	mp_put_cstr(w, name);
	mp_put_uint(w, value);
}

static inline void row_bool(struct writer *w, const char *name, bool value)
{
	mp_put_cstr(w, name);
	mp_put_bool(w, value);
}

static inline void row_str(struct writer *w, const char *name, const char *value)
{
	mp_put_cstr(w, name);
	mp_put_cstr(w, value);
}

/* A line that may have been cut in the middle of a letter: an answer with it would not be readable as a whole. */
static inline void row_text(struct writer *w, const char *name, const char *value)
{
	size_t size = strlen(value);

	row_str(w, name, value);
	if (w->err || text_is_utf8(bytes_of(value, size)))
		return;
	for (size_t i = w->size - size; i < w->size; i++)
		if (w->data[i] >= 0x80)
			w->data[i] = '?';
}

static inline void row_bin(struct writer *w, const char *name, const void *data, size_t size)
{
	mp_put_cstr(w, name);
	mp_put_bin(w, data, size);
}

/* A value as its bytes. */
static inline void row_raw(struct writer *w, const char *name, struct bytes value)
{
	mp_put_cstr(w, name);
	writer_bytes(w, value);
}

#endif
