/* Frames, reads and writes msgpack-rpc messages. Knows no method, and nothing of sockets. */
#include "proto/rpc.h"

#include "proto/mp.h"
#include "proto/text.h"

enum { RPC_REQUEST, RPC_RESPONSE };

/* One value's head: size of it and of its bytes, and how many values it contains. */
struct head {
	size_t size;
	uint64_t values;
};

static const struct {
	uint8_t byte;
	uint8_t length_size; /* bytes of a length that follow, or of the number itself */
	enum { HEAD_PLAIN, HEAD_BYTES, HEAD_ARRAY, HEAD_MAP } form;
} heads[] = {
    {0xc0, 0, HEAD_PLAIN},
    {0xc2, 0, HEAD_PLAIN},
    {0xc3, 0, HEAD_PLAIN},
    {0xc4, 1, HEAD_BYTES},
    {0xc5, 2, HEAD_BYTES},
    {0xc6, 4, HEAD_BYTES},
    {0xcc, 1, HEAD_PLAIN},
    {0xcd, 2, HEAD_PLAIN},
    {0xce, 4, HEAD_PLAIN},
    {0xcf, 8, HEAD_PLAIN},
    {0xd0, 1, HEAD_PLAIN},
    {0xd1, 2, HEAD_PLAIN},
    {0xd2, 4, HEAD_PLAIN},
    {0xd3, 8, HEAD_PLAIN},
    {0xd9, 1, HEAD_BYTES},
    {0xda, 2, HEAD_BYTES},
    {0xdb, 4, HEAD_BYTES},
    {0xdc, 2, HEAD_ARRAY},
    {0xdd, 4, HEAD_ARRAY},
    {0xde, 2, HEAD_MAP},
    {0xdf, 4, HEAD_MAP},
};

/* ERR_SHORT when the head is not all there, ERR_ENCODING for what is not ours (float, ext, 0xc1).
 */
static enum err head_read(struct head *out, struct bytes in)
{
	uint8_t byte = in.data[0];
	uint64_t length = 0;

	*out = (struct head){1, 0};
	if (byte < 0x80 || byte >= 0xe0)
		return ERR_NONE;
	if (byte < 0x90)
		out->values = 2 * (uint64_t)(byte & 0x0f);
	else if (byte < 0xa0)
		out->values = byte & 0x0f;
	else if (byte < 0xc0)
		out->size += byte & 0x1f;
	if (byte < 0xc0)
		return ERR_NONE;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		if (heads[i].byte != byte)
			continue;
		if (in.size < 1 + (size_t)heads[i].length_size)
			return ERR_SHORT;
		for (size_t k = 0; k < heads[i].length_size; k++)
			length = length << 8 | in.data[1 + k];
		out->size += heads[i].length_size;
		if (heads[i].form == HEAD_BYTES)
			out->size += (size_t)length;
		else if (heads[i].form == HEAD_ARRAY)
			out->values = length;
		else if (heads[i].form == HEAD_MAP)
			out->values = 2 * length;
		return ERR_NONE;
	}
	return ERR_ENCODING;
}

enum err rpc_frame_end(struct rpc_frame *frame, struct bytes in, size_t *size)
{
	struct head head;
	enum err err;

	*size = 0;
	if (frame->at == 0)
		frame->owed = 1;
	while (frame->owed) {
		if (frame->at >= in.size)
			return ERR_NONE;
		err = head_read(&head, bytes_of(in.data + frame->at, in.size - frame->at));
		if (err == ERR_SHORT)
			return ERR_NONE;
		if (err)
			return err;
		/* Each value owed takes a byte at least. */
		if (frame->at + head.size + head.values + frame->owed - 1 > RPC_SIZE_MAX)
			return ERR_LIMIT;
		if (head.size > in.size - frame->at)
			return ERR_NONE;
		frame->at += head.size;
		frame->owed += head.values - 1;
	}
	*size = frame->at;
	return ERR_NONE;
}

enum err rpc_request_decode(struct rpc_request *out, struct bytes message)
{
	struct reader r;
	enum err err = mp_scan(message);

	if (err)
		return err;
	reader_init(&r, message);
	mp_array_of(&r, 4);
	if (mp_uint(&r) != RPC_REQUEST)
		reader_fail(&r, ERR_FORMAT);
	uint64_t id = mp_uint(&r);
	if (id > UINT32_MAX)
		reader_fail(&r, ERR_FORMAT);
	out->id = (uint32_t)id;
	out->method = mp_str(&r);
	mp_array_of(&r, 1);
	if (mp_peek(&r) != MP_MAP)
		reader_fail(&r, ERR_FORMAT);
	out->params = mp_raw(&r);
	return reader_end(&r);
}

