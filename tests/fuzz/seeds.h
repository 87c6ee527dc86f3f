/* What the files that write the corpora share. */
#ifndef TESTS_FUZZ_SEEDS_H
#define TESTS_FUZZ_SEEDS_H

#include "tests/fuzz/fuzz.h"

#include "proto/mp.h"

/* One input of a target, named after what it holds. */
void seed(const char *target, const char *name, struct bytes in);
/* The same with its end cut off at some places, and with a byte changed at some. */
void seed_broken(const char *target, const char *name, struct bytes in);
/* The same with its end cut off at one place. */
void seed_cut(const char *target, const char *name, struct bytes in);
void seed_text(const char *target, const char *name, const char *text);

void seeds_formats(void);
void seeds_texts(void);
void seeds_messages(void);
void seeds_roster(void);
void seeds_kinds(void);
void seeds_people(void);
void seeds_sessions(void);

#endif
