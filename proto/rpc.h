/* msgpack-rpc (the public specification) between communed and its clients, as values of canonical
 * MessagePack back to back on a stream: request [0, id, method, [params map]], response [1, id,
 * error, result]. PROTOCOL.md does not fix it: both ends come from one release.
 *
 * error is {"code": exit code, "error": name, "fields"?: [...], "hint": str, "text": str}; nil when
 * there is a result. */
#ifndef PROTO_RPC_H
#define PROTO_RPC_H

#include "proto/reader.h"
#include "proto/writer.h"

/* A message larger than this ends the connection. 1 MiB of payloads a request and pages of rows
 * stay well below. */
#define RPC_SIZE_MAX (8 * 1024 * 1024)

/* Finds where the first value of a stream ends, without reading again what was read: zero it before
 * each value, call with the same bytes and more. */
struct rpc_frame {
	size_t at;     /* bytes looked at */
	uint64_t owed; /* values still to come; 0 before the first byte */
};
/* size: of the whole value, 0 while it is not all there. ERR_LIMIT, ERR_ENCODING. */
enum err rpc_frame_end(struct rpc_frame *frame, struct bytes in, size_t *size);

/* Both borrow from the message, which is scanned. */
struct rpc_request {
	uint32_t id;
	struct bytes method;
	struct bytes params; /* a map */
};
enum err rpc_request_decode(struct rpc_request *out, struct bytes message);
void rpc_request_encode(struct writer *w, uint32_t id, const char *method, struct bytes params);

struct rpc_error {
	enum err err;	  /* ERR_NONE: its name is not known here, see name */
	const char *text; /* encode; decode gives the three below */
	const char *hint;
	struct bytes fields; /* [{"field", "row", "text"}, ...], or empty */
	int code; /* exit code of a command that ends with it; encode: 0 takes rpc_exit_code(err) */
	struct bytes name_read;
	struct bytes text_read;
	struct bytes hint_read;
};
/* INTERFACES.md: 1 failed, 2 wrong usage, 4 refused. */
int rpc_exit_code(enum err err);
void rpc_error_encode(struct writer *w, uint32_t id, const struct rpc_error *error);
void rpc_reply_encode(struct writer *w, uint32_t id, struct bytes result);

struct rpc_response {
	uint32_t id;
	bool is_error;
	struct rpc_error error; /* when is_error */
	struct bytes result;	/* one value, when not */
};
enum err rpc_response_decode(struct rpc_response *out, struct bytes message);

#endif
