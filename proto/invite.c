/* Invites as text: RFC 4648 base32 over a canonical array and four bytes of its hash. Every address
 * is checked here, so that a home never starts with one that cannot be dialled. */
#include "proto/invite.h"

#include <string.h>

#include "proto/mp.h"
#include "proto/seal.h"

#define INVITE_FORMAT 1
#define INVITE_ELEMENTS 6
#define CHECKSUM_SIZE 4

static const char prefix[] = "oc1";
#define PREFIX_SIZE (sizeof(prefix) - 1)

/* --- base32 ---------------------------------------------------------------------------------- */

static void base32_put(struct writer *w, struct bytes in)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint32_t group = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < in.size; i++) {
		group = group << 8 | in.data[i];
		bits += 8;
		while (bits >= 5) {
			bits -= 5;
			writer_u8(w, (uint8_t)digits[group >> bits & 31]);
		}
		group &= (1u << bits) - 1;
	}
	if (bits > 0)
		writer_u8(w, (uint8_t)digits[group << (5 - bits) & 31]);
}

static int base32_digit(uint8_t c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/* False for a foreign character, a size that no whole number of bytes has, or bits that belong to
 * none. */
static bool base32_get(struct writer *w, struct bytes text)
{
	uint32_t group = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < text.size; i++) {
		int digit = base32_digit(text.data[i]);

		if (digit < 0)
			return false;
		group = group << 5 | (uint32_t)digit;
		bits += 5;
		if (bits < 8)
			continue;
		bits -= 8;
		writer_u8(w, (uint8_t)(group >> bits));
		group &= (1u << bits) - 1;
	}
	return bits < 5 && group == 0;
}

/* --- body ------------------------------------------------------------------------------------ */

static void put_checksum(struct writer *w)
{
	struct hash hash;

	seal_sha256(&hash, writer_view(w));
	writer_put(w, hash.b, CHECKSUM_SIZE);
}

void invite_encode(struct writer *w, const struct invite *invite)
{
	struct writer body = {0};

	if (invite->address_count == 0 || invite->address_count > ADDRESSES_MAX)
		writer_fail(&body, ERR_LIMIT);
	mp_put_array(&body, INVITE_ELEMENTS);
	mp_put_int(&body, INVITE_FORMAT);
	mp_put_bin(&body, invite->network.b, HASH_SIZE);
	mp_put_cstr(&body, invite->code);
	mp_put_int(&body, invite->expires.ms);
	mp_put_bin(&body, invite->token, TOKEN_SIZE);
	mp_put_array(&body, invite->address_count);
	for (unsigned i = 0; i < invite->address_count && body.err == ERR_NONE; i++) {
		char text[ADDRESS_SIZE_MAX + 1];

		address_format(text, &invite->addresses[i]);
		mp_put_cstr(&body, text);
	}
	put_checksum(&body);
	writer_str(w, prefix);
	base32_put(w, writer_view(&body));
	if (body.err != ERR_NONE)
		writer_fail(w, body.err);
	writer_release(&body);
}

static enum err read_addresses(struct invite *out, struct reader *r)
{
	uint32_t count = mp_array(r);

	if (r->err == ERR_NONE && (count == 0 || count > ADDRESSES_MAX))
		reader_fail(r, ERR_LIMIT);
	for (uint32_t i = 0; i < count && r->err == ERR_NONE; i++) {
		struct bytes text = mp_str(r);

		if (r->err == ERR_NONE)
			reader_fail(r, address_parse(&out->addresses[i], text));
	}
	out->address_count = r->err == ERR_NONE ? count : 0;
	return r->err;
}

static enum err read_body(struct invite *out, struct bytes body)
{
	struct reader r;
	struct bytes code;
	uint64_t format;
	enum err err = mp_scan(body);

	if (err != ERR_NONE)
		return err;
	reader_init(&r, body);
	if (mp_array(&r) < INVITE_ELEMENTS)
		reader_fail(&r, ERR_FORMAT);
	format = mp_uint(&r);
	if (r.err == ERR_NONE && format != INVITE_FORMAT)
		return ERR_VERSION;
	mp_bin_fixed(&r, out->network.b, HASH_SIZE);
	code = mp_str(&r);
	if (r.err == ERR_NONE && !code_is_valid(code))
		reader_fail(&r, ERR_FORMAT);
	if (r.err == ERR_NONE)
		memcpy(out->code, code.data, code.size);
	out->expires.ms = (int64_t)mp_uint(&r);
	mp_bin_fixed(&r, out->token, TOKEN_SIZE);
	return read_addresses(out, &r);
}

static enum err read_line(struct invite *out, struct bytes line, struct writer *bytes)
{
	struct hash hash;
	struct bytes body;

	if (!base32_get(bytes, line))
		return bytes->err != ERR_NONE ? bytes->err : ERR_HASH;
	if (bytes->err != ERR_NONE)
		return bytes->err;
	if (bytes->size < CHECKSUM_SIZE)
		return ERR_SHORT;
	body = bytes_of(bytes->data, bytes->size - CHECKSUM_SIZE);
	seal_sha256(&hash, body);
	if (memcmp(hash.b, body.data + body.size, CHECKSUM_SIZE) != 0)
		return ERR_HASH;
	return read_body(out, body);
}

enum err invite_decode(struct invite *out, struct bytes text, struct why *why)
{
	struct writer bytes = {0};
	enum err err;

	*out = (struct invite){0};
	if (text.size > INVITE_TEXT_MAX)
		return why_set(why, ERR_LIMIT, "an invite is not that long");
	if (text.size < PREFIX_SIZE || base32_digit(text.data[0]) != 'o' - 'a' ||
	    base32_digit(text.data[1]) != 'c' - 'a' || text.data[2] != '1')
		return why_set(why, ERR_FORMAT, "it does not begin with %s", prefix);
	err = read_line(out, bytes_of(text.data + PREFIX_SIZE, text.size - PREFIX_SIZE), &bytes);
	writer_release(&bytes);
	if (err == ERR_HASH)
		return why_set(why, err, "a letter is missing or wrong");
	return why_set(why, err, "%s", err_text(err));
}
