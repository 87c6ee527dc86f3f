/* A fast digest of bytes for comparing runs, not for holding out against anybody: two lanes of multiply and fold, so
 * that a difference in any byte or length shows in 128 bits. */
#ifndef SIM_MIX_H
#define SIM_MIX_H

#include <stdint.h>

#include "proto/bytes.h"

struct mix {
	uint64_t a, b;
};

void mix_number(struct mix *m, uint64_t value);
void mix_bytes(struct mix *m, struct bytes in);

#endif
