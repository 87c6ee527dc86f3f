/* Payloads on their way to the daemon: requests of at most 1 MiB, several under way, rows as they are answered. */
#ifndef CLI_PUBLISH_QUEUE_H
#define CLI_PUBLISH_QUEUE_H

#include "cli/client.h"
#include "proto/kinds.h"

#define PUBLISH_UNDER_WAY_MAX 8

struct publish_queue {
	struct client *client;
	bool is_dry;
	long long wait;
	long long timeout_ms;			      /* of wait; 0: the daemon's own */
	void (*row)(void *context, struct bytes row); /* one a record, in order */
	void *context;
	const struct kind *kind;
	struct writer batch;
	struct writer params; /* of the request at hand */
	uint32_t batch_count;
	unsigned under_way;
	size_t done;
	size_t held_less; /* of them, by fewer other members than were to be waited for */
	int code;
};

/* Each gives the exit code; after the first that is not EXIT_DONE the queue sends no more. */
int publish_queue_put(struct publish_queue *q, const struct kind *kind, struct bytes payload);
int publish_queue_end(struct publish_queue *q);
void publish_queue_release(struct publish_queue *q);

#endif
