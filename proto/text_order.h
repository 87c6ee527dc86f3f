/* The order of texts for people: letters without case, marks and ornaments, so that "Élan" stands
 * beside "elan" and a title with harakat beside the same without. A key, not a text: it is compared
 * byte by byte and never shown. */
#ifndef PROTO_TEXT_ORDER_H
#define PROTO_TEXT_ORDER_H

#include "proto/bytes.h"

/* The key's first bytes, up to size_max, whole letters only; the rest of out is zeroed. Whatever
 * text holds gives a key. Returns how many bytes it has. */
size_t text_order_key(uint8_t *out, size_t size_max, struct bytes text);

#endif
