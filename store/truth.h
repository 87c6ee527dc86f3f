/* The inside of a store, for the files that implement it. */
#ifndef STORE_TRUTH_H
#define STORE_TRUTH_H

#include "store/increase.h"
#include "store/head_lock.h"
#include "store/layout.h"
#include "store/store.h"

struct store {
	struct env env;
	struct head_lock lock;
	int claim; /* descriptor of the file that keeps a second daemon out */
	uint8_t id[STORE_ID_SIZE];
	uint64_t quota;
	bool is_in_doubt;	  /* since it was opened: doubt.h */
	struct writer scratch;	  /* of the one thread that applies */
	struct increase increase; /* its too */
	const struct store_signer *signer;
	_Atomic(struct batch_packer *) packer; /* of whoever reads, NULL while one does */
	char truth_path[4096];
};

/* Bytes that the file system of the store has left; UINT64_MAX when it does not say. */
uint64_t store_disk_free(const struct store *s);

#endif
