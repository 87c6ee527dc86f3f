/* Which call fails: shared between fail.c, which is preloaded or linked in, and whoever arms it. The page is mapped by both
 * sides; a process that was started with FAULTS_FAIL (the name of its file) takes it from there. */
#ifndef TESTS_FAULTS_FAIL_H
#define TESTS_FAULTS_FAIL_H

#include <stdatomic.h>
#include <stdint.h>

enum fail_class {
	FAIL_NOTHING,
	FAIL_READ,   /* of files */
	FAIL_WRITE,  /* of files */
	FAIL_SHORT,  /* a write of a file that does half of it */
	FAIL_SYNC,   /* of files and folders */
	FAIL_MEMORY, /* malloc and its kin, mmap */
	FAIL_NET,    /* whatever is done with sockets */
	FAIL_NAME,   /* open, rename, unlink, mkdir */
};

struct fail {
	_Atomic uint32_t class;
	_Atomic uint32_t error; /* errno */
	_Atomic uint64_t nth;	/* from 1 */
	_Atomic uint64_t calls; /* of that class so far */
	_Atomic uint32_t fired;
	_Atomic uint32_t is_lasting; /* all calls from the Nth on */
};

/* Of this process; NULL before it was set. */
extern struct fail *fail_plan;

#endif
