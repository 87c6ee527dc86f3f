/* The user's editor on a text: $VISUAL, $EDITOR, else what Debian calls editor. */
#ifndef CLI_EDITOR_H
#define CLI_EDITOR_H

#include "proto/err.h"
#include "proto/writer.h"

/* Where the text lies between two openings. */
struct editor {
	char path[4096];
};

/* Writes the text into a new file that only its user reads, its name ending in .md. ERR_IO. */
enum err editor_begin(struct editor *e, struct bytes text, struct why *why);
/* Opens it and waits, then appends what it holds to `out`. ERR_IO when there is no editor or it failed. */
enum err editor_open(struct editor *e, struct writer *out, struct why *why);
/* Removes the file. */
void editor_end(struct editor *e);

#endif
