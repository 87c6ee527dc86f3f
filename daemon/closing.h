/* communed --close-log: one record of a node that nobody talks to, then the end. */
#ifndef DAEMON_CLOSING_H
#define DAEMON_CLOSING_H

struct loop;

/* After core_start. Ends the loop: with 0 when the log is closed, now or before;
 * else with the exit code of the reason, which is said. */
void closing_start(struct loop *loop);

#endif
