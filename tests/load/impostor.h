/* One caller at a node's door who is not what it seems: what it says, what the node has to say to it, and what it has to
 * count it under. It knows no socket. */
#ifndef TESTS_LOAD_IMPOSTOR_H
#define TESTS_LOAD_IMPOSTOR_H

#include <stdbool.h>

#include "proto/frame.h"
#include "proto/limits.h"

#define IMPOSTOR_FIRST_SIZE (2 + HANDSHAKE_MESSAGE_SIZE)
#define IMPOSTOR_LAST_ROOM (2 + HANDSHAKE_LAST_SIZE_MAX)
#define IMPOSTOR_GOT_ROOM 8192
/* ERR_KEY, or ERR_AUTH where the node has seen the same point before. */
#define IMPOSTOR_EITHER ERR_COUNT

enum manner {
	BIT_OF_FIRST,
	BIT_OF_LAST,
	BOTH_AGAIN,
	LAST_AGAIN,
	OTHER_NETWORK,
	OTHER_NODE,
	LOW_ORDER,
	KEY_OF_NOBODY,
	GUEST_WHO_ASKS,
	NOISE,
	CUT_SHORT,
	MANNER_COUNT,
	HONEST = MANNER_COUNT
};

/* What all of them are made of. */
struct impostor_keys {
	struct hash network;
	struct key node;   /* transport key */
	struct key member; /* transport key of the member who is let in */
	struct seckey member_sk;
	struct key log;	  /* of the member */
	struct key other; /* a log that the node knows, of another member */
};

struct impostor {
	bool has_said_last, is_in, is_wrong;
	enum manner manner;
	enum err wanted; /* what the node counts it under; ERR_NONE: nothing */
	unsigned number;
	struct seckey secret;
	struct noise_handshake noise;
	struct frame_in in;
	struct noise_cipher out;
	uint8_t first[512], last[IMPOSTOR_LAST_ROOM + 128];
	size_t first_size, last_size;
	uint8_t got[IMPOSTOR_GOT_ROOM];
	size_t got_size, read_size; /* of got: what went through the frames */
	uint8_t type;		    /* of the last frame that came; 0 without one */
	unsigned frames;
};

/* c->first is what it says first. */
void impostor_begin(
    struct impostor *c, const struct impostor_keys *keys, enum manner manner, unsigned number);
/* c->got has grown. True when c->last is to be said now. */
bool impostor_hear(struct impostor *c, const struct impostor_keys *keys);
/* Whether it has more to say than its first message. */
bool impostor_says_more(enum manner manner);
/* All has been said and heard: whatever is not as it should be goes to stderr; 1 then, else 0. */
unsigned impostor_end(struct impostor *c);

#endif
