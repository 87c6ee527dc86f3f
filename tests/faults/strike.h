/* Where a process ends in the middle of a commit: shared between strike.c, which is preloaded, and the test that arms it. */
#ifndef TESTS_FAULTS_STRIKE_H
#define TESTS_FAULTS_STRIKE_H

#include <stdatomic.h>
#include <stdint.h>

struct strike {
	_Atomic uint64_t
	    countdown; /* calls that write or sync the truth or head.lock until it strikes; 0: not armed */
	_Atomic uint64_t calls;	 /* so far */
	_Atomic uint32_t place;	 /* 0 before the call, 1 in the middle of it, 2 after it */
	_Atomic uint32_t struck; /* place + 1, once */
};

#endif
