/* The handshake and its ciphers against every Noise_XK vector, good and bad, and against each
 * single changed bit. */
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

/* --- our own pairs
 * -------------------------------------------------------------------------------- */

struct pair {
	struct seckey sk[2];
	struct key pk[2];
	struct noise_handshake n[2];
	struct writer message, payload;
};

#define PROLOGUE BYTES_STR("open-communes/1 and 32 bytes of network id")

static void pair_keys(struct pair *p)
{
	*p = (struct pair){0};
	seal_dh_keypair(&p->pk[0], &p->sk[0], (const uint8_t[32]){1});
	seal_dh_keypair(&p->pk[1], &p->sk[1], (const uint8_t[32]){2});
}

static void pair_begin(struct pair *p)
{
	noise_init(&p->n[0], PROLOGUE,
	    &(struct noise_keys){&p->sk[0], &p->pk[0], &p->pk[1], (const uint8_t[32]){3}});
	noise_init(&p->n[1], PROLOGUE,
	    &(struct noise_keys){&p->sk[1], &p->pk[1], NULL, (const uint8_t[32]){4}});
}

static void pair_init(struct pair *p)
{
	pair_keys(p);
	pair_begin(p);
}

static void pair_release(struct pair *p)
{
	writer_release(&p->message);
	writer_release(&p->payload);
}

static void pair_write(struct pair *p, unsigned from)
{
	writer_clear(&p->message);
	assert_ok(noise_write(&p->n[from], BYTES_STR("hi"), &p->message));
}

static void pair_pass(struct pair *p, unsigned from)
{
	pair_write(p, from);
	writer_clear(&p->payload);
	assert_ok(noise_read(&p->n[1 - from], writer_view(&p->message), &p->payload));
	assert_text("hi", writer_view(&p->payload));
}

static void pair_ciphers(struct pair *p, struct noise_cipher *send, struct noise_cipher *receive)
{
	struct noise_cipher unused;

	pair_init(p);
	pair_pass(p, 0);
	pair_pass(p, 1);
	pair_pass(p, 0);
	assert_ok(noise_split(&p->n[0], send, &unused));
	assert_ok(noise_split(&p->n[1], &unused, receive));
}

static void every_flipped_bit_of_the_handshake_is_refused(void **state)
{
	struct pair p;
	size_t bits = 0;
	(void)state;

	pair_keys(&p);
	for (size_t message = 0; message < 3; message++) {
		for (size_t i = 0; bits == 0 || i < bits; i++) {
			enum err err;
			pair_begin(&p);
			for (unsigned before = 0; before < message; before++)
				pair_pass(&p, before % 2);
			pair_write(&p, message % 2);
			bits = 8 * p.message.size;
			p.message.data[i / 8] ^= (uint8_t)(1u << i % 8);
			writer_clear(&p.payload);
			err =
			    noise_read(&p.n[1 - message % 2], writer_view(&p.message), &p.payload);
			assert_err(ERR_AUTH, err);
			assert_int_equal(p.payload.size, 0);
			assert_memory_equal(
			    &p.n[1 - message % 2], &dead_handshake, sizeof(dead_handshake));
		}
		bits = 0;
	}
	pair_release(&p);
}

static void a_handshake_of_another_network_is_refused_at_once(void **state)
{
	struct pair p;
	(void)state;

	pair_init(&p);
	noise_init(&p.n[1], BYTES_STR("open-communes/1 and another network id.."),
	    &(struct noise_keys){&p.sk[1], &p.pk[1], NULL, (const uint8_t[32]){4}});
	pair_write(&p, 0);
	assert_err(ERR_AUTH, noise_read(&p.n[1], writer_view(&p.message), &p.payload));
	pair_release(&p);
}

static void messages_out_of_turn_end_the_handshake(void **state)
{
	struct noise_cipher a, b;
	struct pair p;
	(void)state;

	pair_init(&p);
	assert_err(ERR_STATE, noise_read(&p.n[0], BYTES_STR("early"), &p.payload));
	assert_err(ERR_STATE, noise_write(&p.n[0], BYTES_STR(""), &p.message));
	assert_err(ERR_STATE, noise_write(&p.n[1], BYTES_STR(""), &p.message));
	assert_int_equal(p.message.size, 0);

	pair_begin(&p);
	assert_err(ERR_STATE, noise_split(&p.n[0], &a, &b));
	assert_memory_equal(&p.n[0], &dead_handshake, sizeof(dead_handshake));

	pair_begin(&p);
	pair_pass(&p, 0);
	pair_pass(&p, 1);
	pair_pass(&p, 0);
	assert_ok(noise_split(&p.n[1], &a, &b));
	assert_err(ERR_STATE, noise_split(&p.n[1], &a, &b));
	assert_err(ERR_STATE, noise_write(&p.n[0], BYTES_STR(""), &p.message));
	pair_release(&p);
}