void rpc_request_encode(struct writer *w, uint32_t id, const char *method, struct bytes params)
{
	mp_put_array(w, 4);
	mp_put_uint(w, RPC_REQUEST);
	mp_put_uint(w, id);
	mp_put_cstr(w, method);
	mp_put_array(w, 1);
	writer_bytes(w, params);
}

int rpc_exit_code(enum err err)
{
	switch (err_blame(err)) {
	case BLAME_NONE:
		return 0;
	case BLAME_USER:
	/* Said of the own log it refuses: nothing was changed. */
	case BLAME_LOG:
		return err == ERR_USAGE ? 2 : 4;
	case BLAME_PEER:
	case BLAME_LOCAL:
	case BLAME_FATAL:
		return 1;
	}
	return 1;
}

/* A line that was cut in the middle of a character would make the whole answer unreadable. */
static void put_text(struct writer *w, const char *text)
{
	struct bytes in = bytes_str(text);
	size_t head;

	mp_put_str(w, in);
	if (w->err || text_is_utf8(in))
		return;
	head = w->size - in.size;
	for (size_t i = 0; i < in.size; i++)
		if (in.data[i] >= 0x80)
			w->data[head + i] = '?';
}

void rpc_error_encode(struct writer *w, uint32_t id, const struct rpc_error *error)
{
	mp_put_array(w, 4);
	mp_put_uint(w, RPC_RESPONSE);
	mp_put_uint(w, id);
	mp_put_map(w, error->fields.size ? 5 : 4);
	mp_put_cstr(w, "code");
	mp_put_int(w, error->code ? error->code : rpc_exit_code(error->err));
	mp_put_cstr(w, "error");
	mp_put_cstr(w, err_name(error->err));
	if (error->fields.size) {
		mp_put_cstr(w, "fields");
		writer_bytes(w, error->fields);
	}
	mp_put_cstr(w, "hint");
	put_text(w, error->hint ? error->hint : "");
	mp_put_cstr(w, "text");
	put_text(w, error->text ? error->text : err_text(error->err));
	mp_put_nil(w);
}

void rpc_reply_encode(struct writer *w, uint32_t id, struct bytes result)
{
	mp_put_array(w, 4);
	mp_put_uint(w, RPC_RESPONSE);
	mp_put_uint(w, id);
	mp_put_nil(w);
	writer_bytes(w, result);
}

static enum err err_of_name(struct bytes name)
{
	for (int err = 1; err < ERR_COUNT; err++)
		if (bytes_equal(name, bytes_str(err_name((enum err)err))))
			return (enum err)err;
	return ERR_NONE;
}

static struct bytes str_of(struct bytes map, const char *key)
{
	struct reader r;

	reader_init(&r, mp_get(map, key));
	return mp_str(&r);
}

/* What an error lacks is empty, and its code then 1: another release may say less. */
static void error_decode(struct rpc_error *out, struct bytes map)
{
	struct bytes fields = mp_get(map, "fields");
	struct reader r;

	*out = (struct rpc_error){0};
	out->name_read = str_of(map, "error");
	out->text_read = str_of(map, "text");
	out->hint_read = str_of(map, "hint");
	out->err = err_of_name(out->name_read);
	reader_init(&r, mp_get(map, "code"));
	int64_t code = mp_int(&r);
	out->code = r.err || code < 1 || code > 125 ? 1 : (int)code;
	reader_init(&r, fields);
	if (mp_peek(&r) == MP_ARRAY)
		out->fields = fields;
}

enum err rpc_response_decode(struct rpc_response *out, struct bytes message)
{
	struct reader r;
	enum err err = mp_scan(message);

	if (err)
		return err;
	*out = (struct rpc_response){0};
	reader_init(&r, message);
	mp_array_of(&r, 4);
	if (mp_uint(&r) != RPC_RESPONSE)
		reader_fail(&r, ERR_FORMAT);
	uint64_t id = mp_uint(&r);
	if (id > UINT32_MAX)
		reader_fail(&r, ERR_FORMAT);
	out->id = (uint32_t)id;
	out->is_error = !mp_nil(&r);
	if (out->is_error) {
		if (mp_peek(&r) != MP_MAP)
			reader_fail(&r, ERR_FORMAT);
		error_decode(&out->error, mp_raw(&r));
		if (!mp_nil(&r))
			reader_fail(&r, ERR_FORMAT);
	} else {
		out->result = mp_raw(&r);
	}
	return reader_end(&r);
}
