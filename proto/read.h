/* A read: what the core wants to know from the store, answered as bytes. Executed off the loop:
 * store_read and the simulator's model store do the same. */
#ifndef PROTO_READ_H
#define PROTO_READ_H

#include "proto/record.h"
#include "proto/writer.h"

enum read_type {
	READ_BATCH, /* body of a BATCH message: records from `from`, proof to `size`, raw size <= max. Where that is all and there is
		     * room, the next of the wants in `args` (batch.h) follows as a run of its own, and so on; one that cannot be
		     * read fails the whole */
	READ_PUSH, /* the zstd part of a PUSH: u32 raw size ‖ zstd frame of records from..size, raw
		      size <= max */
	READ_NEWS, /* of each log in `args` (batch.h) the records up to its `size` that arrived behind arrival `from`: u32 count of
		    * each ‖ u32 raw size ‖ zstd frame of all of them, one after another. Nothing where they are more than `max` bytes,
		    * or are none or all of a log's */
	READ_OPEN, /* record 0 of `key`, PROTOCOL.md section 2; ERR_UNKNOWN */
	READ_RECORD, /* record `from` of `key`, in that form, whether it is served or not; with a payload that does not match as one that
		* is not held. ERR_UNKNOWN */
	READ_ROOT,   /* 32 bytes: root of the first `size` leaves */
	READ_PAYLOADS, /* body of a PAYLOADS message for the body of a PAYLOAD_WANT in `args` */
	READ_MISSING, /* up to `max` payloads not held, each: log key ‖ u64 index ‖ leaf hash ‖ u16 kind ‖ u32 payload size
			 ‖ commitment */
	READ_EVIDENCE, /* body of an EVIDENCE message of `key`; ERR_UNKNOWN */
	READ_DRAFTS,   /* CHANGE_DRAFT puts, oldest first, up to max of them */
	READ_ROT, /* what of `key` from `from` on does not match its hash, about `max` records looked at:
			* u64 where to go on, 0 at the end ‖ u8 1 when derived rows are damaged ‖
			* damaged: u64 first ‖ u64 end. ERR_UNKNOWN */
	READ_PROOF, /* root of the first `from` leaves ‖ RFC 6962 consistency proof from there to `size`;
		     * 0 < from < size */
	READ_ERASURES, /* what records of kind erasure among those of `key` from `from` on say, `max` records looked at and about
			* READ_ERASURES_AIM of it: u64 where to go on, 0 at the end ‖ each: u64 index ‖ leaf hash ‖ u32 payload size ‖ payload. Those that
			* are not held, or damaged, are passed over. ERR_UNKNOWN */
	READ_SPAN, /* roots of the perfect subtrees of the first `from` leaves, largest first ‖ root of the
		      first `size` */
};

/* A peer does not make an answer long by what its member wrote. */
#define READ_ERASURES_AIM (64u * 1024u)

struct read {
	enum read_type type;
	struct key key;
	uint64_t from;
	uint64_t size;
	uint32_t max;
	struct writer args; /* owned by whoever holds the read; release it after execution */
};

#endif
