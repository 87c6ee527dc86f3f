/* Canonical MessagePack as JSON where bytes are keys, ids and digests: proto/json prints base64,
 * people compare hex. */
#ifndef CLI_JSON_TEXT_H
#define CLI_JSON_TEXT_H

#include "proto/mp.h"
#include "proto/record.h"

enum json_bin {
	JSON_BIN_HEX,
	JSON_BIN_BASE64,
	JSON_BIN_LINKS /* hex, and a link as the id of its record, which `commune publish` reads again */
};

/* [log key, index, leaf hash]: takes one off r, or leaves r as it is. */
bool json_text_link(struct reader *r, struct record_ref *out);

/* One value from r, whatever its type; bin as the caller says. */
void json_text_value(struct writer *w, struct reader *r, enum json_bin bin);

#endif
