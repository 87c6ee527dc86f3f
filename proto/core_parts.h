/* What the parts of the core ask of each other. Private to proto/core*.c. Which part does what:
 *
 *   core.c           life, actions, time
 *   core_flight.c    changes and reads under way, and what follows them
 *   core_load.c      the store's dump read back
 *   core_status.c    what is shown of it
 *   core_conn.c      connections: frames in and out, duplicates, deadlines
 *   core_deadline.c  how long a session may take
 *   core_handshake.c who is there
 *   core_judge.c     member, guest or refused; roster
 *   core_sync.c      HELLO, the roster, the course of a session
 *   core_heads.c     HEADS: what is told to whom
 *   core_digest.c    DIGEST, BUCKETS: are two nodes equal
 *   core_news.c      the records that a cursor leaves open
 *   core_plan.c      what is asked for
 *   core_batch.c     records that come in
 *   core_intake.c    one batch of them, record by record
 *   core_serve.c     records that go out, payloads
 *   core_rot.c       stored bytes that do not match: looking for them, and when
 *   core_rot_fetch.c fetching them from peers
 *   core_recall.c    which of them are erased
 *   core_evidence.c  two histories under one key
 *   core_branch.c    the branch of a forked log that the roster names
 *   core_erased.c    payloads that are erased, or said to be
 *   core_suspect.c   who may hold another one: asks for what would prove it
 *   core_own.c       own logs: their turn
 *   core_publish.c   requests to publish, drafts, acknowledgement
 *   core_append.c    a round of own records
 *   core_sign.c      what was read back is signed and shown
 *   core_listen.c    may this node sign yet
 *   core_tail.c      signed heads of records that are stored already
 *   core_said.c      how often something is said of one member
 *   core_join.c      invites and requests
 *   core_peers.c     the address book
 *   core_dial.c      whom to dial, and when; whom to send elsewhere
 *   core_pace.c      how much of one member in a day
 */
#ifndef PROTO_CORE_PARTS_H
#define PROTO_CORE_PARTS_H

#include "proto/core_state.h"

/* --- core.c */
struct act *core_act(
    struct core *core, enum act_type type); /* a new last action, NULL without memory */
