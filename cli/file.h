/* Files in and out: whole, bounded, written so that a crash leaves the old file or the new one. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "proto/err.h"
#include "proto/writer.h"

#include <sys/types.h>

/* Appends the whole file, "-" being stdin. ERR_USAGE when it cannot be opened or is no file,
 * ERR_LIMIT above size_max, ERR_IO. */
enum err file_read(struct writer *out, const char *path, size_t size_max, struct why *why);
/* Creates path, which must not exist, and syncs it. ERR_EXISTS, ERR_IO. */
enum err file_create(const char *path, struct bytes content, mode_t mode, struct why *why);
/* The same, and puts it in the place of what is there: whoever opens path finds the old file or the new one. ERR_IO. */
enum err file_replace(const char *path, struct bytes content, mode_t mode, struct why *why);
/* ERR_IO. */
enum err file_sync_dir(const char *path, struct why *why);

/* The folder that path lies in. ERR_IO. */
enum err file_sync_parent(const char *path, struct why *why);

/* A file that the project ships, such as "networks/remacto/network.json": under $COMMUNE_DATA,
 * beside the program in a build tree, or installed. False when it is in none of them. */
#define FILE_PATH_MAX 4200
bool file_shipped(char out[static FILE_PATH_MAX], const char *name);

#endif
