/* Every bound of the project, one constant each, with its reason. Bounds that a format fixes for
 * ever are marked "fixed": a peer that exceeds them is refused, so changing one splits the network.
 * The others are the choice of a node and may differ between nodes. */
#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

#include <stdint.h>

#define KIB 1024u
#define MIB (1024u * KIB)
#define GIB (1024u * MIB)

/* Record (fixed). A header carries hashes and numbers only; 1 KiB leaves room for elements of later
 * versions. */
#define RECORD_HEADER_MAX 1024
/* A payload is a form that somebody filled in. Anything larger belongs into an attachment. */
#define RECORD_PAYLOAD_MAX 65536
/* Random bytes before the payload in its commitment, as long as the hash: nothing about an erased
 * payload can be guessed from what remains. */
#define RECORD_SALT_SIZE 32
/* Latest claimed time: the largest integer that every JSON reader keeps exactly. */
#define TIME_MS_MAX ((int64_t)9007199254740991)
/* Kinds 0-63 are the network's own, 64-127 are erased by a roster entry only, 128 and up also by
 * their member. */
#define KIND_NETWORK_MAX 63
#define KIND_KEPT_MAX 127
#define KIND_MAX 65535
/* Different terms of one record that search knows. 20 pages of prose hold about 2,000 different
 * words; what holds more is no prose, and would cost the views more than it is worth. */
#define RECORD_TERMS_MAX 2048

/* Names (fixed): CODE is [a-z][a-z0-9-]{0,31}. */
#define CODE_SIZE_MAX 32
/* Logs that a log.open follows (fixed): more would not be one institution's story but somebody
 * filling rooms. */
#define LOG_PREVIOUS_MAX 16
/* Addresses of one log in its announcements: a node behind four links has them all, and nobody can
 * make others dial an arbitrary number of hosts. */
#define ADDRESSES_MAX 4

/* Random id of one database instance (fixed). */
#define STORE_ID_SIZE 16
/* Buckets of the digest (fixed): one a first byte of log keys. 8 KiB of hashes tell which of 10,000
 * logs differ to about 40. */
#define BUCKET_COUNT 256

/* A frame is read whole before it is believed: 1 MiB holds a batch of about 1,000 common records
 * and bounds what one connection can make a node hold. */
#define FRAME_SIZE_MAX (1 * MIB)
/* Records of one batch, unpacked: bytes and count (fixed). What a compressed frame may grow to is
 * said before it is unpacked and bounded like the frame itself. */
#define BATCH_RAW_MAX 1048576
#define BATCH_COUNT_MAX 65536
/* What a sender fills: large enough to compress, small enough to pipeline. */
#define BATCH_RAW_AIM 393216
/* Runs of one batch (fixed), as many as one message may want; and how many bytes of records a sender gathers from logs that have
 * few of them before a batch goes: their words pack better together, and one frame is less than one for each. */
#define BATCH_RUNS_MAX 256
#define BATCH_JOIN_AIM 65536
/* zstd level of batches. Measured on records of 600 bytes: level 1 leaves 42 % of them, level 3 39 % at little more
 * than half the speed; -5 leaves 45 % for a tenth less of what a sender costs. Salts, hashes and signatures do not compress at
 * any. */
#define COMPRESSION_LEVEL 1
/* What is told with its records where a cursor says how little it is (fixed): logs, and bytes of records unpacked. Whoever was
 * away dials several at once, and each may bring it: together no more than the 256 bucket hashes. Beyond it heads are told, and
 * one is asked. */
#define NEWS_LOGS_MAX 8
#define NEWS_RAW_MAX 8192
/* Heads that one peer has told and that wait to be asked for. A network of 10,000 logs fits several
 * times; what does not is told again once digests are compared. */
#define PLANS_MAX 65536
/* Heads that are told unasked to a peer whose cursor is not known: about as long as the 256 bucket hashes, which are
 * compared first where there are more. Two that never met may hold the same 10,000 logs but for one. */
#define HEADS_BLIND_MAX 64
/* Signatures of heads that are verified in one turn, about 7 ms: others wait no longer for one peer's 4,096. */
#define HEADS_VERIFIED_MAX 64
/* Read buffer that a connection keeps between frames: one full Noise message. A larger one is given
 * back when a frame comes that does not need it, so that idle peers cost little. */
#define FRAME_BUFFER_KEPT (64 * KIB)
/* What waits to be written to one peer. Four frames keep a link busy; a peer that does not read
 * costs no more. */
#define SEND_QUEUE_SIZE_MAX (4 * MIB)

/* Signed notes. The specification asks for at least 16 signatures, and post-quantum ones need
 * nearly 5 kB each; 100 lines within 256 KiB leave room for every coordinator's cosignature and for
 * kinds to come. */
