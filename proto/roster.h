/* The roster: who is a member, who coordinates, what is cut. Decides what every entry does and
 * whether it counts; knows nothing of storage. PROTOCOL.md section 4. Entries are applied in order
 * of the roster log, each once. */
#ifndef PROTO_ROSTER_H
#define PROTO_ROSTER_H

#include "proto/log_open.h"
#include "proto/record.h"

#define ROSTER_APPROVALS_MAX 64
#define ROSTER_TERRITORY_MAX 32
/* With m <= 32 the approvals of an old and a new quorum always fit into one entry. */
#define ROSTER_COORDINATORS_MAX 32
#define ROSTER_RECOVERY_MAX 16
#define ROSTER_NAME_MAX 255 /* bytes of a name in one language */
#define ROSTER_ZONE_MAX 64

#define MEMBER_KIND_MAP(X) \
	X(REGION, "region") \
	X(PROVINCE, "province") \
	X(COMMUNE, "commune") \
	X(ARRONDISSEMENT, "arrondissement") \
	X(COORDINATOR, "coordinator") \
	X(OBSERVER, "observer")

enum member_kind {
#define X(name, text) MEMBER_##name,
	MEMBER_KIND_MAP(X)
#undef X
	    MEMBER_KIND_COUNT
};

#define ERASURE_GROUND_MAP(X) \
	X(PRIVACY, "privacy") \
	X(COURT, "court") \
	X(COPYRIGHT, "copyright") \
	X(ERROR, "error") \
	X(AUTHOR, "author")

enum erasure_ground {
#define X(name, text) GROUND_##name,
	ERASURE_GROUND_MAP(X)
#undef X
	    GROUND_COUNT
};

/* "" and false for what is not in the list. */
const char *erasure_ground_name(enum erasure_ground ground);
bool erasure_ground_parse(enum erasure_ground *out, struct bytes text);
const char *member_kind_name(enum member_kind kind);
bool member_kind_parse(enum member_kind *out, struct bytes text);

struct member {
	char code[CODE_SIZE_MAX + 1];
	enum member_kind kind;
	struct key key;	  /* current or last member key */
	bool is_admitted; /* false: removed */
	bool is_coordinator;
	struct key cosigner_key; /* coordinators only */
	struct bytes names;	 /* canonical map, owned by the roster */
	char territory[ROSTER_TERRITORY_MAX + 1];
	uint64_t entry_index; /* the entry in force about this member */
	struct hash entry_leaf;
	struct mtime since; /* claimed time of the admitting entry */
};

struct roster;

struct roster *roster_new(void);
void roster_free(struct roster *r);

/* A key that was found to be a point of prime order before, by whoever stored it: entries that bring it are judged in
 * everything else. Until roster_forget_points. A pure fact of the key, and half of what a start costs for each member. */
void roster_know_point(struct roster *r, const struct key *key);
void roster_forget_points(struct roster *r);

/* Applies the record at the next index. Index 0 must be a genesis. ERR_NONE: it counts.
 * ERR_REFUSED: it is void, with the reason in why; the roster moves on all the same. ERR_MEMORY:
 * nothing happened. For the genesis other errors mean that this is no roster at all. `trusted`: the
 * caller knows that this very entry counted before, so its signatures are not verified again. Never
 * say so of one that may have been void: void entries stay in the log. */
enum err roster_apply(struct roster *r, const struct header *header, const struct hash *leaf,
    struct bytes payload, bool trusted, struct why *why);

/* Would an entry with these approvals count as the next one? Changes nothing. ERR_REFUSED with the
 * reason in why. */
enum err roster_check(const struct roster *r, struct bytes payload, struct why *why);

uint64_t roster_size(const struct roster *r);		   /* entries applied, void ones included */
const struct hash *roster_network(const struct roster *r); /* zero before the genesis */
const struct key *roster_keeper(const struct roster *r);
struct bytes roster_names(const struct roster *r);
struct bytes roster_zone(const struct roster *r);
const struct hash *roster_charter(const struct roster *r);
uint64_t roster_set_version(const struct roster *r);
unsigned roster_threshold(const struct roster *r);
unsigned roster_coordinator_count(const struct roster *r);
size_t roster_member_count(const struct roster *r); /* removed ones included */
const struct member *roster_member_at(
    const struct roster *r, size_t position); /* in order of first entry */
