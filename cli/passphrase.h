/* A passphrase in a file. */
#ifndef CLI_PASSPHRASE_H
#define CLI_PASSPHRASE_H

#include "proto/err.h"
#include "proto/writer.h"

/* Reads the file into text, which the caller wipes and releases; line is its first line, borrowed. ERR_USAGE,
 * ERR_PASSPHRASE when that is empty. */
enum err passphrase_read(
    struct writer *text, const char *path, struct bytes *line, struct why *why);

#endif
