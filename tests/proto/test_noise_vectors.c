/* The handshake and its ciphers against every Noise_XK vector, good and bad. */
#include "proto/noise.h"

#include "tests/proto/vectors.h"
#include "tests/unit.h"

static const struct noise_handshake dead_handshake;

/* Keys of one side; remote only where the vector gives it, at the initiator. */
struct side {
	struct seckey sk;
	struct key pk;
	struct key remote;
	uint8_t ephemeral[32];
	struct vectors_blob prologue;
};

static void fixed(uint8_t out[static 32], json_t *vector, const char *key)
{
	struct vectors_blob blob = vectors_hex(vector, key);

	assert_int_equal(blob.size, 32);
	memcpy(out, blob.data, 32);
	free(blob.data);
}

static void load_sides(json_t *vector, struct side *initiator, struct side *responder)
{
	uint8_t seed[32];

	fixed(seed, vector, "init_static");
	seal_dh_keypair(&initiator->pk, &initiator->sk, seed);
	fixed(seed, vector, "resp_static");
	seal_dh_keypair(&responder->pk, &responder->sk, seed);
	fixed(initiator->remote.b, vector, "init_remote_static");
	assert_true(key_equal(&initiator->remote, &responder->pk));
	fixed(initiator->ephemeral, vector, "init_ephemeral");
	fixed(responder->ephemeral, vector, "resp_ephemeral");
	initiator->prologue = vectors_hex(vector, "init_prologue");
	responder->prologue = vectors_hex(vector, "resp_prologue");
}

/* A session of two sides that is played message by message as a vector says. */
struct play {
	struct side sides[2];
	struct noise_handshake handshakes[2];
	struct noise_cipher send[2], receive[2];
	json_t *messages;
};

static void play_begin(struct play *p, json_t *vector)
{
	memset(p, 0, sizeof(*p));
	load_sides(vector, &p->sides[0], &p->sides[1]);
	p->messages = vectors_get(vector, "messages");
	for (unsigned i = 0; i < 2; i++) {
		const struct side *s = &p->sides[i];
		noise_init(&p->handshakes[i], vectors_view(&s->prologue),
		    &(struct noise_keys){&s->sk, &s->pk, i == 0 ? &s->remote : NULL, s->ephemeral});
	}
}

static void play_end(struct play *p)
{
	free(p->sides[0].prologue.data);
	free(p->sides[1].prologue.data);
}

/* The sender of the message writes it; it must be the vector's. */
static void play_write(struct play *p, size_t index, struct writer *out)
{
	json_t *message = json_array_get(p->messages, index);
	struct vectors_blob payload = vectors_hex(message, "payload");
	struct vectors_blob want = vectors_hex(message, "ciphertext");

	writer_clear(out);
	if (index < 3) {
		assert_ok(noise_write(&p->handshakes[index % 2], vectors_view(&payload), out));
	} else {
		uint8_t *at = writer_grow(out, payload.size + SEAL_TAG_SIZE);
		assert_ok(noise_encrypt(&p->send[index % 2], at, vectors_view(&payload)));
	}
	assert_bytes(vectors_view(&want), writer_view(out));
	free(payload.data);
	free(want.data);
}

static enum err play_read(
    struct play *p, size_t index, struct bytes message, struct writer *payload)
{
	unsigned side = 1 - index % 2;
	uint8_t *at;
	enum err err;

	writer_clear(payload);
	if (index < 3)
		return noise_read(&p->handshakes[side], message, payload);
	if (message.size < SEAL_TAG_SIZE)
		return noise_decrypt(&p->receive[side], NULL, message);
	at = writer_grow(payload, message.size - SEAL_TAG_SIZE);
	err = noise_decrypt(&p->receive[side], at, message);
	return err;
}

static void play_split(struct play *p, json_t *vector)
{
	json_t *hash = json_object_get(vector, "handshake_hash");

	for (unsigned i = 0; i < 2; i++) {
		struct noise_handshake *n = &p->handshakes[i];
		assert_int_equal(n->step, NOISE_DONE);
		assert_true(key_equal(&n->remote_static, &p->sides[1 - i].pk));
		assert_ok(noise_split(n, &p->send[i], &p->receive[i]));
		if (hash)
			assert_bytes(HEX(json_string_value(hash)), BYTES(n->symmetric.hash.b));
	}
}

