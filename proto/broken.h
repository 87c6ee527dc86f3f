/* Three ways to be wrong on purpose, all of them off: what the simulator has to catch (`make sim` builds the core
 * once more with each of them on). In every other build these are constants and the compiler drops them.
 *
 * BROKEN_ACK_EARLY  a publish is answered before it is stored
 * BROKEN_ADMISSION  nobody asks the roster whether a log is admissible
 * BROKEN_LISTEN     a log is signed after a reboot without asking how far it had come */
#ifndef PROTO_BROKEN_H
#define PROTO_BROKEN_H

#ifndef BROKEN_ACK_EARLY
#define BROKEN_ACK_EARLY 0
#endif
#ifndef BROKEN_ADMISSION
#define BROKEN_ADMISSION 0
#endif
#ifndef BROKEN_LISTEN
#define BROKEN_LISTEN 0
#endif

#endif
