/* A text by language from the command line: --name fr=Chefchaouen --name ar=شفشاون. */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include "cli/args.h"
#include "proto/err.h"
#include "proto/writer.h"

/* Appends the canonical map of all values of the option, in form C. ERR_FIELD when a language is
 * unknown or given twice, or a text is empty, too long or hostile. */
enum err names_parse(
    struct writer *out, const struct args *args, const char *option, struct why *why);

#endif
