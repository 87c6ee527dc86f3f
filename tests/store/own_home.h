/* Each test has a home of its own, gone at its end. For a test file to include once: it has the home. */
#ifndef TESTS_STORE_OWN_HOME_H
#define TESTS_STORE_OWN_HOME_H

#include "tests/store/sample.h"

static struct sample_home home;

static inline int set_up(void **state)
{
	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	sample_home_make(&home);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	sample_home_remove(&home);
	return 0;
}

#endif
