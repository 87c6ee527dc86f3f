/* What cryptography costs a simulation: remembered in every seed, imitated in most. */
#ifndef SIM_MEMO_H
#define SIM_MEMO_H

#include <stdbool.h>

/* Forgets everything, as a seed must not depend on those before it. Without `is_real` secrets,
 * signatures and sealed bytes are cheap imitations until the next begin. */
void memo_begin(bool is_real);

#endif
