/* A network's data for people: its charter article by article, its words, its grids. */
#ifndef CLI_NETWORK_TEXT_H
#define CLI_NETWORK_TEXT_H

#include "proto/writer.h"

/* map: a network that was checked, or anything: what is not there is left out, and nothing of it
 * reaches the terminal unescaped. */
void network_text(struct writer *w, struct bytes map);
/* The claims beside it, each {"title","value","unit",…}: one line each. */
void network_text_claim(struct writer *w, struct bytes claim);

#endif
