/* Named scenarios: worlds where something once went wrong, told step by step and not by a seed, so that they keep their
 * meaning when what a seed draws changes. tests/sim/scenarios says how they are written. */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRIPT_NAME_MAX 64
#define SCRIPT_WORDS_MAX 8

struct world;
struct params;

enum script_part { SCRIPT_SET, SCRIPT_PEERS, SCRIPT_STEP, SCRIPT_EXPECT };

struct script_line {
	enum script_part part;
	unsigned number; /* of the line in its file */
	char word[24];
	int64_t at_ms; /* of a step */
	int64_t arguments[SCRIPT_WORDS_MAX];
	unsigned count;
};

struct script {
	char name[SCRIPT_NAME_MAX];
	struct script_line *lines;
	size_t count, capacity;
	int64_t until_ms; /* everything heals */
};

struct scripts {
	struct script *items;
	size_t count, capacity;
};

/* False with one line to stderr when the file does not follow its format. */
bool scripts_read(struct scripts *scripts, const char *path);
void scripts_release(struct scripts *scripts);

/* A calm world of the size that the script wants. */
void script_params(const struct script *script, struct params *params);
/* Takes the place of what is drawn: who knows whom, and what happens. */
void script_connect(struct world *w);
void script_begin(struct world *w);
/* After the last invariant: did what the scenario is about come to pass? */
void script_judge(struct world *w);

#endif
