/* Ways to be wrong on purpose, all of them off: what the simulator has to catch by what always has to hold, whoever did
 * it. `make sim` builds the files that are concerned once more for each (tests/sim/sim.mk says which). In every other
 * build these are constants and the compiler drops them. */
#ifndef PROTO_BROKEN_H
#define PROTO_BROKEN_H

#ifndef BROKEN_ACK_EARLY /* a publish is answered before it is stored */
#define BROKEN_ACK_EARLY 0
#endif
#ifndef BROKEN_ADMISSION /* nobody asks the roster whether a log is admissible */
#define BROKEN_ADMISSION 0
#endif
#ifndef BROKEN_BRANCH_UNPROVEN /* whatever comes for the branch that the roster names is taken for it */
#define BROKEN_BRANCH_UNPROVEN 0
#endif
#ifndef BROKEN_CURSOR_EARLY /* a cursor is remembered though the two nodes differ */
#define BROKEN_CURSOR_EARLY 0
#endif
#ifndef BROKEN_CUT_IGNORED /* records past a cut are taken */
#define BROKEN_CUT_IGNORED 0
#endif
#ifndef BROKEN_DIGEST_FROZEN /* the digest leaves frozen logs out */
#define BROKEN_DIGEST_FROZEN 0
#endif
#ifndef BROKEN_ERASED_BELIEVED /* a payload is given up on the word of whoever says that it was erased */
#define BROKEN_ERASED_BELIEVED 0
#endif
#ifndef BROKEN_FAILURE_FORGOTTEN /* a change that found no room counts as stored */
#define BROKEN_FAILURE_FORGOTTEN 0
#endif
#ifndef BROKEN_HAVE_EARLY /* a push is said to be held before it is stored */
#define BROKEN_HAVE_EARLY 0
#endif
#ifndef BROKEN_HEAD_UNSIGNED /* heads are taken without their signature */
#define BROKEN_HEAD_UNSIGNED 0
#endif
#ifndef BROKEN_LAST_WINS /* of two histories the one that came later stays */
#define BROKEN_LAST_WINS 0
#endif
#ifndef BROKEN_LISTEN /* a log is signed after a reboot without asking how far it had come */
#define BROKEN_LISTEN 0
#endif
#ifndef BROKEN_MISSING_IGNORED /* payloads that came without are never asked for */
#define BROKEN_MISSING_IGNORED 0
#endif
#ifndef BROKEN_NO_EVIDENCE /* what is frozen here is told to nobody */
#define BROKEN_NO_EVIDENCE 0
#endif
#ifndef BROKEN_NO_PROOF /* a batch is believed without its proof */
#define BROKEN_NO_PROOF 0
#endif
#ifndef BROKEN_OLD_SET /* approvals of coordinators who were taken out are counted */
#define BROKEN_OLD_SET 0
#endif
#ifndef BROKEN_OLD_VERSION /* approvals under an older set are counted */
#define BROKEN_OLD_VERSION 0
#endif
#ifndef BROKEN_PUSH_LOOPS /* what is announced and known is announced to everybody again */
#define BROKEN_PUSH_LOOPS 0
#endif
#ifndef BROKEN_RECALL /* what comes for damaged records is not held against what erases them */
#define BROKEN_RECALL 0
#endif
#ifndef BROKEN_RETIRED_KEY /* a retired member key opens new logs */
#define BROKEN_RETIRED_KEY 0
#endif
#ifndef BROKEN_ROSTER_FIRST /* of two rosters the one that was seen first stays in force */
#define BROKEN_ROSTER_FIRST 0
#endif
#ifndef BROKEN_ROT_IGNORED /* stored bytes that do not match are left as they are */
#define BROKEN_ROT_IGNORED 0
#endif
#ifndef BROKEN_SKIP_FOREVER /* a log that the roster did not admit is refused though it does now */
#define BROKEN_SKIP_FOREVER 0
#endif

#ifndef BROKEN_UNREAD /* what was written is signed without reading it back */
#define BROKEN_UNREAD 0
#endif
#ifndef BROKEN_YOURS_UNSIGNED /* a peer's word about the own log is believed without its signature */
#define BROKEN_YOURS_UNSIGNED 0
#endif

/* Of the store and what is around it, which the simulator stands for. */
#ifndef BROKEN_CURSOR_KEPT /* a database is put back and keeps its id */
#define BROKEN_CURSOR_KEPT 0
#endif
#ifndef BROKEN_LOCK_LATE /* the signature is given before head.lock is durable */
#define BROKEN_LOCK_LATE 0
#endif
#ifndef BROKEN_NO_SYNC /* a change is reported before the system wrote it */
#define BROKEN_NO_SYNC 0
#endif

#endif
