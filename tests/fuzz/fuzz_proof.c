/* Proof documents, as `commune check` gets them from anywhere.
 *
 * covers: cli/proof_check.c cli/proof_part.c */
#include "tests/fuzz/fuzz.h"

#include "cli/proof_check.h"
#include "proto/json.h"

struct told {
	unsigned claims;
	unsigned proven;
};

static void tell(void *context, const char *claim, bool is_proven, const char *reason)
{
	struct told *told = context;

	fuzz_check(claim[0] && reason);
	told->claims++;
	told->proven += is_proven;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hash network = {{7}};
	struct writer doc = {0};
	struct why why = {0};

	if (!json_parse(&doc, bytes_of(data, size), &why)) {
		for (unsigned i = 0; i < 2; i++) {
			struct told told = {0};
			bool is_proven =
			    proof_check(writer_view(&doc), i ? &network : NULL, tell, &told);

			fuzz_check(told.claims > 0);
			fuzz_check(is_proven == (told.claims == told.proven));
		}
	}
	writer_release(&doc);
	return 0;
}
