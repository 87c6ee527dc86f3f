/* The words that a network adds to the shared vocabularies: its themes, stages, measures and items
 * of publication. */
#ifndef CLI_NETWORK_WORDS_H
#define CLI_NETWORK_WORDS_H

#include "cli/client.h"

/* Whether the network of the client's home has the word in that vocabulary. Asks the daemon once,
 * where the home keeps no file of its own; client may be NULL. */
bool network_words_know(
    const struct args *args, struct client *client, const char *vocabulary, struct bytes word);
/* From here on labels are those of the network of args' home first. Borrows args. */
void network_words_use(const struct args *args);
/* What the home's network, or an installed one, calls the word in the reader's language; empty when none has it. Valid
 * until the program ends. */
struct bytes network_words_label(struct bytes word);

#endif
