/* Reads the parameters of a call and ends it. */
#include <stdlib.h>

#include "daemon/client.h"
#include "proto/mp.h"
#include "proto/seal.h"

void call_free(struct call *call)
{
	if (call->owned.data) /* there may be a passphrase in it */
		seal_wipe(call->owned.data, call->owned.size);
	writer_release(&call->owned);
	free(call);
}

static void call_end(struct call *call, struct writer *response)
{
	struct client *client = call->client;

	call_free(call);
	client->call_count--;
	if (client->is_closed) {
		writer_release(response);
		client_free(client);
		return;
	}
	client_send(client, response);
}

void call_reply(struct call *call, struct bytes result)
{
	struct writer w = {0};

	rpc_reply_encode(&w, call->id, result);
	call_end(call, &w);
}

void call_reply_rows(struct call *call, uint32_t count, const struct writer *rows)
{
	struct writer w = {0};

	mp_put_map(&w, 1);
	mp_put_cstr(&w, "rows");
	mp_put_array(&w, count);
	writer_bytes(&w, writer_view(rows));
	if (rows->err || w.err)
		call_fail(call, ERR_MEMORY, NULL, NULL);
	else
		call_reply(call, writer_view(&w));
	writer_release(&w);
}

void call_fail_fields(struct call *call, enum err err, const char *text, struct bytes rows)
{
	struct rpc_error error = {.err = err, .text = text, .hint = "", .fields = rows};
	struct writer w = {0};

	if (!text || !*text)
		error.text = err_text(err);
	rpc_error_encode(&w, call->id, &error);
	call_end(call, &w);
}

void call_fail(struct call *call, enum err err, const char *text, const char *hint)
{
	struct rpc_error error = {.err = err, .text = text, .hint = hint ? hint : ""};
	struct writer w = {0};

	if (!text || !*text)
		error.text = err_text(err);
	rpc_error_encode(&w, call->id, &error);
	call_end(call, &w);
}

void call_fail_why(struct call *call, enum err err, const struct why *why, const char *hint)
{
	call_fail(call, err, why->text, hint);
}

static bool param(
    const struct call *call, const char *name, enum mp_type type, struct reader *r, enum err *err)
{
	struct bytes value = mp_get(call->params, name);
	enum mp_type found;

	reader_init(r, value);
	if (value.size == 0)
		return false;
	found = mp_peek(r);
	if (found == MP_NIL)
		return false;
	if (found != type && *err == ERR_NONE)
		*err = ERR_TYPE;
	return found == type;
}

int64_t call_int(const struct call *call, const char *name, int64_t absent, enum err *err)
{
	struct reader r;

	return param(call, name, MP_INT, &r, err) ? mp_int(&r) : absent;
}

bool call_bool(const struct call *call, const char *name, enum err *err)
{
	struct reader r;

	return param(call, name, MP_BOOL, &r, err) && mp_bool(&r);
}

struct bytes call_str(const struct call *call, const char *name, enum err *err)
{
	struct reader r;

	return param(call, name, MP_STR, &r, err) ? mp_str(&r) : (struct bytes){NULL, 0};
}

struct bytes call_bin(const struct call *call, const char *name, enum err *err)
{
	struct reader r;

	return param(call, name, MP_BIN, &r, err) ? mp_bin(&r) : (struct bytes){NULL, 0};
}
