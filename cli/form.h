/* The form that `commune publish KIND` opens in an editor: front matter with every field of the kind, its name and what it
 * holds in the reader's language, and a heading for each long text. Left empty, a field is not published. */
#ifndef CLI_FORM_H
#define CLI_FORM_H

#include "proto/kinds.h"

void form_write(struct writer *out, const struct kind *kind);

#endif
