/* What is on the menu and how likely. It decides which faults a seed has; what each of them does is the business of the
 * files that begin with faults. */
#include "tests/sim/menu.h"

#include "tests/sim/faults.h"
#include "tests/sim/homes.h"
#include "tests/sim/path.h"
#include "tests/sim/world.h"

const struct menu_entry menu[FAULT_COUNT] = {
    [FAULT_DELAY] = {"delay", 250, 50000, 400000, NULL}, /* us at most */
    [FAULT_SPLIT] = {"split", 300, 1, 3000, NULL},	 /* bytes at most */
    [FAULT_NARROW] = {"narrow", 200, 500, 8000, NULL},	 /* bytes under way */
    [FAULT_LOSS] = {"loss", 350, 1, 10, faults_lose},
    [FAULT_RESET] = {"reset", 500, 1, 10, faults_reset},
    [FAULT_HALF_OPEN] = {"half open", 300, 1, 10, faults_halve},
    [FAULT_TAMPER] = {"tamper", 200, 1, 10, path_tamper},
    [FAULT_PARTITION] = {"partition", 400, 1, 10, faults_partition},
    [FAULT_ISOLATE] = {"isolate", 400, 1, 10, faults_isolate},
    [FAULT_ONE_WAY] = {"one way", 250, 1, 10, faults_one_way},
    [FAULT_DEAF] = {"deaf", 250, 1, 10, faults_deafen},
    [FAULT_SLOW_COMMIT] = {"slow commit", 200, 20000, 300000, NULL}, /* us at most */
    [FAULT_TORN] = {"torn", 500, 100, 1000, NULL},		     /* per mille of crashes */
    [FAULT_SYNC] = {"sync", 200, 1, 5, faults_sync},
    [FAULT_READ] = {"read", 200, 1, 5, faults_read},
    [FAULT_MISWRITE] = {"miswrite", 100, 1, 3, faults_miswrite},
    [FAULT_FULL] = {"full", 150, 1, 10, faults_full},
    [FAULT_ROT] = {"rot", 350, 1, 10, faults_flip},
    [FAULT_SNAPSHOT] = {"snapshot", 0, 8, 8, faults_take_image},
    [FAULT_RESTORE_DB] = {"old database", 250, 1, 10, faults_old_database},
    [FAULT_RESTORE_ALL] = {"old image", 350, 1, 10, faults_old_image},
    [FAULT_LOCK_LOST] = {"lock lost", 50, 1, 1, faults_lose_lock},
    [FAULT_KILL] = {"kill", 600, 1, 10, faults_kill},
    [FAULT_POWER] = {"power", 500, 1, 10, faults_power},
    [FAULT_ACTION] = {"between actions", 350, 1, 10, faults_between_actions},
    [FAULT_PAUSE] = {"pause", 300, 1, 10, faults_pause},
    [FAULT_CLOCK] = {"clock", 200, 1, 10, faults_clock},
    [FAULT_COPY] = {"copy", 120, LIKENESS_MACHINE, LIKENESS_CLONE,
	NULL}, /* how alike the machine is */
    [FAULT_EQUIVOCATE] = {"equivocate", 120, 1, 1, NULL},
    [FAULT_MUTATE] = {"mutate", 120, 5, 300, NULL},	  /* per mille of frames */
    [FAULT_FLOOD] = {"flood", 120, 2, 60, NULL},	  /* frames at once, at most */
    [FAULT_WITHHOLD] = {"withhold", 120, 50, 1000, NULL}, /* per mille of frames with records */
    [FAULT_CLAIM_ERASED] = {"claim erased", 120, 50, 1000, NULL}, /* likewise */
    [FAULT_LIE_HEADS] = {"lie about heads", 120, 50, 1000,
	NULL}, /* per mille of frames that tell heads */
    [FAULT_LIE_ROSTER] = {"lie about the roster", 120, 50, 700,
	NULL},					  /* per mille of frames that tell of it */
    [FAULT_GHOST] = {"ghost", 70, 50, 500, NULL}, /* per mille of what is done to the roster */
    [FAULT_KEEP_ROSTER] = {"keep the roster", 60, 200, 1000, NULL}, /* per mille of the nodes */
    [FAULT_SILENT_KEEPER] = {"silent keeper", 60, 20, 90,
	NULL},						   /* percent of the time with faults */
    [FAULT_TWO_ROSTERS] = {"two rosters", 60, 1, 2, NULL}, /* 2: its own log branches too */
    [FAULT_NEXT_ROSTER] = {"next roster", 60, 50, 700,
	NULL}, /* per mille of frames that tell heads */
    [FAULT_NAME_BRANCH] = {"name branch", 800, 1, 4, NULL},	   /* how often */
    [FAULT_OTHER_BRANCH] = {"other branch", 500, 500, 1000, NULL}, /* per mille of refusals */
};

