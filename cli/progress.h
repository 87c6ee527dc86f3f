/* A bar on stderr for long work, drawn only where stderr is a terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
	const char *what;
	unsigned long long total; /* 0: not known, a clock turns instead */
	long long drawn_ms;
	unsigned turn;
	bool is_shown;
	bool is_drawn;
};

void progress_init(struct progress *p, const char *what, unsigned long long total);
/* Draws at most ten times a second. */
void progress_set(struct progress *p, unsigned long long done);
/* Leaves an empty line. */
void progress_end(struct progress *p);

#endif