#define NOTE_SIZE_MAX (256 * KIB)
#define NOTE_SIGNATURES_MAX 100

/* Handshake: an honest peer answers in one round trip, so 2 s and 10 s are generous on the worst
 * link, and a silent stranger frees its place soon. */
#define HANDSHAKE_FIRST_MS_MAX 2000
#define HANDSHAKE_MS_MAX 10000
/* One Noise message, from its first byte to its last. Its length stands before it in the clear: who alters that on the way has
 * the receiver wait for up to 64 KiB that nobody sends, and what comes meanwhile is taken for them. A minute is enough for as
 * much at 9 kbit/s. */
#define MESSAGE_MS_MAX 60000
/* Handshake messages (fixed). The first two carry no payload; the third carries two numbers and a
 * key or a token, for which 448 bytes leave room. Nobody may make a stranger's place cost more than
 * this. */
#define HANDSHAKE_MESSAGE_SIZE 48
#define HANDSHAKE_LAST_SIZE_MIN 64
#define HANDSHAKE_LAST_SIZE_MAX 512
/* Noise messages under one key of one direction (fixed): a key that leaks tells at most 4 GiB of
 * what went before. */
#define REKEY_MESSAGES 65536u
/* Places for connections that have not authenticated. When they are full the oldest of the busiest
 * address prefix goes (an IPv4 /16 or IPv6 /32, in it the /24 or /64), so that a flood from one
 * network, or from a thousand small ones that lie together, displaces itself. */
#define STRANGERS_MAX 64
/* Of one member that comes and goes, and of all strangers together, so many lines are written in so many milliseconds; the
 * rest is counted, by reason in status. A flood writes no log full. */
#define SAID_MAX 64
#define SAID_MS 10000
/* What a node with 64 strangers, full buffers of some and all that it does for members may take of memory under a flood,
 * beside the pages of its database (a budget: tests/load holds it to it). */
#define FLOOD_RSS_MAX (64 * MIB)
/* Sessions with one member at a time, each under another log: an institution runs a few nodes, and
 * whoever makes up more of them takes no places from others. */
#define MEMBER_SESSIONS_MAX 8
/* Sessions that a node opens by itself, at random over all addresses: five each make ten a node, with which 1,503 nodes
 * hang together and are five hops apart at most, also when a third of them is away. */
#define DIAL_MAX 5
/* Members' sessions that others opened. Where everybody can be reached nobody gets near; where four in five cannot, the
 * others serve twenty each. Beyond it whoever is in step is sent elsewhere. */
#define INBOUND_MAX 32
/* A guest session carries a roster and one join request; 60 s are enough on a slow line. */
#define GUEST_MS_MAX 60000
/* A node that listens before it signs waits for every connected peer to tell the head of its log. One that answers
 * PINGs and does not tell it is waited for this long, longer than a dead connection lives (60 s): nobody holds back
 * signatures by saying nothing. */
#define LISTEN_PEER_MS_MAX 90000
/* And all who are silent, however often they come again, this long from when enough others had told it. */
#define LISTEN_ALL_MS_MAX 600000

/* Pace of one member in a day, so that one who is broken or means harm cannot fill everybody's disk overnight: what goes
 * beyond waits for the next day and raises an alarm. Bytes are those of records before they are packed: 8 GiB are 13
 * million common records, ten times the largest import there is. */
#define PACE_DAY_MS 86400000
#define MEMBER_DAY_BYTES_MAX (8ull * GIB)
/* An institution opens a log for a new machine; a newcomer takes all logs of ten years in one day. */
#define MEMBER_DAY_LOGS_MAX 16384
/* Drafts and approvals: a coordinator proposes every commune of the country and approves every proposal in a day. */
#define MEMBER_DAY_PROPOSALS_MAX 8192
/* Homes that ask to join with one invite and wait at once: somebody began again, somebody else read the invite. Those
 * that came first stay, so that who floods an invite pushes nobody out. */
#define INVITE_HOMES_MAX 4
/* Codes that ask to join in a day: twice all communes at once. */
#define DAY_JOINS_MAX 4096

/* Key files: what Argon2id may be told to use by a file, checked before any hashing, so that a
 * damaged or hostile file cannot exhaust the machine. 1 GiB is the strongest choice common tools
 * offer. */
#define PWHASH_MEMORY_KIB_MAX (1024 * KIB)
#define PWHASH_PASSES_MAX 64
/* The least that libsodium accepts; tests use it. */
#define PWHASH_MEMORY_KIB_MIN 8
/* What new files get: 256 MiB and 3 passes, libsodium's "moderate", about a second on an office
 * machine. */
#define PWHASH_MEMORY_KIB (256 * KIB)
#define PWHASH_PASSES 3
/* A key file is a handful of fixed-size fields. */
#define KEYFILE_SIZE_MAX (1 * KIB)

#endif
