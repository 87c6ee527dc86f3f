/* The control socket: msgpack-rpc (the public specification) on a unix stream socket. Decides who
 * may call what and how much a client may have open; what a method does is in control_*.c.
 *
 * A call ends with exactly one call_reply or call_fail, at any later time, from the loop's thread;
 * after it the call is gone. A client that went away meanwhile is the server's business. */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <sys/types.h>

#include "proto/reader.h"
#include "proto/writer.h"

struct client;
struct control;
struct loop;

struct call {
	struct loop *loop;
	struct client *client;
	uint32_t id;
	const char *method;  /* its name in the table */
	struct bytes params; /* canonical map, valid until the call ends */
	uint64_t deadline;   /* of a method that parks again and again, in ms of the loop */
	struct writer owned;
};

struct method {
	const char *name;
	bool is_write; /* the owner's, or root's */
	void (*run)(struct call *call);
};

/* Result: one value. */
void call_reply(struct call *call, struct bytes result);
/* {"rows": [count values]} */
void call_reply_rows(struct call *call, uint32_t count, const struct writer *rows);
/* text and hint may be NULL or empty. fields: an array value, or empty. */
void call_fail(struct call *call, enum err err, const char *text, const char *hint);
void call_fail_fields(struct call *call, enum err err, const char *text, struct bytes fields);

/* The same for a why; "" in it gives the text of err. */
void call_fail_why(struct call *call, enum err err, const struct why *why, const char *hint);

/* Parameters by name; absent or nil gives the default. ERR_TYPE in err (sticky) when it has another
 * type. */
int64_t call_int(const struct call *call, const char *name, int64_t absent, enum err *err);
bool call_bool(const struct call *call, const char *name, enum err *err);
struct bytes call_str(const struct call *call, const char *name, enum err *err);
struct bytes call_bin(const struct call *call, const char *name, enum err *err);

/* Binds path, whose folder exists. The caller holds the home's lock, so that what lies there is
 * stale and is removed. methods ends with a NULL name and outlives the control. */
struct control *control_open(
    struct loop *loop, const char *path, const struct method *methods, struct why *why);

/* What an arrival is waited for to be: durable here, or in the views too. */
enum park_until {
	PARK_STORED,
	PARK_INDEXED,
};

/* Parks a call: resume gets it back when control_wake finds `arrival` reached, or after timeout_ms. One whose client is gone
 * ends instead. */
typedef void control_resume_fn(struct call *call, bool is_timeout);
void control_park(struct call *call, enum park_until until, uint64_t arrival, int64_t timeout_ms,
    control_resume_fn *resume);
void control_wake(struct control *control, enum park_until until, uint64_t arrival);

/* Stops listening, drops clients and parked calls; handles close on the loop. */
void control_stop(struct control *control);
void control_free(struct control *control);

#endif
