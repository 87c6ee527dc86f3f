/* log.open: encoding, decoding and the certificate. Whether the log is admissible is decided by the
 * roster. */
#include "proto/log_open.h"

#include <string.h>

#include "proto/mp.h"

static const struct bytes domain = {
    (const uint8_t *)"open-communes log v1\n", sizeof("open-communes log v1\n") - 1};

enum field {
	FIELD_CERTIFICATE,
	FIELD_KEY,
	FIELD_MEMBER,
	FIELD_MEMBER_KEY,
	FIELD_NETWORK,
	FIELD_NUMBER,
	FIELD_PREVIOUS,
	FIELD_TRANSPORT,
	FIELD_COUNT /* also: a key of a later version, kept and ignored */
};

static const char *const field_names[FIELD_COUNT] = {
    [FIELD_CERTIFICATE] = "certificate",
    [FIELD_KEY] = "key",
    [FIELD_MEMBER] = "member",
    [FIELD_MEMBER_KEY] = "member_key",
    [FIELD_NETWORK] = "network",
    [FIELD_NUMBER] = "number",
    [FIELD_PREVIOUS] = "previous",
    [FIELD_TRANSPORT] = "transport",
};

bool code_is_valid(struct bytes code)
{
	if (code.size == 0 || code.size > CODE_SIZE_MAX)
		return false;
	for (size_t i = 0; i < code.size; i++) {
		uint8_t c = code.data[i];
		bool is_letter = c >= 'a' && c <= 'z';

		if (!is_letter && (i == 0 || (c != '-' && (c < '0' || c > '9'))))
			return false;
	}
	return true;
}

static enum field field_of(struct bytes name)
{
	unsigned field = 0;

	while (field < FIELD_COUNT && !bytes_equal(bytes_str(field_names[field]), name))
		field++;
	return (enum field)field;
}

static void read_member(struct log_open *out, struct reader *r)
{
	struct bytes code = mp_str(r);

	if (r->err == ERR_NONE && !code_is_valid(code))
		reader_fail(r, ERR_FORMAT);
	if (r->err == ERR_NONE)
		memcpy(out->member, code.data, code.size);
}

static void read_number(struct log_open *out, struct reader *r)
{
	uint64_t number = mp_uint(r);

	if (r->err == ERR_NONE && (number == 0 || number > UINT32_MAX))
		reader_fail(r, ERR_FORMAT);
	out->number = (uint32_t)number;
}

static void read_previous(struct log_open *out, struct reader *r)
{
	uint32_t count = mp_array(r);

	if (count > LOG_PREVIOUS_MAX) {
		reader_fail(r, ERR_LIMIT);
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		mp_array_of(r, 3);
		mp_bin_fixed(r, out->previous[i].key.b, KEY_SIZE);
		out->previous[i].size = mp_uint(r);
		mp_bin_fixed(r, out->previous[i].root.b, HASH_SIZE);
	}
	out->previous_count = count;
}

static void read_field(struct log_open *out, enum field field, struct reader *r)
{
	switch (field) {
	case FIELD_CERTIFICATE:
		mp_bin_fixed(r, out->certificate.b, SIG_SIZE);
		break;
	case FIELD_KEY:
		mp_bin_fixed(r, out->key.b, KEY_SIZE);
		break;
	case FIELD_MEMBER:
		read_member(out, r);
		break;
	case FIELD_MEMBER_KEY:
		mp_bin_fixed(r, out->member_key.b, KEY_SIZE);
		break;
	case FIELD_NETWORK:
		mp_bin_fixed(r, out->network.b, HASH_SIZE);
		break;
	case FIELD_NUMBER:
		read_number(out, r);
		break;
	case FIELD_PREVIOUS:
		read_previous(out, r);
		break;
	case FIELD_TRANSPORT:
		mp_bin_fixed(r, out->transport.b, KEY_SIZE);
		break;
	case FIELD_COUNT:
		mp_skip(r);
		break;
	}
}