static void split_keeps_hash_and_remote_key_and_no_secret(void **state)
{
	static const struct seckey none;
	static const struct noise_cipher no_cipher;
	struct noise_cipher a, b;
	struct pair p;
	(void)state;

	pair_ciphers(&p, &a, &b);
	assert_memory_equal(&a, &b, sizeof(a));
	for (unsigned i = 0; i < 2; i++) {
		assert_true(key_equal(&p.n[i].remote_static, &p.pk[1 - i]));
		assert_memory_equal(&p.n[i].ephemeral_sk, &none, sizeof(none));
		assert_memory_equal(&p.n[i].symmetric.cipher, &no_cipher, sizeof(no_cipher));
		assert_memory_equal(p.n[i].symmetric.chaining_key, none.b, 32);
		assert_null(p.n[i].static_sk);
	}
	assert_true(hash_equal(&p.n[0].symmetric.hash, &p.n[1].symmetric.hash));
	assert_false(hash_is_zero(&p.n[0].symmetric.hash));
	pair_release(&p);
}

static void a_responder_key_of_low_order_is_not_dialled(void **state)
{
	const struct key zero = {{0}}, one = {{1}};
	struct pair p;
	(void)state;

	pair_init(&p);
	for (unsigned i = 0; i < 2; i++) {
		noise_init(&p.n[0], PROLOGUE,
		    &(struct noise_keys){
			&p.sk[0], &p.pk[0], i ? &one : &zero, (const uint8_t[32]){3}});
		assert_err(ERR_KEY, noise_write(&p.n[0], BYTES_STR(""), &p.message));
		assert_int_equal(p.message.size, 0);
		assert_memory_equal(&p.n[0], &dead_handshake, sizeof(dead_handshake));
	}
	pair_release(&p);
}

static void messages_end_at_65535_bytes(void **state)
{
	static const uint8_t zeros[NOISE_MESSAGE_MAX + 1];
	struct pair p;
	(void)state;

	pair_init(&p);
	assert_ok(noise_write(&p.n[0], bytes_of(zeros, NOISE_MESSAGE_MAX - 48), &p.message));
	assert_int_equal(p.message.size, NOISE_MESSAGE_MAX);
	assert_ok(noise_read(&p.n[1], writer_view(&p.message), &p.payload));
	assert_int_equal(p.payload.size, NOISE_MESSAGE_MAX - 48);

	pair_begin(&p);
	writer_clear(&p.message);
	assert_err(
	    ERR_LIMIT, noise_write(&p.n[0], bytes_of(zeros, NOISE_MESSAGE_MAX - 47), &p.message));
	assert_int_equal(p.message.size, 0);
	assert_err(ERR_LIMIT, noise_read(&p.n[1], BYTES(zeros), &p.payload));
	pair_release(&p);
}

static void payloads_are_appended_and_memory_errors_end_the_handshake(void **state)
{
	struct writer broken = {.err = ERR_MEMORY};
	struct pair p;
	(void)state;

	pair_init(&p);
	pair_pass(&p, 0);
	writer_clear(&p.payload);
	writer_str(&p.payload, "before ");
	pair_write(&p, 1);
	assert_ok(noise_read(&p.n[0], writer_view(&p.message), &p.payload));
	assert_text("before hi", writer_view(&p.payload));
	pair_write(&p, 0);
	p.message.data[p.message.size - 1] ^= 1;
	assert_err(ERR_AUTH, noise_read(&p.n[1], writer_view(&p.message), &p.payload));
	assert_text("before hi", writer_view(&p.payload));

	pair_begin(&p);
	assert_err(ERR_MEMORY, noise_write(&p.n[0], BYTES_STR(""), &broken));
	pair_begin(&p);
	pair_write(&p, 0);
	assert_err(ERR_MEMORY, noise_read(&p.n[1], writer_view(&p.message), &broken));
	assert_memory_equal(&p.n[1], &dead_handshake, sizeof(dead_handshake));
	pair_release(&p);
}

