/* Decides what a key file looks like and what a passphrase protects: the seed together with its
 * purpose, so that a sealed file cannot be relabelled. Where files lie and who may read them is not
 * known here. */
#include "proto/keyfile.h"

#include <string.h>

#include "proto/limits.h"
#include "proto/mp.h"

/* The sealed text: the canonical array [purpose, seed]. */
#define SEALED_TEXT_SIZE_MAX 64

static const char *const purposes[] = {
#define X(id, word) [KEYFILE_##id] = #word,
    KEYFILE_PURPOSE_MAP(X)
#undef X
};

#define PURPOSES (sizeof(purposes) / sizeof(purposes[0]))

const char *keyfile_purpose_name(enum keyfile_purpose purpose)
{
	return purposes[purpose];
}

void keyfile_derive(
    struct key *pk, struct seckey *sk, enum keyfile_purpose purpose, const uint8_t seed[static 32])
{
	if (purpose == KEYFILE_TRANSPORT)
		seal_dh_keypair(pk, sk, seed);
	else
		seal_sign_keypair(pk, sk, seed);
}

static bool is_cost_allowed(struct seal_cost cost)
{
	return cost.memory_kib >= PWHASH_MEMORY_KIB_MIN &&
	       cost.memory_kib <= PWHASH_MEMORY_KIB_MAX && cost.passes >= 1 &&
	       cost.passes <= PWHASH_PASSES_MAX;
}

static enum err put_sealed(struct writer *out, enum keyfile_purpose purpose,
    const uint8_t seed[static 32], const struct keyfile_lock *lock)
{
	uint8_t sealed[SEALED_TEXT_SIZE_MAX + SEAL_TAG_SIZE];
	struct writer text = {0};
	enum err err;

	mp_put_array(&text, 2);
	mp_put_cstr(&text, purposes[purpose]);
	mp_put_bin(&text, seed, 32);
	err = text.err;
	if (err == ERR_NONE)
		err = seal_lock(sealed, writer_view(&text), lock->passphrase, lock->salt,
		    lock->nonce, lock->cost);
	if (err == ERR_NONE) {
		mp_put_cstr(out, "sealed");
		mp_put_array(out, 5);
		mp_put_bin(out, lock->salt, sizeof(lock->salt));
		mp_put_bin(out, lock->nonce, sizeof(lock->nonce));
		mp_put_uint(out, lock->cost.passes);
		mp_put_uint(out, lock->cost.memory_kib);
		mp_put_bin(out, sealed, text.size + SEAL_TAG_SIZE);
	}
	if (text.data)
		seal_wipe(text.data, text.capacity);
	writer_release(&text);
	return err;
}

enum err keyfile_encode(struct writer *out, enum keyfile_purpose purpose,
    const uint8_t seed[static 32], const struct keyfile_lock *lock)
{
	size_t before = out->size;
	struct seckey sk;
	struct key pk;
	enum err err = ERR_NONE;

	if (lock && !is_cost_allowed(lock->cost))
		return ERR_LIMIT;
	if (lock && lock->passphrase.size == 0)
		return ERR_PASSPHRASE;
	keyfile_derive(&pk, &sk, purpose, seed);
	seal_wipe(&sk, sizeof(sk));
	mp_put_map(out, 4);
	mp_put_cstr(out, "format");
	mp_put_uint(out, 1);
	mp_put_cstr(out, "key");
	mp_put_bin(out, pk.b, sizeof(pk.b));
	mp_put_cstr(out, "purpose");
	mp_put_cstr(out, purposes[purpose]);
	if (lock) {
		err = put_sealed(out, purpose, seed, lock);
	} else {
		mp_put_cstr(out, "seed");
		mp_put_bin(out, seed, 32);
	}
	if (err == ERR_NONE)
		err = out->err;
	if (err != ERR_NONE)
		out->size = before;
	return err;
}

/* The fields of a file, borrowed from its bytes. */
struct content {
	struct keyfile file;
	struct bytes seed; /* empty when sealed */
	uint8_t salt[16];
	uint8_t nonce[24];
	struct seal_cost cost;
	struct bytes sealed;
};

static enum keyfile_purpose read_purpose(struct reader *r)
{
	struct bytes word = mp_str(r);

	for (size_t i = 0; i < PURPOSES; i++)
		if (bytes_equal(word, bytes_str(purposes[i])))
			return (enum keyfile_purpose)i;
	reader_fail(r, ERR_FORMAT);
	return KEYFILE_MEMBER;
}

static void read_key(struct reader *r, const char *key)
{
	if (!bytes_equal(mp_str(r), bytes_str(key)))
		reader_fail(r, ERR_FORMAT);
}

static uint32_t read_cost(struct reader *r)
{
	uint64_t value = mp_uint(r);

	if (value > UINT32_MAX)
		reader_fail(r, ERR_FORMAT);
	return (uint32_t)value;
}

