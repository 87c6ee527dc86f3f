/* Parsing, verifying and writing signed notes. It decides what a well-formed note is and what a
 * signature line proves; whose keys are trusted is the caller's. */
#include "proto/note.h"

#include <string.h>

#include "proto/limits.h"
#include "proto/text.h"

#define LINE_START "\xe2\x80\x94 " /* em dash, space */
#define ID_SIZE 4
#define CHUNK_TEXT_SIZE 1024
#define CHUNK_SIZE (3 * CHUNK_TEXT_SIZE / 4)

static struct bytes rest_after(struct bytes in, size_t size)
{
	return bytes_of(in.data + size, in.size - size);
}

/* Decodes id and signature piece by piece, so that a long signature of a kind that we do not know
 * is checked for its form without a buffer of its size. */
static bool line_decode(struct note_line *line, struct bytes base64)
{
	uint8_t chunk[CHUNK_SIZE + 3], head[ID_SIZE + NOTE_COSIGNATURE_SIZE] = {0};
	size_t total = 0;

	while (base64.size > 0) {
		size_t take = base64.size < CHUNK_TEXT_SIZE ? base64.size : CHUNK_TEXT_SIZE;
		size_t size;
		if (!base64_decode(chunk, &size, (const char *)base64.data, take))
			return false;
		base64 = rest_after(base64, take);
		if (base64.size > 0 && size != CHUNK_SIZE)
			return false; /* padding before the end */
		if (total == 0)
			memcpy(head, chunk, size < sizeof(head) ? size : sizeof(head));
		total += size;
	}
	if (total <= ID_SIZE)
		return false;
	line->id = be32_get(head);
	line->size = total - ID_SIZE;
	memset(line->signature, 0, sizeof(line->signature));
	if (line->size <= sizeof(line->signature))
		memcpy(line->signature, head + ID_SIZE, line->size);
	return true;
}

enum err note_line_next(struct bytes *lines, struct note_line *line)
{
	const size_t start = sizeof(LINE_START) - 1;
	const uint8_t *end = lines->size ? memchr(lines->data, '\n', lines->size) : NULL;
	const uint8_t *space;
	struct bytes in;

	if (!end)
		return ERR_FORMAT;
	in = bytes_of(lines->data, (size_t)(end - lines->data));
	*lines = rest_after(*lines, in.size + 1);
	if (in.size < start || memcmp(in.data, LINE_START, start) != 0)
		return ERR_FORMAT;
	in = rest_after(in, start);
	space = in.size ? memchr(in.data, ' ', in.size) : NULL;
	if (!space)
		return ERR_FORMAT;
	line->name = bytes_of(in.data, (size_t)(space - in.data));
	if (!vkey_is_name(line->name) || !line_decode(line, rest_after(in, line->name.size + 1)))
		return ERR_FORMAT;
	return ERR_NONE;
}

/* Text and lines are separated by the last empty line. */
static bool note_split(struct note *note, struct bytes in)
{
	for (size_t i = in.size; i >= 2; i--) {
		if (in.data[i - 1] == '\n' && in.data[i - 2] == '\n') {
			note->text = bytes_of(in.data, i - 1);
			note->lines = rest_after(in, i);
			return note->lines.size > 0;
		}
	}
	return false;
}

enum err note_parse(struct note *note, struct bytes in)
{
	struct note_line line;
	struct bytes left;

	*note = (struct note){0};
	if (in.size > NOTE_SIZE_MAX)
		return ERR_LIMIT;
	if (!text_is_utf8(in))
		return ERR_UTF8;
	for (size_t i = 0; i < in.size; i++) {
		if (in.data[i] < ' ' && in.data[i] != '\n')
			return ERR_FORMAT;
	}
	if (!note_split(note, in))
		return ERR_FORMAT;
	for (left = note->lines; left.size > 0; note->count++) {
		enum err err = note_line_next(&left, &line);
		if (err)
			return err;
		if (note->count == NOTE_SIGNATURES_MAX)
			return ERR_LIMIT;
	}
	return ERR_NONE;
}

