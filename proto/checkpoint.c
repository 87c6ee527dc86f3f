/* Text, signature and note of a checkpoint. It decides the one text that stands for (network, log,
 * size, root); whether the log grew consistently is for tree.c and its callers. */
#include "proto/checkpoint.h"

#include <assert.h>
#include <string.h>

#include "proto/note.h"
#include "proto/tree.h"

#define ORIGIN_START "open-communes/"
#define ORIGIN_START_SIZE (sizeof(ORIGIN_START) - 1)
#define HEX_SIZE (2 * HASH_SIZE)

static_assert(HASH_SIZE == KEY_SIZE, "both stand in an origin in the same width");

void checkpoint_origin(
    char out[static CHECKPOINT_ORIGIN_SIZE + 1], const struct hash *network, const struct key *log)
{
	memcpy(out, ORIGIN_START, ORIGIN_START_SIZE);
	hex_encode(out + ORIGIN_START_SIZE, BYTES(network->b));
	out[ORIGIN_START_SIZE + HEX_SIZE] = '/';
	hex_encode(out + ORIGIN_START_SIZE + HEX_SIZE + 1, BYTES(log->b));
}

bool checkpoint_origin_parse(struct bytes origin, struct hash *network, struct key *log)
{
	const char *text = (const char *)origin.data;
	char again[CHECKPOINT_ORIGIN_SIZE + 1];

	if (origin.size != CHECKPOINT_ORIGIN_SIZE ||
	    !hex_decode(network->b, HASH_SIZE, text + ORIGIN_START_SIZE, HEX_SIZE) ||
	    !hex_decode(log->b, KEY_SIZE, text + ORIGIN_START_SIZE + HEX_SIZE + 1, HEX_SIZE))
		return false;
	/* Catches start, slash and upper case, which hex_decode lets through. */
	checkpoint_origin(again, network, log);
	return memcmp(again, text, CHECKPOINT_ORIGIN_SIZE) == 0;
}

void checkpoint_text(struct writer *w, const struct hash *network, const struct checkpoint *cp)
{
	char origin[CHECKPOINT_ORIGIN_SIZE + 1], root[BASE64_SIZE(HASH_SIZE)];

	checkpoint_origin(origin, network, &cp->log);
	base64_encode(root, BYTES(cp->root.b));
	writer_printf(w, "%s\n%llu\n%s\n", origin, (unsigned long long)cp->size, root);
}

enum err checkpoint_sign(struct checkpoint *cp, const struct hash *network, const struct seckey *sk)
{
	struct writer text = {0};
	enum err err;

	assert(cp->size > 0 && cp->size <= TREE_SIZE_MAX);
	checkpoint_text(&text, network, cp);
	err = text.err;
	if (!err)
		seal_sign(&cp->sig, writer_view(&text), sk);
	writer_release(&text);
	return err;
}

enum err checkpoint_verify(const struct checkpoint *cp, const struct hash *network)
{
	struct writer text = {0};
	enum err err;

	if (cp->size == 0)
		return ERR_FORMAT;
	if (cp->size > TREE_SIZE_MAX)
		return ERR_LIMIT;
	checkpoint_text(&text, network, cp);
	err = text.err;
	if (!err && !seal_verify(&cp->sig, writer_view(&text), &cp->log))
		err = ERR_SIGNATURE;
	writer_release(&text);
	return err;
}

static void log_vkey(struct vkey *vk, char origin[static CHECKPOINT_ORIGIN_SIZE + 1],
    const struct hash *network, const struct key *log)
{
	checkpoint_origin(origin, network, log);
	vkey_init(vk, bytes_of(origin, CHECKPOINT_ORIGIN_SIZE), VKEY_ED25519, log);
}

void checkpoint_note(struct writer *w, const struct hash *network, const struct checkpoint *cp)
{
	char origin[CHECKPOINT_ORIGIN_SIZE + 1];
	struct vkey vk;

	log_vkey(&vk, origin, network, &cp->log);
	checkpoint_text(w, network, cp);
	writer_str(w, "\n");
	note_put_signature(w, &vk, BYTES(cp->sig.b));
}

void checkpoint_vkey(struct writer *w, const struct hash *network, const struct key *log)
{
	char origin[CHECKPOINT_ORIGIN_SIZE + 1];
	struct vkey vk;

	log_vkey(&vk, origin, network, log);
	vkey_encode(w, &vk);
}

/* The next line without its newline; false when there is none or it is empty. */
static bool line_next(struct bytes *text, struct bytes *line)
{
	const uint8_t *end = text->size ? memchr(text->data, '\n', text->size) : NULL;

	if (!end || end == text->data)
		return false;
	*line = bytes_of(text->data, (size_t)(end - text->data));
	*text = bytes_of(end + 1, text->size - line->size - 1);
	return true;
}

enum err checkpoint_parse(struct checkpoint_claim *claim, struct bytes text)
{
	uint8_t root[BASE64_SIZE(HASH_SIZE)];
	struct bytes size_line, root_line, extension;
	size_t root_size;

	if (!line_next(&text, &claim->origin) || !line_next(&text, &size_line) ||
	    !line_next(&text, &root_line))
		return ERR_FORMAT;
	while (text.size > 0) {
		if (!line_next(&text, &extension))
			return ERR_FORMAT;
	}
	if (!decimal_decode(&claim->size, size_line))
		return ERR_FORMAT;
	if (root_line.size != BASE64_SIZE(HASH_SIZE) - 1 ||
	    !base64_decode(root, &root_size, (const char *)root_line.data, root_line.size) ||
	    root_size != HASH_SIZE)
		return ERR_FORMAT;
	memcpy(claim->root.b, root, HASH_SIZE);
	return ERR_NONE;
}

enum err checkpoint_open(struct checkpoint *cp, struct hash *network, struct bytes in)
{
	char origin[CHECKPOINT_ORIGIN_SIZE + 1];
	struct checkpoint_claim claim;
	struct note_verdict verdict;
	struct note_line line = {0};
	struct writer text = {0};
	struct note note;
	struct vkey vk;
	enum err err;

	err = note_parse(&note, in);
	if (!err)
		err = checkpoint_parse(&claim, note.text);
	if (err)
		return err;
	if (!checkpoint_origin_parse(claim.origin, network, &cp->log))
		return ERR_FORMAT;
	cp->size = claim.size;
	cp->root = claim.root;
	checkpoint_text(&text, network, cp);
	err = text.err;
	if (!err && !bytes_equal(writer_view(&text), note.text))
		err = ERR_FORMAT;
	writer_release(&text);
	if (err)
		return err;
	log_vkey(&vk, origin, network, &cp->log);
	err = note_verify(&note, &vk, 1, &verdict);
	if (err)
		return err;
	/* The first line of this key is the one that note_verify looked at. */
	while (note_line_next(&note.lines, &line) == ERR_NONE) {
		if (line.id == vk.id && bytes_equal(line.name, vk.name))
			break;
	}
	memcpy(cp->sig.b, line.signature, SIG_SIZE);
	return checkpoint_verify(cp, network);
}
