/* Stand-ins for signatures, shared secrets and sealing, as strict as the real ones towards what can happen in a
 * simulation: another key, message, nonce, order or byte is refused. Nobody in it forges, so they need not resist
 * anybody. They cost a hash where the real ones cost a curve. */
#ifndef SIM_IMITATE_H
#define SIM_IMITATE_H

#include "proto/seal.h"

void imitate_sign(struct sig *out, struct bytes message, const struct key *pk);
bool imitate_verify(const struct sig *sig, struct bytes message, const struct key *pk);
void imitate_dh_keypair(struct key *pk, struct seckey *sk, const uint8_t seed[static 32]);
void imitate_dh(uint8_t out[static 32], const struct seckey *sk, const struct key *pk);
void imitate_hmac(struct hash *out, struct bytes key, const struct bytes *parts, size_t count);
void imitate_encrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in);
enum err imitate_decrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in);

#endif
