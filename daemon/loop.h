/* The turn of the daemon: one clock read, inputs of the core, then everything that the core wants
 * done. All of it on one thread; disk, reads and indexing have their own and answer here.
 *
 * An input is
 *
 *     core_received(loop_turn(loop), conn, in);
 *     loop_act(loop);
 */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include <uv.h>

#include "daemon/heap.h"
#include "daemon/sandbox.h"
#include "daemon/signer.h"
#include "proto/core.h"

struct config;
struct control;
struct disk;
struct drafts;
struct indexer;
struct job_pool;
struct net;
struct store;
struct views;

/* What a local request of the core ends with. data is borrowed. */
typedef void loop_reply_fn(void *context, enum err err, const char *text, struct bytes data);

struct request {
	uint64_t id;
	loop_reply_fn *reply;
	void *context;
	struct request *next;
};

struct loop {
	uv_loop_t uv;
	uv_timer_t deadline;
	uv_prepare_t prepare;
	uv_signal_t signals[3];
	struct heap heap;
	struct heap
	    commits; /* gone before the views of what was committed are made, which take as much again */
	struct signer signer;
	char sandbox_gap[SANDBOX_GAP_SIZE]; /* what was not taken away, an alarm */
	const struct config *config;
	struct core *core;
	struct store *store;
	struct views *views;
	struct net *net;
	struct disk *disk;
	struct job_pool *reads;	  /* for peers */
	struct job_pool *queries; /* for people */
	struct job_pool *checks;  /* of what is to be published */
	unsigned checks_waiting;
	unsigned publishing; /* requests whose records are not stored yet */
	struct indexer *indexer;
	struct drafts *drafts;
	struct control *control;
	struct request *requests;
	uint64_t next_request;
	bool (*on_ready)(const struct config *config); /* until it says true; NULL afterwards */
	uint64_t ready_by;
	struct mtime wall; /* of this turn */
	bool is_turn_open;
	bool is_acting;
	bool keeps_doubt; /* its mark could not be removed: the next start looks again */
	bool is_stopping;
	int exit_code;
};

/* Initialises handles; the parts are set by main. */
enum err loop_init(struct loop *loop);
/* The core, told the time of this turn. */
struct core *loop_turn(struct loop *loop);
/* Executes what the core wants, and sets its deadline. */
void loop_act(struct loop *loop);
/* A request id for core_publish and the like; reply is called once, also when the daemon stops
 * (ERR_CLOSED). 0 without memory. */
uint64_t loop_request(struct loop *loop, loop_reply_fn *reply, void *context);
/* Runs until loop_stop; returns the exit code. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop, int exit_code);
/* A failure after which nothing may be acknowledged: one line, exit 1. */
void loop_fatal(struct loop *loop, const char *text);
void loop_release(struct loop *loop);

#endif
