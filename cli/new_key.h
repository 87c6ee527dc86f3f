/* What is drawn when something new is made: random bytes, keys and their files, the time. */
#ifndef CLI_NEW_KEY_H
#define CLI_NEW_KEY_H

#include "proto/bytes.h"
#include "proto/keyfile.h"

/* Random bytes of the system; ends the program when there are none. */
void random_draw(void *out, size_t size);
struct mtime clock_now(void);

/* Creates the file of a key, sealed unless the passphrase is empty. ERR_EXISTS, ERR_IO. */
enum err new_key_write(const char *path, enum keyfile_purpose purpose,
    const uint8_t seed[static 32], struct bytes passphrase, struct why *why);

#endif
