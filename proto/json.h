/* JSON text in and out of canonical MessagePack.
 *
 * In: what a user writes. Objects become maps with sorted keys, strings stay text; nothing becomes
 * bin, so fields of bytes are converted where the schema is known. Reals, integers beyond +-(2^53 -
 * 1), duplicate keys and more than MP_DEPTH_MAX levels are refused, each with the place named.
 *
 * Out: what programs read, one line. bin becomes padded base64. Whatever a payload holds, the text
 * is valid JSON in valid UTF-8, and nothing in it moves a cursor, ends a line or turns the
 * direction of writing. */
#ifndef PROTO_JSON_H
#define PROTO_JSON_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/writer.h"

/* Rows wrap payloads into structures of their own. */
#define JSON_DEPTH_MAX 32

/* Appends the one value that text holds. ERR_FIELD with a line in why, or ERR_MEMORY; then nothing
 * is appended. The error is returned, the writer stays usable. */
enum err json_parse(struct writer *out, struct bytes text, struct why *why);

/* Appends value, whole and of any depth up to JSON_DEPTH_MAX, as one line of JSON without a line
 * feed. Need not have been scanned: what is no value gives the reader's error, and nothing is
 * appended. */
enum err json_print(struct writer *out, struct bytes value);

/* One string or one base64 string with its quotes, as json_print writes them. */
void json_print_str(struct writer *out, struct bytes text);
void json_print_bin(struct writer *out, struct bytes data);

#endif
