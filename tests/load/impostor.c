/* What impostors say, out of good handshakes, and what the node has to make of it. */
#include "tests/load/impostor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/msg.h"

#define FIRST_SIZE IMPOSTOR_FIRST_SIZE
#define LAST_ROOM IMPOSTOR_LAST_ROOM

static const char *const manner_names[] = {"a bit of the first", "a bit of the last", "both again",
    "the last again", "for another network", "for another node", "a point of low order",
    "a key of nobody", "a guest who asks for more", "noise", "cut short and filled",
    "the member itself"};

static uint64_t random_state = 7;

/* Messages of a handshake that was good. */
static struct {
	uint8_t first[FIRST_SIZE], last[LAST_ROOM];
	size_t last_size;
} old;

static uint64_t draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	return random_state ^= random_state << 17;
}

static void noise_bytes(uint8_t *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)draw();
}

__attribute__((format(printf, 2, 3))) static void complain(
    struct impostor *c, const char *format, ...)
{
	va_list args;

	c->is_wrong = true;
	fprintf(stderr, "impostor %u, %s: ", c->number, manner_names[c->manner]);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static void put_first(
    struct impostor *c, const struct key *pk, const struct hash *of, const struct key *remote)
{
	uint8_t prologue[15 + HASH_SIZE], ephemeral[32];
	struct writer message = {0};

	memcpy(prologue, "open-communes/1", 15);
	memcpy(prologue + 15, of->b, HASH_SIZE);
	noise_bytes(ephemeral, sizeof(ephemeral));
	noise_init(&c->noise, BYTES(prologue),
	    &(struct noise_keys){
		.sk = &c->secret, .pk = pk, .remote = remote, .ephemeral = ephemeral});
	if (frame_handshake_write(&c->noise, (struct bytes){0}, &message) ||
	    message.size != FIRST_SIZE)
		abort();
	memcpy(c->first, message.data, FIRST_SIZE);
	c->first_size = FIRST_SIZE;
	writer_release(&message);
}

static void put_last(struct impostor *c, uint64_t roster_size, const struct key *log)
{
	struct writer payload = {0}, intro = {0}, message = {0};
	struct noise_cipher receive;

	if (noise_read(&c->noise, bytes_of(c->got + 2, FIRST_SIZE - 2), &payload)) {
		complain(c, "the node's message is not authentic");
		c->last_size = 0;
		return;
	}
	msg_intro_encode(&intro, &(struct msg_intro){.roster_size = roster_size, .log = *log});
	if (frame_handshake_write(&c->noise, writer_view(&intro), &message) ||
	    message.size > LAST_ROOM || noise_split(&c->noise, &c->out, &receive))
		abort();
	frame_in_init(&c->in, &receive);
	memcpy(c->last, message.data, message.size);
	c->last_size = message.size;
	writer_release(&payload);
	writer_release(&intro);
	writer_release(&message);
}

/* What a node says to these bytes as its message. */
static enum err judge(const uint8_t *data, size_t size, size_t least, size_t most)
{
	size_t claim = size >= 2 ? be16_get(data) : 0;

	if (size < 2)
		return ERR_NONE;
	if (claim < least)
		return ERR_FORMAT;
	if (claim > most)
		return ERR_LIMIT;
	return claim > size - 2 ? ERR_NONE : ERR_AUTH;
}

static enum err judge_first(const struct impostor *c)
{
	return judge(c->first, c->first_size, HANDSHAKE_MESSAGE_SIZE, HANDSHAKE_MESSAGE_SIZE);
}

static enum err judge_last(const struct impostor *c)
{
	return judge(c->last, c->last_size, HANDSHAKE_LAST_SIZE_MIN, HANDSHAKE_LAST_SIZE_MAX);
}

/* cr.yp.to/ecdh.html: of order 1, 2, 4 or 8, and what is the same modulo 2^255 - 19. */
static void put_low_order(struct impostor *c)
{
	static const uint8_t eight[2][32] = {
	    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f,
		0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16,
		0x5f, 0x49, 0xb8, 0x00},
	    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83,
		0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd,
		0xd0, 0x9f, 0x11, 0x57}};
	uint64_t which = draw() % 7;
	uint8_t *point = c->first + 2;

	noise_bytes(c->first, FIRST_SIZE);
	c->first_size = FIRST_SIZE;
	be16_put(c->first, FIRST_SIZE - 2);
	if (which >= 5) {
		memcpy(point, eight[which - 5], 32);
	} else { /* 0, 1, p - 1, p, p + 1 */
		memset(point, which < 2 ? 0 : 0xff, 32);
		point[0] = (uint8_t[]){0x00, 0x01, 0xec, 0xed, 0xee}[which];
		point[31] = which < 2 ? 0 : 0x7f;
	}
	point[31] |= (uint8_t)(draw() % 2 << 7);
	c->wanted = IMPOSTOR_EITHER;
}

static void begin_first(struct impostor *c, const struct impostor_keys *keys)
{
	struct hash of = keys->network;
	struct key pk = keys->member, remote = keys->node;
	uint8_t seed[32];

	c->secret = keys->member_sk;
	noise_bytes(seed, sizeof(seed));
	if (c->manner == OTHER_NETWORK)
		of.b[draw() % HASH_SIZE] ^= (uint8_t)(1 << draw() % 8);
	if (c->manner == OTHER_NODE)
		seal_dh_keypair(&remote, &(struct seckey){{0}}, seed);
	if (c->manner == KEY_OF_NOBODY || c->manner == GUEST_WHO_ASKS)
		seal_dh_keypair(&pk, &c->secret, seed);
	put_first(c, &pk, &of, &remote);
	c->wanted = ERR_AUTH;
	if (c->manner == BIT_OF_FIRST) {
		c->first[c->number / MANNER_COUNT / 8 % FIRST_SIZE] ^=
		    (uint8_t)(1 << c->number / MANNER_COUNT % 8);
		c->wanted = judge_first(c);
	} else if (c->manner == BOTH_AGAIN) {
		memcpy(c->first, old.first, FIRST_SIZE);
	} else if (c->manner == LOW_ORDER) {
		put_low_order(c);
	} else if (c->manner == NOISE) {
		c->first_size = 1 + draw() % sizeof(c->first);
		noise_bytes(c->first, c->first_size);
		if (c->number % 2 && c->first_size >= 2)
			be16_put(c->first, FIRST_SIZE - 2);
		c->wanted = judge_first(c);
	}
}

