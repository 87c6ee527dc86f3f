/* Draws a world. Most are small, so that many can be had; some are large, some are cramped. */
#include "tests/sim/params.h"

#include <string.h>

#include "proto/limits.h"

static void draw_size(struct params *p, struct chance *c)
{
	unsigned luck = (unsigned)chance_below(c, 100);

	if (luck < 88)
		p->nodes = (unsigned)chance_between(c, 5, 8);
	else if (luck < 98)
		p->nodes = (unsigned)chance_between(c, 9, 16);
	else
		p->nodes = (unsigned)chance_between(c, 17, 50);
	p->coordinators = chance_hit(c, 700) ? 1 : (unsigned)chance_between(c, 2, 3);
	p->threshold = p->coordinators / 2 + 1;
	p->intruders = chance_hit(c, 600) ? (unsigned)chance_between(c, 1, 1 + p->nodes / 8) : 0;
	p->joiners = (unsigned)chance_below(c, 1 + p->nodes / 3);
	while (p->coordinators + p->intruders + p->joiners > p->nodes)
		p->joiners--;
	p->hostiles = (unsigned)chance_between(c, 1, 1 + p->nodes / 6);
	p->removals = chance_hit(c, 350) ? 1 : 0;
	p->peers_max = (unsigned)chance_between(c, 1, 3);
	p->unrouted = chance_hit(c, 300) ? (unsigned)chance_between(c, 100, 700) : 0;
	p->outbound = chance_hit(c, 300) ? (unsigned)chance_between(c, 100, 600) : 0;
}

static void draw_work(struct params *p, struct chance *c)
{
	p->chaos_ms = chance_between(c, 20000, 90000);
	p->quiet_ms_max = 20 * 60 * 1000;
	p->publish_ms = chance_between(c, 300, 2500);
	p->publish_max = chance_hit(c, 800) ? 3 : 40;
	p->payload_max = chance_hit(c, 850) ? 200 : 5000;
	if (p->nodes > 16) {
		p->chaos_ms = 15000;
		p->publish_ms = 400;
	}
}

/* Three times what a member publishes on average, with its headers: some publish more than others. */
static uint64_t expected_bytes(const struct params *p)
{
	int64_t publishes = 3 * p->chaos_ms / p->publish_ms / p->nodes + 1;

	return (uint64_t)publishes * (p->publish_max + 1) / 2 * (p->payload_max / 2 + 150);
}

/* Days of a minute at most, in which little of a member is taken: everything still arrives, in the time there is. */
static void draw_pace(struct params *p, struct chance *c)
{
	uint64_t least;

	p->bounds.day_ms = chance_between(c, 20000, 60000);
	p->bounds.member_day_bytes = (uint64_t)chance_between(c, 500, 50000);
	p->bounds.member_day_logs = 1;
	p->bounds.day_joins = 1;
	p->quiet_ms_max *= 12;
	least = expected_bytes(p) * (uint64_t)p->bounds.day_ms / (uint64_t)p->quiet_ms_max;
	if (p->bounds.member_day_bytes < least)
		p->bounds.member_day_bytes = least;
}

/* The least of everything: what is done in pieces is done one by one. */
static void draw_tiny(struct params *p, struct chance *c)
{
	p->bounds.batch_raw_max = 1;
	p->bounds.wants_max = 1;
	p->bounds.plans_max = (uint32_t)chance_between(c, 1, 3);
	p->bounds.heads_max = p->bounds.heads_blind_max = (uint32_t)chance_between(c, 1, 3);
	p->bounds.heads_verified_max = 1;
	p->bounds.change_queue_max = 1;
	p->bounds.publish_count_max = 1;
	p->bounds.send_queue_max = 1;
	p->bounds.handshakes_max = 2;
	p->disk.group_max = 1;
}

static void draw_bounds(struct params *p, struct chance *c)
{
	core_bounds_defaults(&p->bounds);
	if (chance_hit(c, 60)) {
		draw_tiny(p, c);
		return;
	}
	if (!chance_hit(c, 300))
		return;
	if (chance_hit(c, 500))
		p->bounds.batch_raw_max = (uint32_t)chance_between(c, 1, 2000);
	if (chance_hit(c, 500))
		p->bounds.wants_max = (uint32_t)chance_between(c, 1, 3);
	if (chance_hit(c, 500))
		p->bounds.change_queue_max = (size_t)chance_between(c, 1, 2000);
	if (chance_hit(c, 500))
		p->bounds.publish_count_max = (uint32_t)chance_between(c, 1, 4);
	if (chance_hit(c, 300))
		p->bounds.send_queue_max = (size_t)chance_between(c, 1, 20000);
	if (chance_hit(c, 300))
		p->bounds.handshakes_max = (unsigned)chance_between(c, 2, 6);
	if (chance_hit(c, 300))
		p->bounds.plans_max = (uint32_t)chance_between(c, 1, 10);
	if (chance_hit(c, 300))
		p->bounds.heads_max = p->bounds.heads_blind_max = (uint32_t)chance_between(c, 1, 3);
	if (chance_hit(c, 300))
		p->bounds.heads_verified_max = (unsigned)chance_between(c, 1, 3);
	if (chance_hit(c, 300))
		draw_pace(p, c);
	if (chance_hit(c, 300))
		p->bounds.dial_max = (unsigned)chance_between(c, 1, 3);
}

/* Who is approved by too few, and by whom: three coordinators, one of whom leaves, and a stranger at the door. */
static void draw_coordinators(struct params *p, struct chance *keeper)
{
	menu_draw_keeper(p, keeper);
	if (!p->strengths[FAULT_GHOST])
		return;
	p->coordinators = 3;
	p->threshold = 2;
	p->intruders = p->intruders ? p->intruders : 1;
	p->rotations = 0;
	p->joiners = p->coordinators + p->intruders < p->nodes ? p->joiners : 0;
	while (p->coordinators + p->intruders + p->joiners > p->nodes)
		p->joiners--;
}

void params_draw(struct params *p, struct chance *c, struct chance *keeper)
{
	memset(p, 0, sizeof(*p));
	draw_size(p, c);
	draw_work(p, c);
	menu_draw(p, c);
	draw_bounds(p, c);
	p->rotations = p->intruders && chance_hit(c, 500) ? 1 : 0;
	draw_coordinators(p, keeper);
}
