/* Signed notes, their lines, and verifier keys.
 *
 * covers: proto/note.c proto/vkey.c */
#include "tests/fuzz/fuzz.h"

#include "proto/limits.h"
#include "proto/note.h"
#include "proto/text.h"

#define LOG_NAME "example.org/log"
#define WITNESS_NAME "example.org/witness"

static void keys_make(struct vkey keys[static 2], struct seckey secrets[static 2])
{
	for (unsigned i = 0; i < 2; i++) {
		struct key key;

		seal_sign_keypair(&key, &secrets[i], (const uint8_t[32]){(uint8_t)(i + 1)});
		vkey_init(&keys[i], i ? BYTES_STR(WITNESS_NAME) : BYTES_STR(LOG_NAME),
		    i ? VKEY_COSIGNATURE : VKEY_ED25519, &key);
	}
}

static void one_vkey(struct bytes in)
{
	struct writer again = {0};
	struct vkey vk;

	if (vkey_decode(&vk, in))
		return;
	fuzz_check(vkey_is_name(vk.name));
	vkey_encode(&again, &vk);
	fuzz_check(bytes_equal(writer_view(&again), in));
	writer_release(&again);
}

/* A text that can be signed reads back, signed by both. */
static void sign(struct bytes text, const struct vkey *keys, const struct seckey *secrets)
{
	struct note_verdict verdicts[2];
	struct writer signed_text = {0};
	struct note note;
	struct sig sig;

	writer_bytes(&signed_text, text);
	writer_str(&signed_text, "\n");
	note_sign(&signed_text, text, &keys[0], &secrets[0]);
	fuzz_check(!note_cosign(&sig, text, 1700000000, &secrets[1]));
	fuzz_check(!note_cosign_verify(&sig, text, 1700000000, &keys[1].key));
	note_put_cosignature(&signed_text, &keys[1], 1700000000, &sig);
	fuzz_check(!note_parse(&note, writer_view(&signed_text)));
	fuzz_check(bytes_equal(note.text, text) && note.count == 2);
	fuzz_check(!note_verify(&note, keys, 2, verdicts));
	fuzz_check(verdicts[0].is_verified && verdicts[1].time_s == 1700000000);
	writer_release(&signed_text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size), lines;
	struct note_verdict verdicts[2] = {{0}};
	struct seckey secrets[2];
	struct note_line line;
	struct vkey keys[2];
	struct note note;
	size_t count = 0;
	enum err err;

	one_vkey(in);
	lines = in;
	note_line_next(&lines, &line);
	if (note_parse(&note, in))
		return 0;
	fuzz_check(size <= NOTE_SIZE_MAX && note.count >= 1 && note.count <= NOTE_SIGNATURES_MAX);
	fuzz_check(note.text.size > 0 && note.text.data[note.text.size - 1] == '\n');
	fuzz_check(text_is_utf8(in));
	for (lines = note.lines; lines.size > 0; count++)
		fuzz_check(!note_line_next(&lines, &line));
	fuzz_check(count == note.count);
	keys_make(keys, secrets);
	err = note_verify(&note, keys, 2, verdicts);
	fuzz_check(err == ERR_NONE || err == ERR_SIGNATURE);
	fuzz_check(err || verdicts[0].is_verified || verdicts[1].is_verified);
	if (size < 1024)
		sign(note.text, keys, secrets);
	return 0;
}
