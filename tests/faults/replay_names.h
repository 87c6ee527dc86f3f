/* What replay.c and image.c share: names, and the events that change them. */
#ifndef TESTS_FAULTS_REPLAY_NAMES_H
#define TESTS_FAULTS_REPLAY_NAMES_H

#include "tests/faults/replay.h"

void replay_rename(struct replay_name *names, int *count, const struct event *e);

#endif