static void draw_always(struct params *p, struct chance *c)
{
	const int64_t *s = p->strengths;

	/* One after the other: what is drawn within one expression is drawn in an order of the compiler's. */
	p->net.delay_us_min = 50;
	p->net.delay_us_max = s[FAULT_DELAY] ? s[FAULT_DELAY] : chance_between(c, 500, 20000);
	p->net.chunk_max = s[FAULT_SPLIT] ? (size_t)s[FAULT_SPLIT] : 65536;
	p->net.window = s[FAULT_NARROW] ? (size_t)s[FAULT_NARROW] : 262144;
	p->net.refuse_us_max = chance_hit(c, 500) ? 3000000 : 100000;
	p->disk.commit_us_max =
	    s[FAULT_SLOW_COMMIT] ? s[FAULT_SLOW_COMMIT] : chance_between(c, 500, 8000);
	p->disk.lock_us_max = chance_between(c, 1, 5000);
	p->disk.read_us_max = chance_between(c, 10, 5000);
	p->disk.group_max = chance_hit(c, 700) ? 256 : 1;
}

static void draw_part(int64_t *s, struct chance *c, size_t first, size_t end)
{
	for (size_t f = first; f < end; f++)
		s[f] = chance_hit(c, menu[f].likely)
			   ? chance_between(c, menu[f].weakest, menu[f].strongest)
			   : 0;
}

void menu_draw_keeper(struct params *p, struct chance *keeper)
{
	draw_part(p->strengths, keeper, FAULT_KEEPERS, FAULT_NAMING);
	if (p->strengths[FAULT_TWO_ROSTERS]) {
		static const enum fault others[] = {FAULT_COPY, FAULT_EQUIVOCATE, FAULT_SNAPSHOT,
		    FAULT_RESTORE_DB, FAULT_RESTORE_ALL, FAULT_KEEP_ROSTER, FAULT_SILENT_KEEPER};
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			p->strengths[others[i]] = 0;
	}
	if (p->strengths[FAULT_SILENT_KEEPER]) /* what rots may have been nowhere else */
		p->strengths[FAULT_ROT] = 0;
}

void menu_draw_naming(struct params *p, struct chance *naming)
{
	draw_part(p->strengths, naming, FAULT_NAMING, FAULT_COUNT);
	if (!p->strengths[FAULT_NAME_BRANCH] || !p->strengths[FAULT_EQUIVOCATE])
		p->strengths[FAULT_OTHER_BRANCH] = 0;
	else if (p->strengths[FAULT_OTHER_BRANCH])
		p->hostiles++; /* the first one is who signed both */
	/* A branch of several batches, so that something may happen between them. */
	if (p->strengths[FAULT_NAME_BRANCH] && p->strengths[FAULT_EQUIVOCATE] &&
	    chance_hit(naming, 400))
		p->bounds.batch_raw_max = (uint32_t)chance_between(naming, 1, 800);
}

void menu_draw(struct params *p, struct chance *c)
{
	int64_t *s = p->strengths;

	draw_part(s, c, 0, FAULT_KEEPERS);
	if (s[FAULT_SPLIT] && chance_hit(c, 400))
		s[FAULT_SPLIT] = 1 + (int64_t)chance_below(c, 9);
	if (s[FAULT_EQUIVOCATE])
		s[FAULT_COPY] = 0;
	if (s[FAULT_RESTORE_DB] || s[FAULT_RESTORE_ALL])
		s[FAULT_SNAPSHOT] = menu[FAULT_SNAPSHOT].strongest;
	/* What rots here may be nowhere else once another disk was put back. */
	if (s[FAULT_SNAPSHOT] || s[FAULT_LOCK_LOST])
		s[FAULT_ROT] = 0;
	p->fault_ms = chance_between(c, 500, 8000);
	p->down_ms_max = chance_hit(c, 700) ? 4000 : 40000;
	p->outage_ms_max = chance_hit(c, 700) ? 5000 : 80000;
	draw_always(p, c);
}

void menu_strike(struct world *w)
{
	const int64_t *s = w->params.strengths;
	uint64_t total = 0, at;

	for (size_t f = 0; f < FAULT_COUNT; f++)
		total += menu[f].strike ? (uint64_t)s[f] : 0;
	at = chance_below(&w->chance, total);
	for (size_t f = 0; total && f < FAULT_COUNT; f++) {
		if (!menu[f].strike)
			continue;
		if (at < (uint64_t)s[f]) {
			trace_note(&w->trace, w->clock.now_us, -1, "fault: %s", menu[f].name);
			menu[f].strike(w);
			return;
		}
		at -= (uint64_t)s[f];
	}
}
