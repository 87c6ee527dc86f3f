/* Rare branches of the core, by name. A core that was given somewhere to tell (struct core_config) says each time it takes
 * one, and does nothing else about it: the simulator gathers what its worlds lead to, and fails when a branch was
 * never taken in thousands of them. communed gives nothing: the same objects, one pointer that is looked at. */
#ifndef PROTO_MARK_H
#define PROTO_MARK_H

#define MARK_MAP(X) \
	X(OWN_TAIL_SIGNED, "records that a crash left unsigned are signed") \
	X(LOCK_CAUGHT_UP, "a head that a crash left ahead of head.lock is locked first") \
	X(SIGN_STOPPED, "something was learnt between append and signature: not signed") \
	X(ROUND_FULL, "requests wait for the next round") \
	X(ROUND_FAILED, "own records could not be stored") \
	X(HOLDERS_WAIT, "a publish waits for other members") \
	X(DRAFTS_KEPT, "records are kept as drafts while the node may not sign") \
	X(DRAFTS_SIGNED, "drafts are signed after answers came") \
	X(LOG_FETCHED_BACK, "a lost own log is filled again by others") \
	X(OWN_BEHIND, "a peer holds more of the own log than this node") \
	X(LISTEN_MEMBERS, "two members are asked where no coordinator is") \
	X(TWIN_PROBED, "a second session from the same side asks the older for a sign") \
	X(OLDER_PROBED, "a second session from the other side asks the older for a sign") \
	X(OLDER_LIVES, "the older of two sessions lives and stays") \
	X(OLDER_DEAD, "the older of two sessions does not answer") \
	X(STRANGER_GAVE_WAY, "the oldest of the busiest strangers gives way") \
	X(HANDSHAKE_LATE, "a handshake takes too long") \
	X(MESSAGE_LATE, "a message takes too long to come") \
	X(PEER_SILENT, "a peer answers no ping") \
	X(BATCHES_LATE, "batches were asked for and did not come") \
	X(UNREAD, "a message before the judgement is not read") \
	X(GUEST_ADMITTED, "a guest is judged to be a member") \
	X(GUEST_OVER, "the time of a guest is over") \
	X(OPEN_ASKED, "who is there is asked for its log.open") \
	X(JOIN_AGAIN, "a member asks to join") \
	X(CUT_STORED, "a cut is told to the store") \
	X(CUT_BEHIND, "a log is cut below what is held") \
	X(CUT_UNKNOWN, "a cut is told that the roster here does not know yet") \
	X(CUT_PASSED, "a head past a cut is refused") \
	X(CURSOR_USED, "only what came behind a cursor is told") \
	X(CURSOR_VOID, "a cursor is of another store") \
	X(CURSOR_AHEAD, "a cursor is ahead of the store") \
	X(NEWS_TOLD, "records are told that a cursor leaves open") \
	X(NEWS_NONE, "a cursor leaves nothing open") \
	X(NEWS_LARGE, "what a cursor leaves open is told without its records") \
	X(NEWS_TAKEN, "records are taken that were told at once") \
	X(NEWS_HELD, "records that were told at once are held already") \
	X(NEWS_UNFIT, "records that were told at once do not fit") \
	X(NEWS_UNPROVEN, "records that were told at once are not what was signed") \
	X(BUCKETS_UNHEARD, "buckets are not sent again to one who says nothing") \
	X(BUCKETS_FIRST, "buckets are compared first with one who names no cursor") \
	X(HEADS_PAGED, "heads do not fit one frame") \
	X(NEWS_PAGED, "announced heads do not fit one frame") \
	X(VERIFY_LATER, "the next head is verified in the next turn") \
	X(PLAN_FULL, "a head finds no room in the plan") \
	X(LATER_KEPT, "a longer head is told while a log is fetched") \
	X(FETCH_ELSEWHERE, "a log is being fetched from another peer") \
	X(FETCH_TAKEN_OVER, "a fetch that stalled is taken over by another peer") \
	X(FETCH_MIDWAY, "a fetch goes on behind the head that is stored") \
	X(BATCH_DROPPED, "the rest of a batch that was given up is dropped") \
	X(BATCH_UNPROVEN, "a batch does not prove") \
	X(DOUBTED, "a peer that failed to prove a log is not asked for it") \
	X(LOG_SKIPPED, "a log is refused for its own fault") \
	X(PUSH_TAKEN, "pushed records are taken at once") \
	X(PUSH_UNFIT, "a push that does not fit is an announcement") \
	X(RECORDS_FAILED, "records of others could not be stored") \
	X(READING_PAUSED, "a peer is not read while the disk is behind") \
	X(READING_RESUMED, "and read again") \
	X(BUCKETS_AGAIN, "buckets are sent again for the same digests") \
	X(HEAD_FORKS, "a second head of the same size: a fork") \
	X(FORK_UNKNOWN_LOG, "evidence is stored of a log that was never seen") \
	X(FORK_OPEN_ASKED, "the log.open of a forked log is asked for") \
	X(WANT_REFUSED, "records are asked for that are not served") \
	X(NOT_HELD, "a payload is asked for that is not held") \
	X(PAYLOAD_MISSED, "a payload that came late is asked for") \
	X(READ_APART, "records of several logs cannot be read at once: one log by itself") \
	X(READ_FAILED, "records cannot be read for a peer") \
	X(PACE_WAITS, "a member has sent enough for today") \
	X(PACE_NEW_DAY, "what waited is asked for on the next day") \
	X(PACE_JOINS, "who asks to join waits for tomorrow") \
	X(PACE_REFUND, "what was not stored after all is given back") \
	X(ROT_UNHELPED, "a peer cannot help to mend") \
	X(ROT_MENDED, "rot is mended") \
	X(ERASURE_RECALLED, "what rotted had been erased by its member") \
	X(BRANCH_FETCHED, "the branch that the roster names is fetched") \
	X(BRANCH_HELD, "the branch that the roster names is the one that is held") \
	X(BRANCH_RENAMED, "another branch is named: what was fetched is put aside") \
	X(BRANCH_SERVED, "a fetched branch is served") \
	X(BRANCH_LATE, "nobody who knows of the branch has it: everybody is asked") \
	X(BRANCH_UNPROVEN, "what comes for a branch is not what was named")

