/* A record as Markdown with front matter: what people write in an editor.
 *
 *     ---
 *     # a comment
 *     title: Guichet unique
 *     title.ar: الشباك الوحيد
 *     themes: [digitalisation, transparency]
 *     cost.amount: 250000
 *     ---
 *     ## problem
 *     Trois guichets, …
 *
 * Front matter has the paths of --set (cli/set_fields.h); a text without a language is in that of `lang:`, else in the
 * reader's. A heading that is nothing but a text field begins that field; the body before any goes to the kind's main text,
 * and its first heading of level 1 is the title where none is given. Everything else of the body is kept as it is, but for
 * HTML comments. What has no value was not filled in and says nothing. */
#ifndef CLI_FRONT_MATTER_H
#define CLI_FRONT_MATTER_H

#include "cli/set_fields.h"

/* Whether the text is of this form: it begins with a line `---`. */
bool front_matter_is_there(struct bytes text);
/* Adds what the text says to set; kept holds the bytes that set borrows from then on. ERR_FIELD, with the line. */
enum err front_matter_read(
    struct set_fields *set, struct bytes text, struct writer *kept, struct why *why);

/* The field that a body without headings is: NULL when the kind has no long text. */
const struct field *front_matter_main_field(const struct kind *kind);

#endif
