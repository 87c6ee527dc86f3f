/* The messages between node and signer, one datagram each (SIGNER.md). Reading is strict: a size that does not fit its counts
 * is no message. */
#ifndef DAEMON_SIGNER_MSG_H
#define DAEMON_SIGNER_MSG_H

#include "proto/signing.h"

enum signer_ask { SIGNER_BEGIN = 1, SIGNER_SIGN, SIGNER_LOCK };

#define SIGNER_MSG_MAX (1 + KEY_SIZE + 8 + HASH_SIZE + 2 + TREE_PROOF_MAX * HASH_SIZE)
#define SIGNER_TEXT_MAX 250

struct signer_answer {
	enum err err;
	bool has_sig;
	struct sig sig;
	char text[SIGNER_TEXT_MAX + 1];
};

/* signing may be NULL for SIGNER_BEGIN. */
void signer_ask_encode(struct writer *w, enum signer_ask ask, const struct signing *signing);
/* ERR_FORMAT; *out is not to be used then. */
enum err signer_ask_decode(enum signer_ask *ask, struct signing *out, struct bytes in);
void signer_answer_encode(struct writer *w, const struct signer_answer *answer);
enum err signer_answer_decode(struct signer_answer *out, struct bytes in);

#endif
