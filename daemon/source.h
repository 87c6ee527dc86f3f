/* What queries run over, as the loop knows it at this moment. */
#ifndef DAEMON_SOURCE_H
#define DAEMON_SOURCE_H

#include "daemon/loop.h"
#include "daemon/today.h"
#include "store/query_run.h"

/* today: kept by the caller as long as the source. */
void source_init(struct query_source *source, char today[static TODAY_SIZE + 1], struct loop *loop);

#endif
