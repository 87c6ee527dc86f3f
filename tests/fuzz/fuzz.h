/* What every fuzz target includes. A target is one function over bytes; what must hold whatever the
 * bytes are is asked with fuzz_check, the rest is asked by the sanitizers.
 *
 * The line "covers:" in a target's first comment names the files, or functions of a file, whose
 * lines its corpus has to reach: tests/fuzz/run.py coverage. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/reader.h"
#include "proto/seal.h"
#include "proto/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define fuzz_check(truth) \
	do { \
		if (!(truth)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #truth); \
			abort(); \
		} \
	} while (0)

__attribute__((constructor)) static inline void fuzz_start(void)
{
	fuzz_check(seal_init() == ERR_NONE);
}

/* What was read is written as it came, unless it held more than is known: then it is shorter. */
static inline void fuzz_same(struct writer *again, struct bytes in)
{
	fuzz_check(again->err == ERR_NONE);
	fuzz_check(again->size <= in.size);
	fuzz_check(again->size < in.size || bytes_equal(writer_view(again), in));
}

#endif
