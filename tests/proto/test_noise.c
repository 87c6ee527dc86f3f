/* The handshake and its ciphers against every Noise_XK vector, good and bad, and against each
 * single changed bit. */
#include "proto/noise.h"

#include "tests/unit.h"

static const struct noise_handshake dead_handshake;

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
