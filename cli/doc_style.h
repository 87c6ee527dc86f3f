/* What a page brings with it: its looks and its drawings. Nothing is fetched from anywhere. */
#ifndef CLI_DOC_STYLE_H
#define CLI_DOC_STYLE_H

/* CSS without '<' and '&', for the screen and for A4. */
extern const char doc_style[];
/* An SVG that is not shown: symbols a0 to a5 (attested: round), s0 to s6 (the member's own word: square), by enum
 * doc_progress, and the pattern h of the member's own word. */
extern const char doc_drawings[];

#endif
