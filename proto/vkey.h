/* Verifier keys of the C2SP signed-note specification: `<name>+<id in hex>+<base64(type || key)>`.
 *
 * A key is known by its name and its 32-bit id together. The id names, it does not secure: it is
 * the beginning of SHA-256(name || 0x0a || type || key). */
#ifndef PROTO_VKEY_H
#define PROTO_VKEY_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/writer.h"

enum vkey_type {
	VKEY_ED25519 = 0x01,	 /* signs the note text */
	VKEY_COSIGNATURE = 0x04, /* c2sp.org/tlog-cosignature: signs a time and the note text */
};

/* The name is borrowed. */
struct vkey {
	struct bytes name;
	enum vkey_type type;
	uint32_t id;
	struct key key;
};

/* Valid UTF-8, not empty, no Unicode space, no control character, no plus sign. */
bool vkey_is_name(struct bytes name);
/* Computes the id. name is a valid one. */
void vkey_init(struct vkey *vk, struct bytes name, enum vkey_type type, const struct key *key);
/* The name points into text. ERR_FORMAT; ERR_VERSION for another type; ERR_HASH when the id is not
 * that of the key; ERR_KEY. */
enum err vkey_decode(struct vkey *vk, struct bytes text);
void vkey_encode(struct writer *w, const struct vkey *vk);

#endif
