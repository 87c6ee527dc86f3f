/* The command's side of the control socket: msgpack-rpc requests and answers, several under way at
 * once. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/args.h"
#include "cli/row.h"
#include "proto/rpc.h"

struct client {
	const struct args *args;
	int fd;
	uint32_t next_id;
	struct writer in;
	size_t in_start; /* what lies before is taken */
	struct writer out;
	size_t out_start;
};

/* Connects to the daemon of the home. The exit code; what is wrong was said. */
int client_open(struct client *c, const struct args *args);
/* The same for what reads views: it first waits, for a moment, until what the node holds by now is in them. The daemon does
 * that by itself while few records are behind; what a person imported a moment ago is many. */
int client_open_settled(struct client *c, const struct args *args);
void client_close(struct client *c);

/* Asks and does not wait. params is a map. ERR_CLOSED, ERR_MEMORY. */
enum err client_ask(struct client *c, const char *method, struct bytes params, uint32_t *id);
/* The next answer, valid until the next call. timeout_ms -1 waits for ever. ERR_CLOSED,
 * ERR_TIMEOUT, ERR_FORMAT. */
enum err client_take(struct client *c, struct rpc_response *answer, int timeout_ms);
/* Says what an error says: text, hint, fields. Its exit code. */
int client_say(const struct client *c, const struct rpc_error *error);
/* Says that the daemon went away or does not follow the protocol; 1. */
int client_say_broken(const struct client *c, enum err err);

/* Asks and waits. The exit code; result is valid until the next call. */
int client_call(struct client *c, const char *method, struct bytes params, struct bytes *result);
/* The same where the daemon may take wait_ms longer. */
int client_call_waiting(
    struct client *c, const char *method, struct bytes params, int wait_ms, struct bytes *result);
/* client_open, client_call with the answer as the one row, client_close. */
int client_show(const struct args *args, const char *method, struct row *params);
/* The same with an answer of {"rows":[…]} or a list. */
int client_show_rows(const struct args *args, const char *method, struct row *params);
/* Moves over the rows of an answer: each is a map. False at the end. */
struct client_rows {
	struct reader r;
	uint32_t left;
};
void client_rows_init(struct client_rows *rows, struct bytes result);
bool client_rows_next(struct client_rows *rows, struct bytes *row);

#endif
