/* The framing of transparency log proofs. It decides what a well-formed one is; checkpoint.c and
 * tree.c say what it proves. */
#include "proto/tlog_proof.h"

#include <string.h>

#include "proto/limits.h"

#define FIRST_LINE "c2sp.org/tlog-proof@v1"
#define BASE64_HASH_SIZE (BASE64_SIZE(HASH_SIZE) - 1)

/* The next line without its newline, which may be empty. */
static bool line_next(struct bytes *text, struct bytes *line)
{
	const uint8_t *end = text->size ? memchr(text->data, '\n', text->size) : NULL;

	if (!end)
		return false;
	*line = bytes_of(text->data, (size_t)(end - text->data));
	*text = bytes_of(end + 1, text->size - line->size - 1);
	return true;
}

/* Takes the word and the space that begin the line. */
static bool word_take(struct bytes *line, struct bytes word)
{
	if (line->size <= word.size || memcmp(line->data, word.data, word.size) != 0)
		return false;
	*line = bytes_of(line->data + word.size, line->size - word.size);
	return true;
}

/* Groups of four, so that no buffer of its size is needed; only the last may be padded. */
static bool is_base64(struct bytes text)
{
	uint8_t group[3];
	size_t size;

	for (size_t i = 0; i < text.size; i += 4) {
		size_t take = text.size - i < 4 ? text.size - i : 4;
		if (!base64_decode(group, &size, (const char *)text.data + i, take))
			return false;
		if (size < 3 && i + 4 != text.size)
			return false;
	}
	return true;
}

static bool hash_decode(struct hash *out, struct bytes line)
{
	uint8_t room[BASE64_SIZE(HASH_SIZE)];
	size_t size;

	if (line.size != BASE64_HASH_SIZE ||
	    !base64_decode(room, &size, (const char *)line.data, line.size) || size != HASH_SIZE)
		return false;
	memcpy(out->b, room, HASH_SIZE);
	return true;
}

enum err tlog_proof_parse(struct tlog_proof *proof, struct bytes text)
{
	struct bytes line;

	*proof = (struct tlog_proof){0};
	if (text.size > NOTE_SIZE_MAX)
		return ERR_LIMIT;
	if (!line_next(&text, &line) || !bytes_equal(line, BYTES_STR(FIRST_LINE)) ||
	    !line_next(&text, &line))
		return ERR_FORMAT;
	if (word_take(&line, BYTES_STR("extra "))) {
		if (!is_base64(line))
			return ERR_FORMAT;
		proof->extra = line;
		if (!line_next(&text, &line))
			return ERR_FORMAT;
	}
	if (!word_take(&line, BYTES_STR("index ")) || !decimal_decode(&proof->index, line))
		return ERR_FORMAT;
	for (;;) {
		if (!line_next(&text, &line))
			return ERR_FORMAT;
		if (line.size == 0)
			break;
		if (proof->count == TREE_LEVELS)
			return ERR_LIMIT;
		if (!hash_decode(&proof->hashes[proof->count++], line))
			return ERR_FORMAT;
	}
	proof->checkpoint = text;
	return ERR_NONE;
}

void tlog_proof_put(struct writer *w, const struct tlog_proof *proof)
{
	char base64[BASE64_SIZE(HASH_SIZE)];

	writer_str(w, FIRST_LINE "\n");
	if (proof->extra.size > 0) {
		writer_str(w, "extra ");
		writer_bytes(w, proof->extra);
		writer_str(w, "\n");
	}
	writer_printf(w, "index %llu\n", (unsigned long long)proof->index);
	for (size_t i = 0; i < proof->count; i++) {
		base64_encode(base64, BYTES(proof->hashes[i].b));
		writer_printf(w, "%s\n", base64);
	}
	writer_str(w, "\n");
	writer_bytes(w, proof->checkpoint);
}