const struct member *roster_member(
    const struct roster *r, const char *code); /* NULL when unknown */
/* Current member key, or NULL. */
const struct member *roster_member_by_key(const struct roster *r, const struct key *key);

/* Where the roster ends a log, when it does. */
struct log_cut {
	bool is_cut;
	uint64_t size;
	struct hash root;
};
/* ERR_NONE when the log is admissible (log_open_verify is the caller's business), with its cut;
 * else ERR_ADMISSION. */
enum err roster_admits(
    const struct roster *r, const struct log_open *open, struct log_cut *cut, struct why *why);

/* Is there a cut of this log at that size and root? Of some member's: whose log it is, its log.open
 * says. */
bool roster_has_cut(
    const struct roster *r, const struct key *log, uint64_t size, const struct hash *root);

/* What the roster decided about a record (erase, dispute) or a frozen log (name-branch), in order.
 */
enum ruling_type { RULING_ERASE, RULING_DISPUTE, RULING_NAME_BRANCH };
struct ruling {
	enum ruling_type type;
	struct key log;
	uint64_t index;	  /* name-branch: the size */
	struct hash leaf; /* name-branch: the root */
	enum erasure_ground ground;
	uint64_t entry_index;
	struct hash entry_leaf;
};
size_t roster_ruling_count(const struct roster *r);
const struct ruling *roster_ruling_at(const struct roster *r, size_t position);
/* The erasure of one record, or NULL. */
const struct ruling *roster_erasure(const struct roster *r, const struct key *log, uint64_t index);

/* One coordinator as the genesis and `coordinator` entries name it. */
struct coordinator {
	char code[CODE_SIZE_MAX + 1];
	enum member_kind kind;
	struct key member_key;
	struct key cosigner_key;
	struct bytes names;
};

struct genesis {
	struct bytes names;
	struct hash charter; /* zero: none */
	struct key keeper;
	const struct coordinator *coordinators;
	unsigned coordinator_count;
	unsigned threshold;
	const struct key *recovery;
	unsigned recovery_count;
	const char *zone;
	struct hash nonce;
};

/* Each writes the canonical map of one entry. replaces: NULL when none. territory may be "". */
void roster_entry_genesis(struct writer *w, const struct genesis *genesis);
void roster_entry_admit(struct writer *w, const char *code, enum member_kind kind,
    const struct key *member_key, struct bytes names, const char *territory,
    const struct hash *replaces);

enum log_end { LOG_STAYS_OPEN, LOG_IS_CUT };
struct log_listing {
	struct key key;
	enum log_end end;
	uint64_t size;
	struct hash root;
};
void roster_entry_remove(struct writer *w, const char *code, const char *reason,
    const struct log_listing *logs, unsigned count, const struct hash *replaces);
void roster_entry_rotate(struct writer *w, const char *code, const struct key *member_key,
    const struct log_listing *logs, unsigned count, const struct hash *replaces);

/* Changes of a member's lines: kind MEMBER_KIND_COUNT, empty names and NULL territory leave them as
 * they are. */
void roster_entry_amend(struct writer *w, const char *code, enum member_kind kind,
    struct bytes names, const char *territory, const struct hash *replaces);

struct coordinator_change {
	const struct coordinator *add;
	unsigned add_count;
	const char *const *remove; /* codes */
	unsigned remove_count;
	unsigned threshold;
};
void roster_entry_coordinator(struct writer *w, const struct coordinator_change *change);
void roster_entry_threshold(struct writer *w, unsigned threshold);
void roster_entry_charter(
    struct writer *w, const struct hash *charter, const struct hash *replaces);
/* Erase, dispute or name-branch; entry_index and entry_leaf are not read. */
void roster_entry_ruling(
    struct writer *w, const struct ruling *ruling, const struct hash *replaces);

struct approval {
	struct key key;
	struct sig sig;
};
/* set_version: roster_set_version, 0 for the genesis. network: zero for the genesis. */
void approval_sign(struct approval *out, const struct hash *network, uint64_t set_version,
    struct bytes entry, const struct seckey *member_sk);
bool approval_verify(
    const struct approval *a, const struct hash *network, uint64_t set_version, struct bytes entry);
/* The payload of a roster record: {"approvals", "entry"}. */
void roster_payload_encode(
    struct writer *w, struct bytes entry, const struct approval *approvals, unsigned count);

#endif
