/* The command line in one table: every verb with its arguments, options, columns, help and
 * examples. `commune help`, usage errors, the man pages and the completions are made from it; a
 * verb's file holds its descriptor and its code (cmd_VERB.c), commands.c only lists them.
 *
 * Texts are marked with N_() and translated where they are shown. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,  /* no daemon, I/O, time-out */
	EXIT_USAGE = 2,	  /* wrong usage, unknown command or kind, unreadable file */
	EXIT_FOUND = 3,	  /* a check found problems */
	EXIT_REFUSED = 4, /* nothing changed */
};

/* How a field of a row is written. JSON keeps numbers, objects and lists as they are. */
enum shape {
	SHAPE_SAID,   /* str: a sentence of the node; tables translate it */
	SHAPE_TEXT,   /* str; of a map by language a table shows the reader's */
	SHAPE_NUMBER, /* int */
	SHAPE_TIME,   /* int ms; tables show the local zone */
	SHAPE_HEX,    /* bin as lower-case hex */
	SHAPE_BASE64, /* bin as padded base64, in what is nested too */
	SHAPE_WORD,   /* a word of a vocabulary; tables translate it */
	SHAPE_MARKED, /* str; on a terminal what `marks` [[at, size]] of the row name is bold */
	SHAPE_NESTED, /* a map or a list; one JSON text in a table or a CSV cell */
	SHAPE_PAIRS,  /* the same, a map from word to str that a table writes out */
};

enum column_flag {
	COLUMN_TABLE = 1, /* in tables too; the others are for JSON and CSV */
	COLUMN_KEEP = 2,  /* never cut: people type it again */
	COLUMN_SPARE = 4, /* a narrow terminal does without: others say the same */
	COLUMN_TAIL = 8,  /* its end says more than its beginning */
	COLUMN_RARE = 16, /* in a table only when a row has it */
};

struct column {
	const char *field;
	const char *label;
	enum shape shape;
	unsigned flags;
};

struct option_desc {
	const char *name;     /* with both dashes */
	const char *argument; /* NULL: a switch */
	const char *help;
	bool is_list; /* may be given again */
};

struct positional {
	const char *name;
	const char *help;
	bool is_optional;
};

struct example {
	const char *line;
	const char *says;
};

struct args;

enum command_flag {
	COMMAND_CARD = 1,    /* answers with one object: shown as field and value, a line each */
	COMMAND_OFFLINE = 2, /* needs no daemon */
	COMMAND_TEXT = 4,    /* prints text, no rows: takes no output options */
	COMMAND_MANY = 8,    /* the last positional may be given again */
};

/* Lists end with an element whose name is NULL. */
struct command {
	const char *verb; /* one word or two: "roster list" */
	const char *summary;
	const char *help;
	const struct positional *positionals;
	const struct option_desc *options;
	const struct column *columns;
	const struct example *examples;
	unsigned flags;
	int (*run)(const struct args *args); /* the exit code */
};

/* All of them in the order of `commune help`; NULL ends. */
extern const struct command *const commands[];

/* --home, --json, --csv, --bom, --lang, --help: every verb takes them, COMMAND_TEXT only the last
 * two and --home. */
extern const struct option_desc commands_options[];
bool command_takes(const struct command *command, const struct option_desc *common);
const struct option_desc *command_option(
    const struct command *command, const char *name, size_t size);
/* The command whose verb is made of the first words; *words says how many. NULL when there is none.
 */
const struct command *command_find(const char *const *argv, int argc, int *words);
/* What somebody probably meant, or NULL. */
const char *command_nearest(const char *word);
const char *option_nearest(const struct command *command, const char *name);

#endif