/* Both sides up to, and without, message `end`. */
static void play_until(struct play *p, json_t *vector, size_t end)
{
	struct writer message = {0}, payload = {0};

	for (size_t i = 0; i < end; i++) {
		struct vectors_blob want;
		play_write(p, i, &message);
		assert_ok(play_read(p, i, writer_view(&message), &payload));
		want = vectors_hex(json_array_get(p->messages, i), "payload");
		assert_bytes(vectors_view(&want), writer_view(&payload));
		free(want.data);
		if (i == 2)
			play_split(p, vector);
	}
	writer_release(&message);
	writer_release(&payload);
}

static void every_xk_vector_is_written_and_read(void **state)
{
	json_t *file = vectors_load("tests/vectors/noise/xk.json"), *one;
	json_t *list = vectors_get(file, "vectors");
	unsigned with_hash = 0;
	size_t i;
	(void)state;

	assert_int_equal(json_array_size(list), 9);
	json_array_foreach(list, i, one)
	{
		struct play p;
		assert_string_equal(
		    vectors_str(one, "protocol_name"), "Noise_XK_25519_ChaChaPoly_SHA256");
		play_begin(&p, one);
		assert_true(json_array_size(p.messages) > 3);
		play_until(&p, one, json_array_size(p.messages));
		play_end(&p);
		with_hash += json_object_get(one, "handshake_hash") != NULL;
	}
	assert_int_equal(with_hash, 8);
	json_decref(file);
}

static enum err wanted(json_t *one, size_t message, size_t size)
{
	static const size_t sizes_min[] = {48, 48, 64};

	if (strstr(vectors_str(one, "desc"), "low-order"))
		return ERR_KEY;
	if (message < 3 && size < sizes_min[message])
		return ERR_SHORT;
	return ERR_AUTH;
}

/* What is bad is refused and leaves no secret behind in a handshake; a cipher goes on as if the bad
 * message had never come. */
static void check_negative(json_t *base, json_t *one)
{
	size_t index = (size_t)vectors_u64(one, "message");
	bool is_replay = json_is_true(json_object_get(one, "replay"));
	struct writer payload = {0}, good = {0};
	struct vectors_blob bad;
	struct play p;
	enum err err;

	play_begin(&p, base);
	play_until(&p, base, index);
	play_write(&p, index, &good);
	if (is_replay) {
		assert_ok(play_read(&p, index, writer_view(&good), &payload));
		assert_err(ERR_AUTH, play_read(&p, index, writer_view(&good), &payload));
		goto out;
	}
	bad = vectors_hex(one, "mutated");
	err = play_read(&p, index, vectors_view(&bad), &payload);
	if (err != wanted(one, index, bad.size))
		fail_msg("%s: %s", vectors_str(one, "desc"), err_name(err));
	if (index < 3) {
		assert_int_equal(payload.size, 0);
		assert_memory_equal(
		    &p.handshakes[1 - index % 2], &dead_handshake, sizeof(dead_handshake));
		assert_err(ERR_STATE, play_read(&p, index, writer_view(&good), &payload));
	} else {
		assert_ok(play_read(&p, index, writer_view(&good), &payload));
	}
	free(bad.data);
out:
	play_end(&p);
	writer_release(&payload);
	writer_release(&good);
}

static void every_negative_vector_is_refused(void **state)
{
	json_t *file = vectors_load("tests/vectors/noise/xk_negative.json"), *one;
	json_t *cases = vectors_get(file, "cases");
	size_t i;
	(void)state;

	assert_int_equal(json_array_size(cases), 45);
	json_array_foreach(cases, i, one) check_negative(vectors_get(file, "base"), one);
	json_decref(file);
}

static int setup(void **state)
{
	(void)state;
	return seal_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_xk_vector_is_written_and_read),
	    cmocka_unit_test(every_negative_vector_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
