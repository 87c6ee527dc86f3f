/* A payload for people: every field on its own line, texts in the reader's language first, links as
 * short ids. Shown as it is, whether a schema knows it or not, and safe for a terminal whatever a
 * member wrote. */
#ifndef CLI_PAYLOAD_TEXT_H
#define CLI_PAYLOAD_TEXT_H

#include "proto/kinds.h"

/* payload: a canonical map, or anything, which is then shown as base64. kind gives the labels; NULL: fields under their
 * own names. links: what `show` says of them, [{"id": …, "ref": name or nil}]; empty: shown by their ids. */
void payload_text(
    struct writer *w, const struct kind *kind, struct bytes payload, struct bytes links);

#endif
