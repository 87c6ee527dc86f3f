/* What is said of whoever comes and goes: each of them once, with the reason, and of who comes again and again the first few
 * times. Neither a crowd of strangers nor one member writes a log full; the rest is counted, by reason in status. */
#include "proto/core_parts.h"

#include <string.h>

#include "proto/limits.h"

#define NOBODY "" /* all strangers together */

static struct talk *talk_of(struct core *core, const char *member)
{
	struct talk *oldest = &core->talks[0];

	for (size_t i = 0; i < TALKS_MAX; i++) {
		struct talk *t = &core->talks[i];
		if (t->until_ms && strcmp(t->member, member) == 0)
			return t;
		if (t->until_ms < oldest->until_ms)
			oldest = t;
	}
	*oldest = (struct talk){0};
	memcpy(oldest->member, member, strlen(member));
	return oldest;
}

/* Whoever came by itself and is no member: that a handshake is over proves a key, not a right to be
 * here, and what makes a guest is a claim. */
bool said_is_stranger(const struct session *s)
{
	return s->phase != SESSION_CLOSED && !s->is_initiator && s->role != ROLE_MEMBER;
}

bool said_may(struct core *core, const struct session *s)
{
	struct talk *t = talk_of(core, said_is_stranger(s) ? NOBODY : s->member);
	unsigned unsaid = t->unsaid;

	if (core->now.steady_ms >= t->until_ms) {
		t->until_ms = core->now.steady_ms + SAID_MS;
		t->said = t->unsaid = 0;
		if (unsaid && t->member[0])
			core_say(core, true, "%s: came and went for such reasons %u more times",
			    t->member, unsaid);
		else if (unsaid)
			core_say(
			    core, true, "%u more strangers were closed for such reasons", unsaid);
	}
	if (t->said++ < SAID_MAX)
		return true;
	t->unsaid++;
	return false;
}
