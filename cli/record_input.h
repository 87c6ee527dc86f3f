/* What a user wants to publish, from JSON to the payload that is signed: links put in, checked against the kind, linted.
 * Every fault is said as it is found, with its line. */
#ifndef CLI_RECORD_INPUT_H
#define CLI_RECORD_INPUT_H

#include "cli/links.h"

/* One fault of a record. line 0: not known. */
typedef void record_fault_fn(
    void *context, unsigned long line, const struct fault *fault, const char *text);

struct record_input {
	const struct args *args;
	record_fault_fn *tell; /* NULL: on stderr */
	void *tell_context;
	struct client *client; /* connected; NULL while no link needs to be resolved */
	struct links links;
	struct links *shared; /* looked up instead of links, when not NULL */
	bool
	    is_blind; /* nothing was looked up: a record that names another, or a member, is not checked */
	bool is_stuck; /* such a record was met */
	/* Payloads that passed: u16 kind, u32 size, bytes, one after the other. */
	struct writer payloads;
	size_t count;
	size_t bad_count;  /* records with a fault */
	size_t lint_count; /* warnings that people may insist on */
	unsigned long line;
	const struct kind *kind; /* of the record that is being checked */
	struct bytes record;	 /* what of it is being checked: with its links, where it has any */
	struct writer map;
	struct writer resolved;
	struct writer checked;
};

void record_input_release(struct record_input *in);
/* Notes the links of one record without checking it. map is canonical. */
void record_input_note(struct record_input *in, const struct kind *kind, struct bytes map);
/* Checks one record; its payload is in `checked` then. False after its faults were told. */
bool record_input_check(
    struct record_input *in, const struct kind *kind, struct bytes map, unsigned long line);
/* What such a record would be as a payload, whoever may sign it, in `checked`; of one that is not fit the map with its
 * links. Tells nobody. */
struct bytes record_input_shape(struct record_input *in, const struct kind *kind, struct bytes map);
/* Tells a fault that was found elsewhere. */
void record_input_tell(struct record_input *in, unsigned long line, const struct fault *fault);
/* A record that is none: counts it and tells why. */
void record_input_refuse(struct record_input *in, unsigned long line, const char *text);
/* Lints what was checked and appends it. */
void record_input_accept(struct record_input *in, const struct kind *kind);
/* Both: checks one record and appends its payload. line 0: a single record. False after its faults were said. */
bool record_input_put(
    struct record_input *in, const struct kind *kind, struct bytes map, unsigned long line);
/* The exit code when there were faults, or when warnings are not insisted on: asks on a terminal, --yes insists. */
int record_input_judge(struct record_input *in);

/* Moves over what passed. */
struct record_cursor {
	struct reader r;
};
void record_cursor_init(struct record_cursor *cursor, const struct record_input *in);
bool record_cursor_next(
    struct record_cursor *cursor, const struct kind **kind, struct bytes *payload);

/* A kind by name; NULL after saying that there is none, with the nearest. */
const struct kind *record_kind(const struct args *args, struct bytes name);

#endif