/* So rare that thousands of worlds need not lead there: counted, not demanded. */
#define MARK_RAREST_MAP(X) \
	X(QUEUE_REFUSED, "what waits for a signature that will not come is refused") \
	X(DRAFTS_FAILED, "drafts could not be stored") \
	X(TAIL_FITS, "an unsigned tail is the one that a peer tells") \
	X(TAIL_DIFFERS, "an unsigned tail is not what was signed elsewhere") \
	X(OWN_FORKED, "a peer tells another root of the own log") \
	X(LISTEN_SILENT, "a peer that does not tell the own head is not waited for") \
	X(PEER_SLOW, "a peer does not take what it asked for") \
	X(MEMBER_REFUSED, "a member's session ends with its membership") \
	X(CUT_MEANWHILE, "the roster or a fork stopped a log on its way") \
	X(PACE_HELD, "a new log waits for tomorrow") \
	X(ROT_WHOLE, "a whole log is compared to find what rotted") \
	X(BRANCH_MIDWAY, "a branch is fetched from where it stopped") \
	X(BRANCH_FAILED, "records of a branch could not be stored") \
	X(TAIL_TOLD, "a signed head is told at records that are stored without one") \
	X(ERASED_LATE, "an erasure is learnt of a payload that is here") \
	X(DATABASE_LOST, "a node says who it is without having its log")

#define MARK_ENUM(name, text) MARK_##name,
enum mark {
	MARK_MAP(MARK_ENUM) MARK_DEMANDED,
	MARK_BEFORE_RAREST = MARK_DEMANDED - 1,
	MARK_RAREST_MAP(MARK_ENUM) MARK_COUNT
};
#undef MARK_ENUM

#endif
