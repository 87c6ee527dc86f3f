/* The reader's language: messages through gettext, and which text of a map by language is shown.
 *
 * The programs are installed under any prefix: the catalogues are looked for beside the program
 * (build/locale in a build tree, PREFIX/share/locale when installed). */
#ifndef CLI_LANG_H
#define CLI_LANG_H

#include "proto/bytes.h"

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) (text)

/* Takes the locale of the environment. */
void lang_init(void);
/* ar, fr or en; false when code is something else. */
bool lang_choose(const char *code);
/* The language in use: "ar", "fr" or "en". */
const char *lang_code(void);
/* Of a canonical map from language to text: the reader's, else French, Arabic, English, the first.
 * Empty when none. */
struct bytes lang_pick(struct bytes map);
/* The same, and in which language it is: its tag, borrowed from map; empty when not known. */
struct bytes lang_pick_tag(struct bytes map, struct bytes *tag);
/* The directory of the program itself, without a final slash. */
const char *lang_program_dir(void);

#endif
