/* The verdict on head.lock. It decides whether a log is signed at once, after listening, or never
 * again; it knows nothing of files and does not ask peers itself: the core does. */
#include "proto/listen.h"

#include <string.h>

#include "proto/reader.h"
#include "proto/seal.h"

#define CHECKED_SIZE (LISTEN_SLOT_SIZE - HASH_SIZE)

static const uint8_t magic[8] = {'o', 'c', 'l', 'o', 'c', 'k', '1', '\n'};

static void parse_id(uint8_t out[static LISTEN_ID_SIZE], struct bytes text)
{
	char digits[2 * LISTEN_ID_SIZE];
	size_t count = 0;

	memset(out, 0, LISTEN_ID_SIZE);
	for (size_t i = 0; i < text.size; i++) {
		char c = (char)text.data[i];
		if (c == '-' || c == '\n')
			continue;
		if (count == sizeof(digits))
			return;
		digits[count++] = c;
	}
	if (!hex_decode(out, LISTEN_ID_SIZE, digits, count))
		memset(out, 0, LISTEN_ID_SIZE);
}

void listen_here_parse(
    struct listen_here *out, struct bytes machine_id, struct bytes boot_id, uint64_t inode)
{
	parse_id(out->machine, machine_id);
	parse_id(out->boot, boot_id);
	out->inode = inode;
}

void listen_slot_encode(uint8_t out[static LISTEN_SLOT_SIZE], const struct listen_slot *slot)
{
	struct hash check;
	uint8_t *at = out;

	memset(out, 0, LISTEN_SLOT_SIZE);
	memcpy(at, magic, sizeof(magic));
	at += sizeof(magic);
	be64_put(at, slot->sequence);
	at += 8;
	memcpy(at, slot->log.b, KEY_SIZE);
	at += KEY_SIZE;
	be64_put(at, slot->size);
	at += 8;
	memcpy(at, slot->root.b, HASH_SIZE);
	at += HASH_SIZE;
	memcpy(at, slot->here.machine, LISTEN_ID_SIZE);
	at += LISTEN_ID_SIZE;
	memcpy(at, slot->here.boot, LISTEN_ID_SIZE);
	at += LISTEN_ID_SIZE;
	be64_put(at, slot->here.inode);
	at += 8;
	*at++ = slot->was_shown ? 1 : 0;
	*at++ = slot->is_unheard ? 1 : 0;
	*at++ = slot->is_moved ? 1 : 0;
	*at++ = slot->is_raised ? 1 : 0;
	be64_put(at, slot->signed_size);
	at += 8;
	memcpy(at, slot->signed_root.b, HASH_SIZE);
	seal_sha256(&check, bytes_of(out, CHECKED_SIZE));
	memcpy(out + CHECKED_SIZE, check.b, HASH_SIZE);
}

enum listen_found listen_slot_decode(
    struct listen_slot *out, const uint8_t in[static LISTEN_SLOT_SIZE])
{
	static const uint8_t empty[LISTEN_SLOT_SIZE];
	struct hash check;
	struct reader r;

	*out = (struct listen_slot){0};
	if (memcmp(in, empty, LISTEN_SLOT_SIZE) == 0)
		return LISTEN_EMPTY;
	seal_sha256(&check, bytes_of(in, CHECKED_SIZE));
	if (memcmp(in, magic, sizeof(magic)) != 0 ||
	    memcmp(in + CHECKED_SIZE, check.b, HASH_SIZE) != 0)
		return LISTEN_DAMAGED;
	reader_init(&r, bytes_of(in + sizeof(magic), CHECKED_SIZE - sizeof(magic)));
	out->sequence = reader_u64(&r);
	reader_copy(&r, out->log.b, KEY_SIZE);
	out->size = reader_u64(&r);
	reader_copy(&r, out->root.b, HASH_SIZE);
	reader_copy(&r, out->here.machine, LISTEN_ID_SIZE);
	reader_copy(&r, out->here.boot, LISTEN_ID_SIZE);
	out->here.inode = reader_u64(&r);
	out->was_shown = reader_u8(&r) != 0;
	out->is_unheard = reader_u8(&r) != 0;
	out->is_moved = reader_u8(&r) != 0;
	out->is_raised = reader_u8(&r) != 0;
	out->signed_size = reader_u64(&r);
	reader_copy(&r, out->signed_root.b, HASH_SIZE);
	return LISTEN_VALID;
}

