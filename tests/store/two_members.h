/* A network of the coordinator, sefrou and agadir, each with a log. For a test file to include once: it has the network. */
#ifndef TESTS_STORE_TWO_MEMBERS_H
#define TESTS_STORE_TWO_MEMBERS_H

#include "tests/store/network.h"

static struct network net;
static struct author sefrou, agadir;
static struct pair agadir_key;
static struct writer out;

static inline int two_members(void **state)
{
	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	network_make(&net);
	pair_make(&agadir_key, 9);
	network_admit(&net, "sefrou", &net.commune.pk, "03.231.01.01");
	network_admit(&net, "agadir", &agadir_key.pk, "09.001.01.01");
	network_log(&net, &sefrou, "sefrou", &net.commune, 1);
	network_log(&net, &agadir, "agadir", &agadir_key, 1);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	network_remove(&net);
	writer_release(&out);
	return 0;
}

#endif