void core_say(struct core *core, bool is_warning, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void core_alarm_raise(struct core *core, const char *text); /* a constant, once */
void core_alarm_clear(struct core *core, const char *text);
uint64_t core_id(struct core *core);
/* Entries under the roster's head. */
uint64_t core_roster_size(const struct core *core);
void core_count(struct core *core, enum err err);
/* Refuses a log, not its bringer: counts, remembers it until the roster changes. */
void core_skip(struct core *core, const struct key *log, enum err err);
bool core_is_skipped(const struct core *core, const struct key *log);

/* --- core_flight.c */
/* Emits a change (takes ops) and remembers it as a flight; NULL without memory. */
struct flight *core_change(struct core *core, enum flight_type type, struct writer *ops);
struct asked *core_read(struct core *core, enum read_type type, uint64_t conn,
    const struct key *key, uint64_t from, uint64_t size, uint32_t max);
/* Reads of that type that are not answered yet and meant for conn. */
unsigned core_reads(const struct core *core, enum read_type type, uint64_t conn);
void core_reply(
    struct core *core, uint64_t request, enum err err, const char *text, struct writer *data);
/* Forgets what is under way. */
void flights_release(struct core *core);

/* --- core_conn.c, core_handshake.c */
/* Where bytes for a connection are appended, so that what follows each other travels in one write. */
struct writer *session_buffer(struct core *core, struct session *s);
enum err handshake_begin(struct core *core, struct session *s);
enum err handshake_step(struct core *core, struct session *s, struct bytes message);
void session_resolve_duplicate(struct core *core, struct session *s);
struct session *session_find(struct core *core, uint64_t conn);
/* Encodes and sends a frame; body is cleared. */
void session_send(struct core *core, struct session *s, enum msg_type type, struct writer *body);
/* Ends the session: counts when the peer is to blame, says BYE when it may be told. */
void session_close(struct core *core, struct session *s, enum err err, const char *detail);
void session_send_number(struct core *core, struct session *s, enum msg_type type, uint64_t number);
void session_sweep(struct core *core); /* frees what was closed */

/* --- core_deadline.c */
void session_tick(struct core *core, struct session *s);
int64_t session_deadline(const struct core *core, const struct session *s);
/* Bytes came. */
void deadline_note(const struct core *core, struct session *s);

/* --- core_judge.c */
void judge_session(struct core *core, struct session *s);
/* What the roster says of a log; its certificate is the caller's business. */
enum err judge_admits(const struct core *core, const struct log_open *open, struct log_cut *cut);
/* Is it admissible, and where does it end? */
void judge_log(struct core *core, struct log *log);
/* Tells the store of a cut, once the log is stored. */
void judge_store_cut(struct core *core, struct log *log);
/* Is a log that is stored up to its cut cut at the root that is stored? */
void judge_check_cut(struct core *core, struct log *log);
void judge_cut_read(struct core *core, const struct key *key, enum err err, struct bytes root);
/* The roster grew: judges every log and session again. */
void judge_roster_changed(struct core *core);
/* From here on somebody may see a head of the own log: head.lock has to know first (D7). True when that is being
 * written; the roster's change is judged afterwards. */
bool judge_show_own(struct core *core);
void judge_repair_rows(struct core *core);
void judge_roster_changed_now(struct core *core);
enum err take_open_want(struct core *core, struct session *s, struct bytes body);
enum err take_open(struct core *core, struct session *s, struct bytes body);
/* The record of a log.open, complete and signed for this network. Whether the roster admits it is
 * another question. */
enum err judge_read_open(const struct core *core, struct log_open *out, struct bytes raw);
/* Roster records that are durable now. counted: leaf hash -> index of entries that are known to have counted, whose
 * signatures are not verified again; NULL: none. */
enum err judge_apply_entries(
    struct core *core, uint64_t from, struct bytes records, const struct table *counted);
const struct member *judge_self(const struct core *core);
/* Others meet this node as a member: its log is admissible, be it that of a removed one. */
bool judge_is_in(const struct core *core);

/* --- core_news.c */
/* What the cursor `since` of this member leaves open: true when nothing is, or its records are on their way; else heads are
 * to be told. */
bool news_begin(struct core *core, struct session *s, uint64_t since);
void news_read(struct core *core, struct session *s, const struct asked *asked, enum err err,
    struct bytes data);

/* --- core_sync.c, core_heads.c, core_plan.c, core_digest.c */
/* How far this node is through the arrivals of a peer, NULL for unknown. */
const struct cursor *sync_cursor(const struct core *core, const struct key *peer);
/* Both hold the same, and have known so since HELLO. */
void sync_known_equal(struct core *core, struct session *s);
/* Heads, and evidence of what is frozen, in the buckets that differ. */
void sync_send_buckets_heads(struct core *core, struct session *s, const bool *differs);
void sync_settle(struct core *core, struct session *s);
/* Bucket hashes, for this digest and the one that the peer told last. */
void sync_send_buckets(struct core *core, struct session *s, const struct hash *digest);
bool want_list_is_empty(const struct want_list *list);
void sync_send_hello(struct core *core, struct session *s);
void sync_begin(struct core *core, struct session *s);
void sync_send_roster(struct core *core, struct session *s);
/* Its head, or why it grows no further. */
void sync_tell_roster(struct core *core, struct session *s);
void sync_send_digest(struct core *core, struct session *s);
/* Tells members of a head that is new here, gathered for a moment; the flush ends that moment. */
void sync_announce(struct core *core, struct log *log, uint64_t except_conn);
void sync_announce_flush(struct core *core, struct session *s);
/* May the other side be told of this log's head? */
bool sync_is_told(const struct core *core, const struct session *s, const struct log *log);
/* The heads that moved behind this arrival. */
void sync_send_changed(struct core *core, struct session *s, uint64_t since);
/* It told of this head itself. */
void sync_was_told(struct session *s, const struct checkpoint *head);
/* Digests are compared when it has been quiet from now on. */
void sync_settle_later(const struct core *core, struct session *s);
void sync_tick(struct core *core, struct session *s);
int64_t sync_deadline(const struct core *core, const struct session *s);
/* Looks at a head that a peer claims; planned when it is news, and verified before it is asked for. */
enum err sync_consider(
    struct core *core, struct session *s, const struct checkpoint *head, bool is_announced);
void sync_pump(struct core *core, struct session *s);
/* Signatures of heads to be verified in this turn, for now. */
unsigned plan_verified_max(const struct core *core);
/* This peer's proof for the log failed: the session ends, and the next one is not spent on it. */
void plan_doubt(struct core *core, const struct session *s, const struct key *log);
void sync_touch(struct core *core); /* something changed: compare digests after a quiet while */
void sync_again(struct core *core); /* and look closer though the digests are as they were */
/* Asks for records that are damaged here; false when this session has something of the log under way. */
bool plan_rot(struct core *core, struct session *s, const struct want *want);
/* Plans to fetch own records back, up to a head that was verified. */
void want_plan_own(struct core *core, struct session *s, const struct checkpoint *yours);
struct want *want_find(struct session *s, const struct key *log);
void want_remove(struct core *core, struct session *s, struct want *want);
void want_list_release(struct want_list *list);
/* What other sessions were asked for and did not bring is asked for here. */
void plan_spares(struct core *core, struct session *s);
/* The digests are equal: whatever of the peer's came up to upto_peer is here. */
void sync_remember_cursor(struct core *core, struct session *s);
enum err take_hello(struct core *core, struct session *s, struct bytes body);
enum err take_roster(struct core *core, struct session *s, struct bytes body);
enum err take_heads(struct core *core, struct session *s, struct bytes body);
enum err take_digest(struct core *core, struct session *s, struct bytes body);
enum err take_buckets(struct core *core, struct session *s, struct bytes body);

/* --- core_evidence.c */
/* Does the roster still grow here? A frozen one does for a newcomer alone: until it has a head, and admits this node. */
bool evidence_takes_roster(const struct core *core);
void evidence_freeze(struct core *core, struct log *log, const struct msg_evidence *evidence);
enum err take_evidence(struct core *core, struct session *s, struct bytes body);
/* The log.open that evidence was waiting for. */
enum err evidence_open(struct core *core, struct session *s, struct bytes record);

/* --- core_branch.c */
/* Something that says which branch is named, or of what, has changed. */
void branch_judge(struct core *core);
/* How many records of a log, as it is held, are those of the branch that stays; 0 where another one is held. */
uint64_t branch_reach(const struct core *core, const struct log *log);
/* Is it named and not here? */
bool branch_is_awaited(const struct core *core, const struct key *log);
/* It is known what erases records of those that are wanted, or could not be found out just now. */
void branch_recalled(struct core *core, bool is_known);
void branch_release(struct core *core);
/* Asks whoever was not asked yet. */
void branch_pump(struct core *core);
void branch_tick(struct core *core);
int64_t branch_deadline(const struct core *core);
void branch_root_read(
    struct core *core, const struct asked *asked, enum err err, struct bytes root);
/* A batch for a want of it. */
enum err branch_take(struct core *core, struct session *s, struct want *want, const struct batch *b,
    struct bytes records);
void branch_done(struct core *core, struct flight *f, enum err err);
/* Is that what is named of this log, and held? Then under this key. */
bool branch_serves(
    const struct core *core, const struct key *log, uint64_t size, struct key *stored);

/* --- core_erased.c */
/* What a record of kind erasure says; false when it says nothing that could be carried out. */
bool erasure_read(struct change_erasure *out, const struct record_ref *by, struct bytes payload);
/* Is something known about records of this log that are still to come? */
bool erased_concerns(const struct core *core, const struct key *log);
/* Sound records from that index on: one that is known to be erased, or by what `list` says of those that they bring themselves
 * (struct change_erasure), loses its payload; one that is only said to be becomes not held. */
enum err erased_filter(const struct core *core, const struct key *log, uint64_t from,
    struct bytes list, struct writer *records);
/* Records that erase are durable now: struct change_erasure, one behind the other. */
void erased_learnt(struct core *core, struct bytes list);
/* Records that came in have been stored. */
void erased_landed(struct core *core, const struct flight *f);
/* Known again, about a record that rotted; and such records were mended. */
void erased_recalled(struct core *core, const struct change_erasure *one);
void erased_mended(struct core *core);
enum err erasure_load(struct core *core, const struct change_erasure *op);
/* Carries out what is known about records that are stored. */
void erased_pump(struct core *core);
void erased_tick(struct core *core);
/* A payload that is missing is said to be erased by a record: believed when that record is held and says so. */
void erased_claimed(
    struct core *core, const struct change_erasure *claim, uint16_t kind, struct writer *ops);
void erased_done(struct core *core, const struct asked *asked, enum err err, struct bytes data);
void erased_release(struct core *core);

/* --- core_suspect.c */
/* Records up to b that this peer brought do not continue what is held. ERR_NONE: it was asked for
 * the proof, or it is known already; else who is to blame. */
enum err suspect_begin(struct core *core, struct session *s, const struct checkpoint *b);
/* A signed head that is smaller than the own: held against the own tree. False: not now. */
bool suspect_compare(struct core *core, struct session *s, const struct checkpoint *head);
/* A head that a peer claims: the same, if it is smaller and signed. */
enum err suspect_told(struct core *core, struct session *s, const struct checkpoint *head);
enum err take_proof_want(struct core *core, struct session *s, struct bytes body);
enum err take_proof(struct core *core, struct session *s, struct bytes body);
void suspect_read(struct core *core, struct asked *asked, enum err err, struct bytes data);
int64_t suspect_deadline(const struct session *s);
void suspect_tick(struct core *core, struct session *s);

/* --- core_batch.c */
enum err take_batch(struct core *core, struct session *s, struct bytes body);
enum err take_push(struct core *core, struct session *s, struct bytes body);
enum err take_news(struct core *core, struct session *s, struct bytes body);
void batch_done(
    struct core *core, struct flight *f, enum err err, const struct change_result *result);
void batch_resume(struct core *core);

/* --- core_serve.c */
enum err take_want(struct core *core, struct session *s, struct bytes body);
enum err take_payload_want(struct core *core, struct session *s, struct bytes body);
enum err take_payloads(struct core *core, struct session *s, struct bytes body);
enum err take_have(struct core *core, struct session *s, struct bytes body);
void serve_pump(struct core *core, struct session *s);
void serve_done(struct core *core, const struct asked *asked, enum err err, struct bytes data);
void serve_ask_missing(struct core *core, struct session *s);
void serve_tick(struct core *core, struct session *s);

/* --- core_rot.c */
/* Records under one stored node: what is fetched is made of whole ones. */
#define ROT_BLOCK (1u << TREE_STORED_LEVELS)
void rot_release(struct core *core);
void rot_pump(struct core *core);
int64_t rot_deadline(const struct core *core);
const char *rot_alarm(const struct core *core, size_t position);
void rot_scanned(struct core *core, const struct asked *asked, enum err err, struct bytes data);
/* Are records about to be put in place near this one? */
bool rot_is_near(const struct core *core, const struct record_ref *what);
struct rot *rot_find(struct core *core, uint64_t id);
void rot_remove(struct core *core, struct rot *gone);
struct log *rot_log(const struct core *core, const struct key *key);
const char *rot_log_name(const struct core *core, const struct key *key);

/* --- core_rot_fetch.c */
/* Where to fetch it from and what to prove it against; whom to ask; whether who was asked is too late. */
void rot_locate(struct core *core, struct rot *r);
void rot_ask(struct core *core, struct rot *r);
void rot_check_asked(struct core *core, struct rot *r);
void rot_located(struct core *core, const struct asked *asked, enum err err, struct bytes data);
/* A run for a want that mends. */
enum err rot_take(struct core *core, struct session *s, struct want *want, const struct batch *b,
    struct bytes records);
void rot_mended(struct core *core, const struct flight *f, enum err err);

/* --- core_recall.c */
/* Rotten records, and branches, are not asked for before it is known which of them are erased. */
void recall_begin(struct core *core);
void recall_read(struct core *core, const struct asked *asked, enum err err, struct bytes data);

/* --- core_own.c, core_append.c, core_sign.c, core_publish.c */
extern const char roster_frozen_text[];
#define OWN_ENDED_TEXT \
	"this node's log has ended: stop communed and open the next one with `commune log open`"
extern const char own_frozen_text[];
extern const char own_unlocked_text[]; /* why is said by head.lock at the start */
extern const char own_stopped_text[];
extern const char own_elsewhere_text[];
/* Its last record is a log.close, or the roster cut it. */
bool own_is_ended(const struct own *own);
/* Its newest records are not signed yet, or on their way: no head tells of them. */
bool own_has_tail(const struct own *own);
/* Publishes the addresses of this node when they are not those of its newest node.announce. */
void own_announce(struct core *core);
/* The next round: what waits becomes a change. */
void own_append(struct core *core, struct own *own);
/* Neither stored nor locked. */
void own_append_failed(struct core *core, struct own *own, bool is_keeping, enum err err);
/* It was read back: have it signed, unless that came along. The lock is durable and here is the signature: show the head
 * and acknowledge; the roster's is stored first. The checkpoint is durable. */
void own_appended(
    struct core *core, struct own *own, struct flight *f, const struct change_result *result);
void own_signed(
    struct core *core, struct own *own, struct flight *f, const struct change_result *result);
void own_headed(
    struct core *core, struct own *own, struct flight *f, const struct change_result *result);
void publish_put(struct publish *p, uint16_t kind, struct mtime time, struct bytes payload);
void publish_enqueue(struct own *own, struct publish *p);
/* Replies, and frees p. text may be NULL. */
void publish_fail(struct core *core, struct publish *p, enum err err, const char *text);
/* What was in the round that failed; text may be NULL. */
void publish_fail_current(struct core *core, struct own *own, enum err err, const char *text);
/* The round is signed: reply, or wait for others first. */
void publish_acknowledge(struct core *core, struct own *own);
void publish_drafts_done(struct core *core, struct flight *f, enum err err);
void own_init(struct own *own);
void own_release(struct own *own);
void own_start(struct core *core);
/* False when head.lock is behind a head: it is written first, and the core started again after. */
bool own_is_locked(struct core *core);
/* Its newest head into this change, when that is not stored yet; true when there was one. */
bool own_put_head(struct own *own, struct writer *ops);
/* Stores the newest head by itself. */
void own_keep_head(struct core *core, struct own *own);
/* A lock at this size, unless this log is never signed again; is_signed: and its checkpoint is to be signed. */
void own_put_lock(const struct own *own, uint64_t size, const struct hash *root, bool is_signed,
    struct writer *ops);
void own_pump(struct core *core);
void own_done(
    struct core *core, struct flight *f, enum err err, const struct change_result *result);
void own_root_read(struct core *core, const struct key *log, enum err err, struct bytes data);
void own_drafts_read(struct core *core, enum err err, struct bytes data);
/* The other side's digest is ours: it holds what the digest says of this node's log. */
void own_agreed(struct core *core, struct session *s);
void own_have(struct core *core, struct session *s, const struct key *log, uint64_t size);
void publish_free(struct publish *p);
struct own *own_of(struct core *core, const struct key *log); /* NULL for other logs */

/* --- core_listen.c */
bool listen_may_sign(const struct core *core, const struct own *own);
/* Others are asked before the first signature since this start. */
bool listen_is_waiting(const struct core *core);
void listen_heard(
    struct core *core, struct session *s, const struct checkpoint *yours); /* NULL: it has none */
void listen_compared(struct core *core, const struct asked *asked, enum err err, struct bytes root);
void listen_tick(struct core *core);
int64_t listen_deadline(const struct core *core);
void listen_twins(struct core *core);
/* By a member: believed or not. */
void listen_told_twins(struct core *core, const struct session *s);
enum err take_twins(struct core *core, struct session *s, struct bytes body);

/* --- core_said.c */
bool said_is_stranger(const struct session *s);
/* Whether a line about this one is to be written, or was often enough of late. */
bool said_may(struct core *core, const struct session *s);

/* --- core_tail.c */
/* The head is ahead of the stored one and all its records are here. */
bool tail_covers(const struct log *log, const struct checkpoint *head);
enum err tail_told(struct core *core, const struct log *log, const struct checkpoint *head);
void tail_read(struct core *core, const struct asked *asked, enum err err, struct bytes root);
void tail_headed(
    struct core *core, struct flight *f, enum err err, const struct change_result *result);

/* --- core_join.c */
bool join_token_is_valid(
    const struct core *core, const uint8_t token[static TOKEN_SIZE], const char **code);
void join_send(struct core *core, struct session *s);
void join_invite_load(struct core *core, const struct change_invite *invite);
enum err join_request_load(struct core *core, const struct change_request *request);
/* The roster has said something about this member: no request under its code waits any more. */
void join_settled(struct core *core, struct writer *ops, const char *code);
enum err take_join(struct core *core, struct session *s, struct bytes body);
enum err take_joined(struct core *core, struct session *s, struct bytes body);
/* A peer has taken its leave: of a newcomer without a valid invite, perhaps. */
void join_bye(struct core *core, const struct session *s, const char *reason);
void join_roster_changed(struct core *core);
void join_done(struct core *core, struct flight *f, enum err err);

/* --- core_pace.c */
/* More of this member today? Raises the alarm when not. */
bool pace_allows(struct core *core, const char *member);
/* Remembers a log that has to wait. */
bool pace_allows_log(struct core *core, const char *member, const struct key *log);
bool pace_is_held(const struct core *core, const struct key *log);
bool pace_allows_join(struct core *core, const char *code);
void pace_charge(
    struct core *core, const char *member, size_t bytes, bool is_new_log, uint32_t proposals);
/* It was not stored after all. */
void pace_refund(
    struct core *core, const char *member, size_t bytes, bool is_new_log, uint32_t proposals);
void pace_tick(struct core *core);
int64_t pace_deadline(const struct core *core);
void pace_release(struct core *core);

/* --- core_peers.c, core_dial.c */
struct address *peers_add(struct core *core, const char *text, bool is_configured);
void peers_announced(struct core *core, const struct change_addresses *op);
/* What a log announced last; NULL for nothing. */
const struct announcement *peers_announcement(const struct core *core, const struct key *log);
void peers_drop_if_withdrawn(struct core *core, struct address *a);
void peers_tick(struct core *core);
int64_t peers_deadline(const struct core *core);
/* Something that decides whom to dial has changed. */
void peers_touch(struct core *core);
/* role: what it was while it lasted. */
void peers_lost(struct core *core, struct session *s, enum session_role role, const char *reason);
/* A member's session began: of those that this node had dialled, one that had its turn makes room. */
void peers_met(struct core *core, const struct session *s);
/* A member came by itself: is there room for it? Otherwise its session is over. */
bool peers_welcome(struct core *core, struct session *s, bool is_equal);
struct address *peers_by_dial(struct core *core, uint64_t dial);
void peers_release(struct core *core);
/* addresses of a node.announce payload; false when it is none. */
bool peers_read_announce(struct change_addresses *out, const struct key *log, struct bytes payload);

#endif
