/* Decimal numbers as payloads hold them: there is no float in a record, so a score or a share is text such as "12.5".
 * Values are exact multiples of a millionth. */
#ifndef PROTO_DECIMAL_H
#define PROTO_DECIMAL_H

#include "proto/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define DECIMAL_ONE ((int64_t)1000000)
#define DECIMAL_SIZE_MAX 24

/* `-?(0|[1-9][0-9]*)(\.[0-9]+)?`, at most DECIMAL_SIZE_MAX bytes. */
bool decimal_is_valid(struct bytes text);
/* In millionths. False when it is no decimal, has more than six digits behind the point that are not 0, or does not fit
 * into +-(2^53 - 1) of them. */
bool decimal_parse(int64_t *millionths, struct bytes text);
/* Without superfluous digits: "12.5", "-0.25", "7". */
void decimal_format(char text[static DECIMAL_SIZE_MAX + 1], int64_t millionths);

#endif
