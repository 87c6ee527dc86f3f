/* head.lock: a damaged one never lets a log be signed at once.
 *
 * covers: proto/listen.c */
#include "tests/fuzz/fuzz.h"

#include "proto/listen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listen_here here;
	struct listen_lock lock;
	struct listen_stored stored = {.size = size ? data[0] : 0};
	struct core_lock verdict;
	struct why reason = {0};
	struct listen_slot slot, same;
	struct key log = {{1}};
	uint8_t again[LISTEN_SLOT_SIZE];

	listen_here_parse(&here, BYTES_STR("0123456789abcdef0123456789abcdef\n"),
	    BYTES_STR("01234567-89ab-cdef-0123-456789abcdef\n"), 5);
	for (size_t at = 0; at + LISTEN_SLOT_SIZE <= size; at += LISTEN_SLOT_SIZE)
		if (listen_slot_decode(&slot, data + at) == LISTEN_VALID) {
			listen_slot_encode(again, &slot);
			fuzz_check(listen_slot_decode(&same, again) == LISTEN_VALID);
			fuzz_check(!memcmp(&same, &slot, sizeof(slot)));
			log = slot.log;
		}
	listen_read(&lock, bytes_of(data, size), &log);
	fuzz_check(!lock.is_found || lock.next_offset + LISTEN_SLOT_SIZE <= size);
	if (lock.is_found && lock.slot.size && stored.size >= lock.slot.size)
		stored.root = lock.slot.root;
	listen_judge(&verdict, &lock, &here, &stored, &reason);
	fuzz_check(verdict.verdict != LOCK_SIGN ||
		   (lock.is_found && !lock.is_damaged && reason.err == ERR_NONE));
	fuzz_check(verdict.verdict == LOCK_SIGN || reason.text[0]);
	listen_here_parse(&here, bytes_of(data, size), bytes_of(data, size / 2), size);
	listen_judge(&verdict, &lock, &here, &stored, NULL);
	return 0;
}
