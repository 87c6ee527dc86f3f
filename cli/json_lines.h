/* NDJSON in: records, one a line. */
#ifndef CLI_JSON_LINES_H
#define CLI_JSON_LINES_H

#include "cli/record_input.h"

/* Reads the whole file ("-": stdin), resolves the links that occur in it, then puts every line into `in`. kind NULL:
 * each line names its own under "kind" and holds its fields beside it or under "payload", as `commune show --json`
 * prints them. Empty lines are skipped. The exit code; bad lines are said and counted, not a failure here. */
int json_lines_read(struct record_input *in, const struct kind *kind, const char *path);

/* One record alone: JSON that is an object, appended. ERR_FIELD. */
enum err json_lines_object(struct writer *out, struct bytes text, struct why *why);

/* The lines alone, for an import: each with its kind, its fields and all that it holds. A line that is no record comes with
 * kind NULL and the reason in why. */
typedef void json_line_fn(void *context, unsigned long line, const struct kind *kind,
    struct bytes map, struct bytes whole, const struct why *why);
enum err json_lines_each(const char *path, json_line_fn *each, void *context, struct why *why);

#endif