enum err log_open_decode(struct log_open *out, struct bytes payload)
{
	struct reader r;
	unsigned seen = 0;
	uint32_t pairs;
	enum err err;

	*out = (struct log_open){0};
	if (payload.size > RECORD_PAYLOAD_MAX)
		return ERR_LIMIT;
	err = mp_scan(payload);
	if (err != ERR_NONE)
		return err;
	reader_init(&r, payload);
	pairs = mp_map(&r);
	for (uint32_t i = 0; i < pairs && r.err == ERR_NONE; i++) {
		enum field field = field_of(mp_str(&r));

		read_field(out, field, &r);
		seen |= 1u << field;
	}
	if (r.err == ERR_NONE && (seen & ((1u << FIELD_COUNT) - 1)) != (1u << FIELD_COUNT) - 1)
		reader_fail(&r, ERR_FORMAT);
	out->payload = payload;
	return r.err;
}

/* What the certificate signs: the domain line and the payload's map without the certificate, keys
 * of later versions included. */
static void put_certified(struct writer *w, struct bytes payload)
{
	struct reader r;
	uint32_t pairs;

	reader_init(&r, payload);
	pairs = mp_map(&r);
	writer_bytes(w, domain);
	mp_put_map(w, pairs ? pairs - 1 : 0);
	for (uint32_t i = 0; i < pairs; i++) {
		const uint8_t *start = r.at;
		enum field field = field_of(mp_str(&r));

		mp_skip(&r);
		if (r.err == ERR_NONE && field != FIELD_CERTIFICATE)
			writer_put(w, start, (size_t)(r.at - start));
	}
	if (r.err != ERR_NONE)
		writer_fail(w, r.err);
}

enum err log_open_verify(const struct log_open *open, const struct hash *network)
{
	struct writer message = {0};
	enum err err;

	if (!hash_equal(&open->network, network))
		return ERR_NETWORK;
	if (!seal_is_valid_point(&open->key) || !seal_is_valid_point(&open->member_key))
		return ERR_KEY;
	put_certified(&message, open->payload);
	err = message.err;
	if (err == ERR_NONE &&
	    !seal_verify(&open->certificate, writer_view(&message), &open->member_key))
		err = ERR_SIGNATURE;
	writer_release(&message);
	return err;
}

static void put_fields(struct writer *w, const struct log_open *open)
{
	mp_put_cstr(w, "key");
	mp_put_bin(w, open->key.b, KEY_SIZE);
	mp_put_cstr(w, "member");
	mp_put_cstr(w, open->member);
	mp_put_cstr(w, "member_key");
	mp_put_bin(w, open->member_key.b, KEY_SIZE);
	mp_put_cstr(w, "network");
	mp_put_bin(w, open->network.b, HASH_SIZE);
	mp_put_cstr(w, "number");
	mp_put_uint(w, open->number);
	mp_put_cstr(w, "previous");
	mp_put_array(w, open->previous_count);
	for (unsigned i = 0; i < open->previous_count && i < LOG_PREVIOUS_MAX; i++) {
		mp_put_array(w, 3);
		mp_put_bin(w, open->previous[i].key.b, KEY_SIZE);
		mp_put_uint(w, open->previous[i].size);
		mp_put_bin(w, open->previous[i].root.b, HASH_SIZE);
	}
	mp_put_cstr(w, "transport");
	mp_put_bin(w, open->transport.b, KEY_SIZE);
}

void log_open_encode(struct writer *w, struct log_open *open, const struct seckey *member_sk)
{
	struct writer message = {0};

	writer_bytes(&message, domain);
	mp_put_map(&message, FIELD_COUNT - 1);
	put_fields(&message, open);
	if (message.err != ERR_NONE)
		writer_fail(w, message.err);
	seal_sign(&open->certificate, writer_view(&message), member_sk);
	writer_release(&message);
	mp_put_map(w, FIELD_COUNT);
	mp_put_cstr(w, "certificate");
	mp_put_bin(w, open->certificate.b, SIG_SIZE);
	put_fields(w, open);
}
