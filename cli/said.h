/* What the core and the daemon say, in the reader's language. They speak English: a log may be read by anybody, and an
 * answer goes to readers of several languages. */
#ifndef CLI_SAID_H
#define CLI_SAID_H

#include <stddef.h>

#define SAID_SIZE 1000

/* The text translated into buffer, or the text itself when it is not known or the language is English. */
const char *said(char buffer[static SAID_SIZE], const char *text);

#endif
