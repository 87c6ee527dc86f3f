/* Canonical MessagePack: the one encoding of everything that is signed, sent or stored as a
 * structure.
 *
 * Canonical (PROTOCOL.md, "Canonical MessagePack"): shortest forms; map keys are strings, sorted by
 * their bytes, unique; no float, no ext; integers within +-(2^53 - 1); strings valid UTF-8; depth
 * <= MP_DEPTH_MAX.
 *
 * Bytes of a peer are scanned once with mp_scan, which allocates nothing and is iterative;
 * afterwards mp_* reads them through a struct reader without surprises. Readers are safe on
 * unscanned bytes too: they fail, never overrun, but mp_str leaves UTF-8 to the scan. Writing uses
 * msgpack-c, and only mp.c knows it. */
#ifndef PROTO_MP_H
#define PROTO_MP_H

#include "proto/reader.h"
#include "proto/writer.h"

#define MP_DEPTH_MAX 8
#define MP_INT_MAX ((int64_t)9007199254740991) /* 2^53 - 1 */

enum mp_type { MP_NIL, MP_BOOL, MP_INT, MP_STR, MP_BIN, MP_ARRAY, MP_MAP, MP_NONE };

/* ERR_NONE iff `in` is exactly one canonical value; else ERR_SHORT, ERR_TRAILING, ERR_ENCODING,
 * ERR_UTF8 or ERR_LIMIT (depth, integer range). */
enum err mp_scan(struct bytes in);

/* Type of the next value; MP_NONE at the end, after an error, or on a forbidden byte. */
enum mp_type mp_peek(const struct reader *r);
bool mp_nil(
    struct reader *r); /* consumes a nil and says true; otherwise leaves it and says false */
bool mp_bool(struct reader *r);
int64_t mp_int(struct reader *r);
uint64_t mp_uint(struct reader *r); /* negative is ERR_TYPE */
struct bytes mp_str(struct reader *r);
struct bytes mp_bin(struct reader *r);
/* A bin of exactly size bytes, copied; another size is ERR_FORMAT. */
void mp_bin_fixed(struct reader *r, void *out, size_t size);
uint32_t mp_array(struct reader *r); /* element count, checked against the bytes left */
void mp_array_of(struct reader *r, uint32_t count); /* exactly count elements, else ERR_FORMAT */
uint32_t mp_map(struct reader *r);		    /* pair count, checked against the bytes left */
void mp_skip(struct reader *r);			    /* one whole value, iterative */
struct bytes mp_raw(struct reader *r);		    /* one whole value as its bytes, borrowed */
/* The value under key in the map that starts at `map`; empty when absent or not a map. */
struct bytes mp_get(struct bytes map, const char *key);

void mp_put_nil(struct writer *w);
void mp_put_bool(struct writer *w, bool value);
void mp_put_int(struct writer *w, int64_t value);
void mp_put_uint(struct writer *w, uint64_t value);
void mp_put_str(struct writer *w, struct bytes text);
/* Here, as sizes of literals are known to compilers. */
static inline void mp_put_cstr(struct writer *w, const char *text)
{
	mp_put_str(w, (struct bytes){(const uint8_t *)text, strlen(text)});
}
void mp_put_bin(struct writer *w, const void *data, size_t size);
void mp_put_array(struct writer *w, uint32_t count);
void mp_put_map(struct writer *w, uint32_t pairs);

#endif