static void read_sealed(struct reader *r, struct content *out)
{
	mp_array_of(r, 5);
	mp_bin_fixed(r, out->salt, sizeof(out->salt));
	mp_bin_fixed(r, out->nonce, sizeof(out->nonce));
	out->cost.passes = read_cost(r);
	out->cost.memory_kib = read_cost(r);
	out->sealed = mp_bin(r);
	if (!is_cost_allowed(out->cost) || out->sealed.size < SEAL_TAG_SIZE ||
	    out->sealed.size > SEALED_TEXT_SIZE_MAX + SEAL_TAG_SIZE)
		reader_fail(r, ERR_FORMAT);
}

static enum err read_content(struct bytes in, struct content *out, struct why *why)
{
	struct reader r;
	struct bytes last;
	enum err err = in.size > KEYFILE_SIZE_MAX ? ERR_FORMAT : mp_scan(in);

	*out = (struct content){0};
	if (err != ERR_NONE)
		return why_set(why, err, "not a key file: %s", err_text(err));
	reader_init(&r, in);
	if (mp_map(&r) != 4)
		reader_fail(&r, ERR_FORMAT);
	read_key(&r, "format");
	if (mp_uint(&r) != 1 && r.err == ERR_NONE)
		return why_set(why, ERR_VERSION, "key file of a newer format");
	read_key(&r, "key");
	mp_bin_fixed(&r, out->file.key.b, sizeof(out->file.key.b));
	read_key(&r, "purpose");
	out->file.purpose = read_purpose(&r);
	last = mp_str(&r);
	if (bytes_equal(last, BYTES_STR("sealed"))) {
		out->file.is_sealed = true;
		read_sealed(&r, out);
	} else if (bytes_equal(last, BYTES_STR("seed"))) {
		out->seed = mp_bin(&r);
		if (out->seed.size != 32)
			reader_fail(&r, ERR_FORMAT);
	} else {
		reader_fail(&r, ERR_FORMAT);
	}
	err = reader_end(&r);
	/* A wrong type is a wrong format here: the bytes are canonical, but no key file. */
	if (err != ERR_NONE)
		return why_set(why, ERR_FORMAT, "not a key file, or a damaged one");
	return ERR_NONE;
}

enum err keyfile_inspect(struct bytes in, struct keyfile *out, struct why *why)
{
	struct content content;
	enum err err = read_content(in, &content, why);

	*out = content.file;
	return err;
}

static enum err unseal(
    const struct content *content, struct bytes passphrase, uint8_t seed[static 32])
{
	uint8_t text[SEALED_TEXT_SIZE_MAX];
	struct reader r;
	enum err err;

	if (passphrase.size == 0)
		return ERR_PASSPHRASE;
	err = seal_unlock(
	    text, content->sealed, passphrase, content->salt, content->nonce, content->cost);
	if (err != ERR_NONE)
		return err;
	reader_init(&r, (struct bytes){text, content->sealed.size - SEAL_TAG_SIZE});
	mp_array_of(&r, 2);
	if (read_purpose(&r) != content->file.purpose)
		reader_fail(&r, ERR_FORMAT);
	mp_bin_fixed(&r, seed, 32);
	err = reader_end(&r) == ERR_NONE ? ERR_NONE : ERR_FORMAT;
	seal_wipe(text, sizeof(text));
	return err;
}

static enum err open_content(const struct content *content, struct bytes passphrase, struct key *pk,
    struct seckey *sk, struct why *why)
{
	const char *purpose = purposes[content->file.purpose];
	uint8_t seed[32] = {0};
	enum err err = ERR_NONE;

	if (content->file.is_sealed)
		err = unseal(content, passphrase, seed);
	else
		memcpy(seed, content->seed.data, sizeof(seed));
	if (err == ERR_PASSPHRASE)
		why_set(why, err, "passphrase of the %s key is %s", purpose,
		    passphrase.size ? "wrong" : "missing");
	else if (err != ERR_NONE)
		why_set(why, err, "%s key cannot be opened: %s", purpose, err_text(err));
	if (err == ERR_NONE) {
		keyfile_derive(pk, sk, content->file.purpose, seed);
		if (!key_equal(pk, &content->file.key))
			err = why_set(why, ERR_KEY,
			    "%s key file names a public key that is not its own", purpose);
	}
	seal_wipe(seed, sizeof(seed));
	return err;
}

enum err keyfile_decode(struct bytes in, enum keyfile_purpose purpose, struct bytes passphrase,
    struct key *pk, struct seckey *sk, struct why *why)
{
	struct content content;
	enum err err = read_content(in, &content, why);

	if (err == ERR_NONE && content.file.purpose != purpose)
		err = why_set(why, ERR_FORMAT, "file holds a %s key, not a %s key",
		    purposes[content.file.purpose], purposes[purpose]);
	if (err == ERR_NONE)
		err = open_content(&content, passphrase, pk, sk, why);
	if (err != ERR_NONE)
		seal_wipe(sk, sizeof(*sk));
	return err;
}
