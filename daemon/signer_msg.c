/* Bytes of the signer's messages. It decides nothing: what is well formed may still be refused. */
#include "daemon/signer_msg.h"

#include <string.h>

#include "proto/reader.h"

#define FLAG_SHOWN 1
#define FLAG_UNHEARD 2

void signer_ask_encode(struct writer *w, enum signer_ask ask, const struct signing *signing)
{
	writer_u8(w, (uint8_t)ask);
	if (ask == SIGNER_BEGIN)
		return;
	writer_put(w, signing->log.b, KEY_SIZE);
	writer_u64(w, signing->size);
	writer_put(w, signing->root.b, HASH_SIZE);
	writer_u8(w, (uint8_t)((signing->was_shown ? FLAG_SHOWN : 0) |
			       (signing->is_unheard ? FLAG_UNHEARD : 0)));
	writer_u8(w, (uint8_t)signing->proof_count);
	for (unsigned i = 0; i < signing->proof_count; i++)
		writer_put(w, signing->proof[i].b, HASH_SIZE);
}

enum err signer_ask_decode(enum signer_ask *ask, struct signing *out, struct bytes in)
{
	struct reader r;
	uint8_t type, flags;

	reader_init(&r, in);
	type = reader_u8(&r);
	*out = (struct signing){.is_signing = type == SIGNER_SIGN};
	if (type < SIGNER_BEGIN || type > SIGNER_LOCK)
		return ERR_FORMAT;
	*ask = (enum signer_ask)type;
	if (type == SIGNER_BEGIN)
		return reader_end(&r) ? ERR_FORMAT : ERR_NONE;
	reader_copy(&r, out->log.b, KEY_SIZE);
	out->size = reader_u64(&r);
	reader_copy(&r, out->root.b, HASH_SIZE);
	flags = reader_u8(&r);
	out->proof_count = reader_u8(&r);
	if (r.err || flags > (FLAG_SHOWN | FLAG_UNHEARD) || out->proof_count > TREE_PROOF_MAX ||
	    (type == SIGNER_LOCK && out->proof_count > 0))
		return ERR_FORMAT;
	out->was_shown = flags & FLAG_SHOWN;
	out->is_unheard = flags & FLAG_UNHEARD;
	for (unsigned i = 0; i < out->proof_count; i++)
		reader_copy(&r, out->proof[i].b, HASH_SIZE);
	return reader_end(&r) ? ERR_FORMAT : ERR_NONE;
}

void signer_answer_encode(struct writer *w, const struct signer_answer *answer)
{
	writer_u16(w, (uint16_t)answer->err);
	writer_u8(w, answer->has_sig ? 1 : 0);
	if (answer->has_sig)
		writer_put(w, answer->sig.b, SIG_SIZE);
	else
		writer_str(w, answer->text);
}

enum err signer_answer_decode(struct signer_answer *out, struct bytes in)
{
	struct reader r;
	uint16_t err;
	uint8_t has_sig;

	*out = (struct signer_answer){0};
	reader_init(&r, in);
	err = reader_u16(&r);
	has_sig = reader_u8(&r);
	if (r.err || err >= ERR_COUNT || has_sig > 1 || (has_sig && err))
		return ERR_FORMAT;
	out->err = (enum err)err;
	out->has_sig = has_sig;
	if (has_sig)
		reader_copy(&r, out->sig.b, SIG_SIZE);
	else if (reader_left(&r) <= SIGNER_TEXT_MAX)
		reader_copy(&r, out->text, reader_left(&r));
	return reader_end(&r) ? ERR_FORMAT : ERR_NONE;
}
