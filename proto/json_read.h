/* The two ways of reading JSON behind json_parse, and the test that holds one against the other. */
#ifndef PROTO_JSON_READ_H
#define PROTO_JSON_READ_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/writer.h"

/* Appends the one value that text holds, in one pass; false, with nothing appended, for what is not taken and where
 * memory is short. Does not know why. */
bool json_read(struct writer *out, struct bytes text);

/* The same through jansson, in many times the time; says what is wrong and where. Overlooks a NUL behind a number. */
enum err json_read_tree(struct writer *out, struct bytes text, struct why *why);

#endif
