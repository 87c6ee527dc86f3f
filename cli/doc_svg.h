/* The drawings in a page's cells: marks, bars, shares. Each stands in the direction of the page. */
#ifndef CLI_DOC_SVG_H
#define CLI_DOC_SVG_H

#include "cli/doc.h"

/* Text as HTML holds it, in content and in attributes; it has to be free of controls already. */
void doc_html_escape(struct writer *w, struct bytes text);

/* The symbol, with what it means for those who do not see it. */
void doc_svg_mark(struct writer *w, enum doc_progress progress, bool is_attested);
void doc_svg_bar(struct writer *w, const struct doc_bar *bar, bool is_rtl);
/* One part of a bar, for its legend. */
void doc_svg_part(struct writer *w, enum doc_progress progress, bool is_attested);
void doc_svg_share(struct writer *w, const struct doc_share *share, bool is_rtl);

#endif