static bool line_verify(const struct note_line *line, struct bytes text, const struct vkey *vk,
    struct note_verdict *verdict)
{
	struct sig sig;

	switch (vk->type) {
	case VKEY_ED25519:
		if (line->size != SIG_SIZE)
			return false;
		memcpy(sig.b, line->signature, SIG_SIZE);
		return seal_verify(&sig, text, &vk->key);
	case VKEY_COSIGNATURE:
		if (line->size != NOTE_COSIGNATURE_SIZE)
			return false;
		verdict->time_s = be64_get(line->signature);
		memcpy(sig.b, line->signature + 8, SIG_SIZE);
		return note_cosign_verify(&sig, text, verdict->time_s, &vk->key) == ERR_NONE;
	}
	return false;
}

enum err note_verify(
    const struct note *note, const struct vkey *keys, size_t count, struct note_verdict *verdicts)
{
	struct bytes left = note->lines;
	struct note_line line;
	enum err err = ERR_SIGNATURE;

	for (size_t i = 0; i < count; i++)
		verdicts[i] = (struct note_verdict){0};
	while (left.size > 0 && note_line_next(&left, &line) == ERR_NONE) {
		for (size_t i = 0; i < count; i++) {
			if (line.id != keys[i].id || !bytes_equal(line.name, keys[i].name) ||
			    verdicts[i].is_verified)
				continue;
			if (!line_verify(&line, note->text, &keys[i], &verdicts[i]))
				goto out;
			verdicts[i].is_verified = true;
			err = ERR_NONE;
		}
	}
	return err;
out:
	/* A key that we trust did not sign this: nothing in the note is believed. */
	for (size_t i = 0; i < count; i++)
		verdicts[i] = (struct note_verdict){0};
	return ERR_SIGNATURE;
}

void note_put_signature(struct writer *w, const struct vkey *vk, struct bytes signature)
{
	uint8_t blob[ID_SIZE + NOTE_COSIGNATURE_SIZE];
	char base64[BASE64_SIZE(sizeof(blob))];

	if (signature.size > NOTE_COSIGNATURE_SIZE) {
		writer_fail(w, ERR_BUG);
		return;
	}
	be32_put(blob, vk->id);
	memcpy(blob + ID_SIZE, signature.data, signature.size);
	base64_encode(base64, bytes_of(blob, ID_SIZE + signature.size));
	writer_str(w, LINE_START);
	writer_bytes(w, vk->name);
	writer_printf(w, " %s\n", base64);
}

void note_sign(struct writer *w, struct bytes text, const struct vkey *vk, const struct seckey *sk)
{
	struct sig sig;

	seal_sign(&sig, text, sk);
	note_put_signature(w, vk, BYTES(sig.b));
}

static enum err cosigned_message(struct writer *w, struct bytes text, uint64_t time_s)
{
	if (time_s > INT64_MAX)
		return ERR_LIMIT;
	writer_printf(w, "cosignature/v1\ntime %llu\n", (unsigned long long)time_s);
	writer_bytes(w, text);
	return w->err;
}

enum err note_cosign(struct sig *out, struct bytes text, uint64_t time_s, const struct seckey *sk)
{
	struct writer message = {0};
	enum err err = cosigned_message(&message, text, time_s);

	if (!err)
		seal_sign(out, writer_view(&message), sk);
	writer_release(&message);
	return err;
}

enum err note_cosign_verify(
    const struct sig *sig, struct bytes text, uint64_t time_s, const struct key *key)
{
	struct writer message = {0};
	enum err err = cosigned_message(&message, text, time_s);

	if (!err && !seal_verify(sig, writer_view(&message), key))
		err = ERR_SIGNATURE;
	writer_release(&message);
	return err;
}

void note_put_cosignature(
    struct writer *w, const struct vkey *vk, uint64_t time_s, const struct sig *sig)
{
	uint8_t blob[NOTE_COSIGNATURE_SIZE];

	be64_put(blob, time_s);
	memcpy(blob + 8, sig->b, SIG_SIZE);
	note_put_signature(w, vk, BYTES(blob));
}
