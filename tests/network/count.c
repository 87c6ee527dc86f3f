/* Counts messages by type where the core sends them: on the line they are sealed. */
#include "proto/core_parts.h"
#include "tests/network/play.h"

static uint64_t counts[32], sizes[32];

void __real_session_send(
    struct core *core, struct session *s, enum msg_type type, struct writer *body);
void __wrap_session_send(
    struct core *core, struct session *s, enum msg_type type, struct writer *body);

void __wrap_session_send(
    struct core *core, struct session *s, enum msg_type type, struct writer *body)
{
	counts[type]++;
	sizes[type] += body->size;
	__real_session_send(core, s, type, body);
}

void count_reset(void)
{
	memset(counts, 0, sizeof(counts));
	memset(sizes, 0, sizeof(sizes));
}

uint64_t count_messages(unsigned type, uint64_t *bytes)
{
	*bytes = sizes[type];
	return counts[type];
}
