/* Text as man pages write it. */
#ifndef CLI_ROFF_H
#define CLI_ROFF_H

#include <stdio.h>

/* Safe at the start of a line, whatever it begins with. */
void roff_text(FILE *to, const char *text);
/* Parts that are divided by an empty line. */
void roff_paragraphs(FILE *to, const char *text);
/* A name, what it takes (may be NULL), and what it is. */
void roff_term(FILE *to, const char *name, const char *argument, const char *help);

#endif
