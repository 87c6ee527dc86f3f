/* What a network.json must hold (deploy/networks/README.md): which fields, in which form, in which
 * languages. It judges one file by itself; whether a translation is good it cannot know. */
#ifndef CLI_NETWORK_CHECK_H
#define CLI_NETWORK_CHECK_H

#include "proto/err.h"
#include "proto/writer.h"

#define NETWORK_FIELD_MAX 96

struct network_fault {
	char field[NETWORK_FIELD_MAX]; /* "charter.articles[2].title.ar"; empty: the file itself */
	char text[160];
};

struct network_faults {
	/* Gets every fault in the order of the fields. */
	void (*report)(void *context, const struct network_fault *fault);
	void *context;
	unsigned count;
};

/* map: canonical, of a file that was parsed. */
void network_check(struct bytes map, struct network_faults *faults);

/* --- for other files of a network ------------------------------------------------------------ */

void network_fault_put(struct network_faults *faults, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* One text that people read: UTF-8 in form C, without hostile characters, not blank at its ends, 1
 * to size_max bytes. */
void network_check_text(struct network_faults *faults, const char *field, struct bytes text,
    size_t size_max, bool is_multiline);

#endif
