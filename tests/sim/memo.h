/* Signatures, points and shared secrets that were computed before. */
#ifndef SIM_MEMO_H
#define SIM_MEMO_H

/* Forgets everything: a seed must not depend on those before it. */
void memo_clear(void);

#endif
