/* UTF-8 text of people: what is valid, what may be published, and how hostile text is shown safely.
 */
#ifndef PROTO_TEXT_H
#define PROTO_TEXT_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/writer.h"

/* RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF. NUL is a character like any
 * other. */
bool text_is_utf8(struct bytes text);

#endif
