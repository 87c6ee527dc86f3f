/* The handshake of a connection, message by message, and what each side learns of the other. PROTOCOL.md section 6. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

static void handshake_prologue(const struct core *core, uint8_t out[static 48])
{
	memcpy(out, "open-communes/1", 15);
	memcpy(out + 15, core->config.network.b, HASH_SIZE);
}

#define PROLOGUE_SIZE (15 + HASH_SIZE)

static enum err send_handshake(struct core *core, struct session *s, struct bytes payload)
{
	struct writer *out = session_buffer(core, s);
	size_t before = out ? out->size : 0;
	enum err err = out ? frame_handshake_write(s->handshake->noise, payload, out) : ERR_MEMORY;

	if (!err) {
		s->bytes_out += out->size - before;
		s->queued += out->size - before;
	}
	return err;
}

enum err handshake_begin(struct core *core, struct session *s)
{
	uint8_t prologue[48];
	struct handshake *h = calloc(1, sizeof(*h));

	if (!h)
		return ERR_MEMORY;
	s->handshake = h;
	handshake_prologue(core, prologue);
	seal_rng_bytes(&core->rng, h->ephemeral, sizeof(h->ephemeral));
	noise_init(h->noise, bytes_of(prologue, PROLOGUE_SIZE),
	    &(struct noise_keys){.sk = &core->config.transport_sk,
		.pk = &core->config.transport,
		.remote = s->is_initiator ? &s->remote_static : NULL,
		.ephemeral = h->ephemeral});
	seal_wipe(h->ephemeral, sizeof(h->ephemeral));
	if (!s->is_initiator)
		return ERR_NONE;
	return send_handshake(core, s, (struct bytes){0});
}

static bool is_replay(struct core *core, struct bytes message)
{
	for (size_t i = 0; i < REPLAYS_MAX; i++)
		if (memcmp(core->replays[i], message.data, KEY_SIZE) == 0)
			return true;
	memcpy(core->replays[core->replay_next], message.data, KEY_SIZE);
	core->replay_next = (core->replay_next + 1) % REPLAYS_MAX;
	return false;
}

static enum err handshake_finish(struct core *core, struct session *s)
{
	struct noise_cipher receive;
	enum err err = noise_split(s->handshake->noise, &s->out.cipher, &receive);

	if (err)
		return err;
	s->remote_static = s->handshake->noise->remote_static;
	frame_in_init(&s->in, &receive);
	noise_release(s->handshake->noise);
	free(s->handshake);
	s->handshake = NULL;
	s->phase = SESSION_RUNNING;
	if (key_equal(&s->remote_static, &core->config.transport))
		return ERR_SELF;
	session_resolve_duplicate(core, s);
	return ERR_NONE;
}

static void guess_remote_log(const struct core *core, struct session *s)
{
	for (size_t i = 0; i < core->heads.count; i++) {
		const struct log *log = heads_at(&core->heads, i);
		if (!key_equal(&log->open.transport, &s->remote_static))
			continue;
		s->remote_log = log->open.key;
		s->has_remote_log = true;
		return;
	}
}

static enum err initiator_finish(struct core *core, struct session *s)
{
	struct writer body = {0};
	struct msg_intro m = {.roster_size = core_roster_size(core), .log = core->config.log};
	enum err err;

	/* Only who made the invite knows the token; others may know the log's member to be admitted by now. */
	if (core->config.has_token && !judge_is_in(core) &&
	    !(s->address && s->address->is_token_refused)) {
		m.has_token = s->gave_token = true;
		memcpy(m.token, core->join.data, TOKEN_SIZE);
		struct msg_join join;
		if (!msg_join_decode(&join, writer_view(&core->join)))
			memcpy(m.token, join.token, TOKEN_SIZE);
	}
	msg_intro_encode(&body, &m);
	err = body.err ? body.err : send_handshake(core, s, writer_view(&body));
	writer_release(&body);
	if (err || (err = handshake_finish(core, s)))
		return err;
	if (s->phase != SESSION_RUNNING)
		return ERR_NONE;
	guess_remote_log(core, s);
	sync_send_hello(core, s);
	return ERR_NONE;
}

static enum err responder_finish(struct core *core, struct session *s, struct bytes payload)
{
	struct msg_intro m;
	enum err err = msg_intro_decode(&m, payload);

	if (err || (err = handshake_finish(core, s)))
		return err;
	if (s->phase != SESSION_RUNNING)
		return ERR_NONE;
	s->remote_roster = s->roster_seen = m.roster_size;
	if (m.has_token) {
		s->has_token = true;
		memcpy(s->token, m.token, TOKEN_SIZE);
	} else {
		s->has_remote_log = true;
		s->remote_log = m.log;
	}
	judge_session(core, s);
	return ERR_NONE;
}

enum err handshake_step(struct core *core, struct session *s, struct bytes message)
{
	struct writer payload = {0};
	enum err err;

	if (s->phase == SESSION_FIRST && message.size >= KEY_SIZE && is_replay(core, message))
		return ERR_AUTH;
	err = noise_read(s->handshake->noise, message, &payload);
	if (err) {
		writer_release(&payload);
		return err;
	}
	if (s->phase == SESSION_FIRST) {
		err = send_handshake(core, s, (struct bytes){0});
		s->phase = SESSION_THIRD;
	} else if (s->phase == SESSION_SECOND) {
		err = initiator_finish(core, s);
	} else {
		err = responder_finish(core, s, writer_view(&payload));
	}
	writer_release(&payload);
	return err;
}
