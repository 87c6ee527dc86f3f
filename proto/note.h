/* Signed notes (c2sp.org/signed-note) and the cosignatures that may stand in them
 * (c2sp.org/tlog-cosignature, Ed25519).
 *
 * A note is a text that ends in a newline, an empty line, and signature lines
 * `— <key name> base64(u32 key id || signature)`. What the text says is believed only after
 * note_verify. Everything borrows from the note's bytes. */
#ifndef PROTO_NOTE_H
#define PROTO_NOTE_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/seal.h"
#include "proto/vkey.h"
#include "proto/writer.h"

#define NOTE_COSIGNATURE_SIZE (8 + SIG_SIZE) /* u64 time in seconds || Ed25519 */

struct note {
	struct bytes text;  /* with its last newline: what is signed */
	struct bytes lines; /* the signature lines */
	size_t count;	    /* of them, at least one */
};

/* Signatures longer than ours have their size said and their bytes left out. */
struct note_line {
	struct bytes name;
	uint32_t id;
	size_t size; /* without the id, at least 1 */
	uint8_t signature[NOTE_COSIGNATURE_SIZE];
};

/* What note_verify found about one key. */
struct note_verdict {
	bool is_verified;
	uint64_t time_s; /* of a cosignature: seconds since 1970 */
};

/* ERR_LIMIT, ERR_UTF8, ERR_FORMAT. */
enum err note_parse(struct note *note, struct bytes in);
/* The first line of `lines`, which moves behind it. ERR_FORMAT; never on the lines of a parsed
 * note. */
enum err note_line_next(struct bytes *lines, struct note_line *line);
/* ERR_NONE when at least one of the keys signed and no line of one of them is false; else
 * ERR_SIGNATURE. Lines of other keys are ignored, and so is what a key signed a second time.
 * verdicts: one a key. */
enum err note_verify(
    const struct note *note, const struct vkey *keys, size_t count, struct note_verdict *verdicts);

/* Appends a signature line by an Ed25519 key (VKEY_ED25519). The whole note is text, "\n", lines.
 */
void note_sign(struct writer *w, struct bytes text, const struct vkey *vk, const struct seckey *sk);
/* The same with a signature made before. */
void note_put_signature(struct writer *w, const struct vkey *vk, struct bytes signature);

/* cosignature/v1 over the text of a checkpoint. time_s < 2^63. */
enum err note_cosign(struct sig *out, struct bytes text, uint64_t time_s, const struct seckey *sk);
enum err note_cosign_verify(
    const struct sig *sig, struct bytes text, uint64_t time_s, const struct key *key);
/* Its line, by a VKEY_COSIGNATURE key. */
void note_put_cosignature(
    struct writer *w, const struct vkey *vk, uint64_t time_s, const struct sig *sig);

#endif
