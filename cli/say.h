/* What went wrong, once, on stderr: one line for people, with what to do, or with --json one object
 * {"error","hint","text",…}. Each returns the exit code, so that a command ends with `return
 * say_…`. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "cli/commands.h"
#include "proto/err.h"

struct args;

/* The exit code that goes with an error. */
int exit_code_of(enum err err);
/* Wrong usage: exit 2. */
int say_usage(const struct args *args, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* hint may be NULL. */
int say_error(const struct args *args, enum err err, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The line of why, or of the error itself when why is empty. */
int say_why(const struct args *args, const struct why *why, const char *hint);
/* One bad line or field among several; says nothing about the exit code. line 0 and field NULL: not
 * known. */
void say_bad_line(const struct args *args, unsigned long line, const char *field, enum err err,
    const char *text, const char *hint);

#endif