void listen_pair(struct writer *w, const struct listen_slot *slot)
{
	uint8_t *pair = writer_grow(w, LISTEN_PAIR_SIZE);

	if (!pair)
		return;
	memset(pair, 0, LISTEN_PAIR_SIZE);
	listen_slot_encode(pair, slot);
}

void listen_file(
    struct writer *w, const struct key *logs, size_t count, const struct listen_here *here)
{
	for (size_t i = 0; i < count; i++)
		listen_pair(w, &(struct listen_slot){.sequence = 1, .log = logs[i], .here = *here});
}

/* One pair: which of its slots speaks for the log, if any. */
static void read_pair(
    struct listen_lock *out, const uint8_t *pair, size_t offset, const struct key *log)
{
	struct listen_slot slots[2];
	enum listen_found found[2];
	bool is_damaged;
	int newest = -1;

	for (int i = 0; i < 2; i++)
		found[i] = listen_slot_decode(&slots[i], pair + i * LISTEN_SLOT_SIZE);
	is_damaged = found[0] == LISTEN_DAMAGED || found[1] == LISTEN_DAMAGED;
	for (int i = 0; i < 2; i++) {
		if (found[i] == LISTEN_VALID && key_equal(&slots[i].log, log) &&
		    (newest < 0 || slots[i].sequence > slots[newest].sequence))
			newest = i;
	}
	if (newest < 0) {
		out->is_damaged |= is_damaged && !out->is_found;
		return;
	}
	if (out->is_found && out->slot.sequence >= slots[newest].sequence)
		return;
	*out = (struct listen_lock){.is_found = true,
	    .is_damaged = is_damaged,
	    .slot = slots[newest],
	    .next_offset = offset + (newest ? 0 : LISTEN_SLOT_SIZE)};
}

void listen_read(struct listen_lock *out, struct bytes file, const struct key *log)
{
	*out = (struct listen_lock){.is_damaged = file.size % LISTEN_PAIR_SIZE != 0};
	for (size_t at = 0; at + LISTEN_PAIR_SIZE <= file.size; at += LISTEN_PAIR_SIZE)
		read_pair(out, file.data + at, at, log);
}

/* The verdict and its reason, NULL for none. */
static const char *judge(enum lock_verdict *verdict, const struct listen_lock *lock,
    const struct listen_here *here, const struct listen_stored *stored)
{
	const struct listen_slot *slot = &lock->slot;

	*verdict = LOCK_NEVER;
	if (!lock->is_found)
		return lock->is_damaged ? "head.lock is damaged"
					: "head.lock does not name this log";
	if (slot->is_moved)
		return "this home was moved: another one signs its log now";
	if (memcmp(slot->here.machine, here->machine, LISTEN_ID_SIZE) != 0)
		return "head.lock was written on another machine";
	if (slot->here.inode != here->inode)
		return "head.lock is a copy of another file";
	if (slot->size > 0 && stored->size >= slot->size && !hash_equal(&stored->root, &slot->root))
		return "the database holds another history than the one that was signed";
	*verdict = LOCK_LISTEN;
	if (lock->is_damaged)
		return "one slot of head.lock is damaged, so peers are asked for the head";
	if (memcmp(slot->here.boot, here->boot, LISTEN_ID_SIZE) != 0)
		return "the machine was started again, so peers are asked for the head";
	if (slot->is_unheard)
		return "the program stopped before peers had told the head, so they are asked "
		       "again";
	*verdict = LOCK_SIGN;
	return NULL;
}

void listen_judge(struct core_lock *out, const struct listen_lock *lock,
    const struct listen_here *here, const struct listen_stored *stored, struct why *reason)
{
	enum lock_verdict verdict;
	const char *text = judge(&verdict, lock, here, stored);

	*out = (struct core_lock){.verdict = verdict,
	    .size = lock->slot.size,
	    .root = lock->slot.root,
	    .was_shown = lock->slot.was_shown,
	    .is_moved = lock->slot.is_moved};
	if (text)
		why_set(reason, ERR_REFUSED, "%s", text);
}