bool impostor_says_more(enum manner manner)
{
	return manner == BIT_OF_LAST || manner == BOTH_AGAIN || manner == LAST_AGAIN ||
	       manner == KEY_OF_NOBODY || manner == GUEST_WHO_ASKS || manner == CUT_SHORT ||
	       manner == HONEST;
}

/* Says what no guest may. */
static void put_have(struct impostor *c)
{
	static const uint8_t none[] = {0x90};
	struct frame_out out = {c->out};
	struct writer wire = {0};

	if (frame_encode(&out, MSG_HAVE, BYTES(none), &wire) ||
	    c->last_size + wire.size > sizeof(c->last))
		abort();
	memcpy(c->last + c->last_size, wire.data, wire.size);
	c->last_size += wire.size;
	writer_release(&wire);
	frame_out_release(&out);
}

static void begin_last(struct impostor *c, const struct impostor_keys *keys)
{
	size_t cut;

	if (c->manner ==
	    BOTH_AGAIN) { /* its handshake has another ephemeral key than the node was told */
		memcpy(c->last, old.last, old.last_size);
		c->last_size = old.last_size;
		return;
	}
	put_last(c, c->manner == GUEST_WHO_ASKS ? 1u << 30 : 1,
	    c->manner == KEY_OF_NOBODY || c->manner == GUEST_WHO_ASKS ? &keys->other : &keys->log);
	c->wanted = ERR_AUTH;
	if (c->last_size == 0)
		return;
	if (c->manner == BIT_OF_LAST) {
		c->last[c->number / MANNER_COUNT / 8 % c->last_size] ^=
		    (uint8_t)(1 << c->number / MANNER_COUNT % 8);
		c->wanted = judge_last(c);
	} else if (c->manner == LAST_AGAIN) {
		memcpy(c->last, old.last, old.last_size);
		c->last_size = old.last_size;
	} else if (c->manner == CUT_SHORT) {
		cut = c->number / MANNER_COUNT % c->last_size;
		uint8_t was = c->last[c->last_size - 1];
		noise_bytes(c->last + cut, c->last_size - cut);
		if (c->last[c->last_size - 1] == was) /* one byte is guessed in 256 tries */
			c->last[c->last_size - 1] ^= 1;
		c->wanted = judge_last(c);
	} else if (c->manner == KEY_OF_NOBODY) {
		c->wanted = ERR_STRANGER;
	} else if (c->manner == GUEST_WHO_ASKS) {
		put_have(c);
		c->wanted = ERR_STATE;
	} else {
		c->wanted = ERR_NONE;
	}
}

static void hear_frames(struct impostor *c)
{
	struct bytes in = bytes_of(c->got + c->read_size, c->got_size - c->read_size);
	struct frame frame;

	while (frame_in_next(&c->in, &in, &frame)) {
		c->frames++;
		c->type = frame.type;
		c->is_in |= c->manner == HONEST && frame.type == MSG_HELLO;
	}
	c->read_size = c->got_size;
	if (c->in.err)
		complain(c, "says what is no frame: %s", err_text(c->in.err));
}

/* What the node said is what it says to such a caller, and no more. */
static void examine(struct impostor *c)
{
	if (c->manner == HONEST && !c->is_in)
		complain(c, "was not let in");
	else if (c->manner == KEY_OF_NOBODY && (c->frames != 1 || c->type != MSG_BYE))
		complain(c, "was told %u frames, the last of type %u", c->frames, c->type);
	else if (c->manner == GUEST_WHO_ASKS && c->type != MSG_BYE)
		complain(c, "was not told goodbye, but %u", c->type);
	else if (!impostor_says_more(c->manner) && c->got_size)
		complain(c, "was answered");
	else if (c->frames && c->manner != HONEST && c->manner != KEY_OF_NOBODY &&
		 c->manner != GUEST_WHO_ASKS)
		complain(c, "was told something");
	else if (impostor_says_more(c->manner) && !c->has_said_last && c->manner != BOTH_AGAIN)
		complain(c, "was not answered");
}

unsigned impostor_end(struct impostor *c)
{
	examine(c);
	noise_release(&c->noise);
	frame_in_release(&c->in);
	return c->is_wrong;
}

void impostor_begin(
    struct impostor *c, const struct impostor_keys *keys, enum manner manner, unsigned number)
{
	memset(c, 0, sizeof(*c));
	c->manner = manner;
	c->number = number;
	begin_first(c, keys);
}

bool impostor_hear(struct impostor *c, const struct impostor_keys *keys)
{
	bool has_last = false;

	if (impostor_says_more(c->manner) && !c->has_said_last && c->got_size >= FIRST_SIZE) {
		has_last = c->has_said_last = true;
		c->read_size = FIRST_SIZE;
		begin_last(c, keys);
		if (c->manner == HONEST) {
			memcpy(old.first, c->first, FIRST_SIZE);
			memcpy(old.last, c->last, c->last_size);
			old.last_size = c->last_size;
		}
	}
	if (c->has_said_last && c->got_size > c->read_size)
		hear_frames(c);
	return has_last;
}
