/* Institutions for tests of the core: keys made from numbers, the log.open that follows from them,
 * and what they write. */
#ifndef TESTS_PROTO_CORE_PEOPLE_H
#define TESTS_PROTO_CORE_PEOPLE_H

#include "tests/unit.h"

#include "proto/log_open.h"
#include "proto/mp.h"
#include "proto/seal.h"

#define WALL_START 1700000000000

struct person {
	char code[CODE_SIZE_MAX + 1];
	struct key member, log, transport;
	struct seckey member_sk, log_sk, transport_sk;
	struct writer log_open; /* payload of leaf 0 */
	uint8_t log_open_salt[RECORD_SALT_SIZE];
	struct mtime log_open_time;
};

static inline struct bytes world_names(struct writer *w, const char *name)
{
	writer_clear(w);
	mp_put_map(w, 1);
	mp_put_cstr(w, "fr");
	mp_put_cstr(w, name);
	return writer_view(w);
}

/* Keys from numbers; `log_number` gives the member another log, and transport key with it. */
static inline void person_init(
    struct person *p, const struct hash *network, unsigned number, unsigned log_number)
{
	uint8_t seed[32] = {(uint8_t)number, 1};
	struct log_open open = {.network = *network, .number = log_number};

	*p = (struct person){.log_open_salt = {(uint8_t)number, 9}, .log_open_time = {WALL_START}};
	snprintf(p->code, sizeof(p->code), "m%u", number);
	seal_sign_keypair(&p->member, &p->member_sk, seed);
	seed[1] = 2;
	seed[2] = (uint8_t)log_number;
	seal_sign_keypair(&p->log, &p->log_sk, seed);
	seed[1] = 3;
	seed[3] = (uint8_t)number; /* X25519 clears the low bits of the first byte */
	seal_dh_keypair(&p->transport, &p->transport_sk, seed);
	memcpy(open.member, p->code, sizeof(open.member));
	open.key = p->log;
	open.member_key = p->member;
	open.transport = p->transport;
	log_open_encode(&p->log_open, &open, &p->member_sk);
	assert_ok(p->log_open.err);
}

static inline void practice(struct writer *w, uint64_t number, size_t size)
{
	struct writer text = {0};

	writer_printf(&text, "%llu ", (unsigned long long)number);
	for (uint64_t state = number + 1; text.size < size;)
		writer_printf(&text, "%llx", (unsigned long long)unit_random(&state));
	writer_clear(w);
	mp_put_map(w, 1);
	mp_put_cstr(w, "title");
	mp_put_str(w, bytes_of(text.data, size));
	writer_release(&text);
}

#endif