static void rekey_gives_the_keys_of_the_specification(void **state)
{
	/* From a plain ChaCha20: the first half of block 1 under nonce 2^64 - 1. */
	struct noise_cipher c = {.nonce = 7};
	(void)state;

	for (uint8_t i = 0; i < 32; i++)
		c.key[i] = i;
	noise_rekey(&c);
	assert_bytes(
	    HEX("50835543a205b22c9323f2022bc4f67d838f90e61d5ccf33c4513e01f85b5042"), BYTES(c.key));
	noise_rekey(&c);
	assert_bytes(
	    HEX("30fe3726fa0f864af01d15663c77f95e490e30143788af57e90d56fb9aa71609"), BYTES(c.key));
	assert_int_equal(c.nonce, 7);
}

static void both_sides_rekey_or_neither(void **state)
{
	uint8_t sealed[5 + SEAL_TAG_SIZE], opened[5];
	struct noise_cipher send, receive;
	struct pair p;
	(void)state;

	pair_ciphers(&p, &send, &receive);
	noise_rekey(&send);
	assert_ok(noise_encrypt(&send, sealed, BYTES_STR("hello")));
	assert_err(ERR_AUTH, noise_decrypt(&receive, opened, BYTES(sealed)));
	noise_rekey(&receive);
	assert_ok(noise_decrypt(&receive, opened, BYTES(sealed)));
	assert_memory_equal(opened, "hello", 5);
	pair_release(&p);
}

static void encryption_in_place_is_the_same(void **state)
{
	uint8_t apart[300 + SEAL_TAG_SIZE], place[300 + SEAL_TAG_SIZE] = {1, 2, 3}, plain[300];
	struct noise_cipher send, receive, again;
	struct pair p;
	(void)state;

	pair_ciphers(&p, &send, &receive);
	again = send;
	memcpy(plain, place, sizeof(plain));
	assert_ok(noise_encrypt(&send, apart, BYTES(plain)));
	assert_ok(noise_encrypt(&again, place, bytes_of(place, sizeof(plain))));
	assert_memory_equal(apart, place, sizeof(apart));
	assert_ok(noise_decrypt(&receive, place, BYTES(place)));
	assert_memory_equal(plain, place, sizeof(plain));
	pair_release(&p);
}

static void the_last_nonce_is_never_used(void **state)
{
	uint8_t sealed[2 + SEAL_TAG_SIZE], opened[2];
	struct noise_cipher send, receive, kept;
	struct pair p;
	(void)state;

	pair_ciphers(&p, &send, &receive);
	send.nonce = receive.nonce = UINT64_MAX - 1;
	assert_ok(noise_encrypt(&send, sealed, BYTES_STR("ok")));
	assert_ok(noise_decrypt(&receive, opened, BYTES(sealed)));
	assert_int_equal(send.nonce, UINT64_MAX);
	kept = send;
	assert_err(ERR_LIMIT, noise_encrypt(&send, sealed, BYTES_STR("no")));
	assert_err(ERR_LIMIT, noise_decrypt(&receive, opened, BYTES(sealed)));
	assert_memory_equal(&send, &kept, sizeof(kept));
	pair_release(&p);
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
	    cmocka_unit_test(every_flipped_bit_of_the_handshake_is_refused),
	    cmocka_unit_test(a_handshake_of_another_network_is_refused_at_once),
	    cmocka_unit_test(messages_out_of_turn_end_the_handshake),
	    cmocka_unit_test(split_keeps_hash_and_remote_key_and_no_secret),
	    cmocka_unit_test(a_responder_key_of_low_order_is_not_dialled),
	    cmocka_unit_test(messages_end_at_65535_bytes),
	    cmocka_unit_test(payloads_are_appended_and_memory_errors_end_the_handshake),
	    cmocka_unit_test(rekey_gives_the_keys_of_the_specification),
	    cmocka_unit_test(both_sides_rekey_or_neither),
	    cmocka_unit_test(encryption_in_place_is_the_same),
	    cmocka_unit_test(the_last_nonce_is_never_used),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
