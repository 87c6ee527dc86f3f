/* Counts messages by type, and by the node that sends them, where the core sends them: on the line they are sealed. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/core_parts.h"
#include "tests/network/play.h"

#define TYPES 32

struct sent {
	uint64_t counts[TYPES], sizes[TYPES];
};

static struct sent *nodes;
static unsigned node_count;

void __real_session_send(
    struct core *core, struct session *s, enum msg_type type, struct writer *body);
void __wrap_session_send(
    struct core *core, struct session *s, enum msg_type type, struct writer *body);

void __wrap_session_send(
    struct core *core, struct session *s, enum msg_type type, struct writer *body)
{
	unsigned at = (unsigned)strtoul(core->config.member + 1, NULL, 10);

	if (at >= node_count) {
		nodes = realloc(nodes, (at + 1) * sizeof(*nodes));
		assert(nodes);
		memset(nodes + node_count, 0, (at + 1 - node_count) * sizeof(*nodes));
		node_count = at + 1;
	}
	nodes[at].counts[type]++;
	nodes[at].sizes[type] += body->size;
	__real_session_send(core, s, type, body);
}

void count_reset(void)
{
	free(nodes);
	nodes = NULL;
	node_count = 0;
}

uint64_t count_messages(unsigned type, uint64_t *bytes)
{
	uint64_t count = 0;

	*bytes = 0;
	for (unsigned i = 0; i < node_count; i++) {
		count += nodes[i].counts[type];
		*bytes += nodes[i].sizes[type];
	}
	return count;
}

uint64_t count_messages_of(unsigned node, unsigned type, uint64_t *bytes)
{
	*bytes = node < node_count ? nodes[node].sizes[type] : 0;
	return node < node_count ? nodes[node].counts[type] : 0;
}
