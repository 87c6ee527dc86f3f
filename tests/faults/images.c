/* Crash images: from a recording (record.c) thousands of homes as a power cut could have left them, each opened and held
 * against what had been acknowledged by then.
 *
 *     images [-n COUNT] [-s SEED] [-j WORKERS] [-c | -v] RECORDING SNAPSHOT ACKNOWLEDGED FOLDER NETWORK LOG STORE_ID
 *
 * SNAPSHOT is the home before the recording, ACKNOWLEDGED has lines "place id", FOLDER is where images are built. Exit 0 when
 * every image is sound. With -c, the control, syncs were swallowed: then a few in a hundred at least have to be broken. With -v
 * the machine is said to have run on, so that views are believed which lost what was never synced: the control of what is
 * asked of views. Image number N
 * of a seed is always the same one: -o N builds that one alone in FOLDER and leaves it there. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/limits.h"
#include "proto/seal.h"
#include "tests/faults/judge.h"
#include "tests/faults/replay.h"

#define WORKERS_MAX 8
#define TOLD_MAX 5 /* broken images that are described */

struct plan {
	unsigned count, workers, only;
	uint64_t seed;
	bool is_control;
	bool are_views_believed;
	const char *recording, *snapshot, *acknowledged, *folder;
	struct hash network;
	struct key log;
	uint8_t store_id[STORE_ID_SIZE];
};

struct cut {
	uint64_t at;
	unsigned number;
};

/* Shared with the children. */
struct tally {
	_Atomic unsigned sound, broken, crashed, views_kept, told;
	struct judged verdict[WORKERS_MAX];
};

static struct tally *tally;
static struct recording *recording;
static struct hash *ids;
static uint64_t *places; /* by which ids[i] was acknowledged, ascending */
static size_t id_count;

static void stop(const char *what)
{
	fprintf(stderr, "images: %s\n", what);
	exit(99);
}

static void load_recording(const char *path)
{
	int fd = open(path, O_RDONLY);

	recording = mmap(NULL, RECORDING_CAPACITY, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (fd < 0 || recording == MAP_FAILED || recording->magic != RECORDING_MAGIC)
		stop("no recording");
	close(fd);
}

static void load_acknowledged(const char *path)
{
	char hex[2 * HASH_SIZE + 1];
	FILE *in = fopen(path, "r");
	size_t room = 0;
	uint64_t place;

	if (!in)
		stop("no list of what was acknowledged");
	while (fscanf(in, "%" SCNu64 " %64s", &place, hex) == 2) {
		if (id_count == room) {
			room = room ? room * 2 : 256;
			ids = realloc(ids, room * sizeof(*ids));
			places = realloc(places, room * sizeof(*places));
		}
		if (!ids || !places || !hex_decode(ids[id_count].b, HASH_SIZE, hex, strlen(hex)) ||
		    (id_count && place < places[id_count - 1]))
			stop("the list of what was acknowledged is not one");
		places[id_count++] = place;
	}
	fclose(in);
	if (id_count == 0)
		stop("nothing was acknowledged");
}

/* --- where to cut ---------------------------------------------------------------------------- */

struct places {
	uint64_t *at;
	size_t count, room;
};

static void places_add(struct places *p, uint64_t at)
{
	if (p->count == p->room) {
		p->room = p->room ? p->room * 2 : 1024;
		p->at = realloc(p->at, p->room * sizeof(*p->at));
		if (!p->at)
			stop("out of memory");
	}
	p->at[p->count++] = at;
}

static bool is_sync(const struct event *e)
{
	return e->type == EVENT_SYNC_BEGIN || e->type == EVENT_SYNC_END ||
	       e->type == EVENT_WRITE_SYNC || e->type >= EVENT_FOLDER_BEGIN;
}

static int compare_cuts(const void *a, const void *b)
{
	const struct cut *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* Half anywhere, half close to a sync or a change of names, where it is decided what lasts. */
static struct cut *choose_cuts(const struct plan *plan)
{
	struct chance chance = {plan->seed};
	struct places all = {0}, syncs = {0};
	struct cut *cuts = calloc(plan->count + 1, sizeof(*cuts));
	struct replay r = {.recording = recording};

	for (uint64_t at = RECORDING_START; at < recording->tail;) {
		const struct event *e = replay_event(&r, at);
		if (is_sync(e))
			places_add(&syncs, all.count);
		places_add(&all, at);
		at += event_size(e);
	}
	places_add(&all, recording->tail);
	for (unsigned i = 0; cuts && i < plan->count; i++) {
		uint64_t place = chance_below(&chance, all.count);
		if (i % 2 && syncs.count) {
			place =
			    syncs.at[chance_below(&chance, syncs.count)] + chance_below(&chance, 4);
			place = place < all.count ? place : all.count - 1;
		}
		cuts[i] = (struct cut){all.at[place], i};
	}
	free(all.at);
	free(syncs.at);
	if (!cuts)
		stop("out of memory");
	qsort(cuts, plan->count, sizeof(*cuts), compare_cuts);
	return cuts;
}

/* --- one image ------------------------------------------------------------------------------- */

static void remove_folder(const char *folder)
{
	static const char *const names[] = {"truth/data.mdb", "truth/lock.mdb",
	    "truth/compact/data.mdb", "truth/compact/lock.mdb", "truth/compact", "truth",
	    "views/data.mdb", "views/lock.mdb", "views/mark", "views/mark.new", "views", "keys/log",
	    "keys/member", "keys/transport", "keys/cosigner", "keys/roster", "keys", "head.lock",
	    "config", "lock", "run"};
	char path[4096 + 64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		remove(path);
	}
}

/* In a process of its own: what is broken may kill whoever reads it. */
static void try_image(const struct plan *plan, const struct replay *r, const struct cut *cut,
    const char *folder, struct judged *out)
{
	struct chance chance = {plan->seed ^ ((uint64_t)cut->number << 32)};
	struct replay_inodes inodes = {0};
	char boot[4096 + 64];
	struct judge judge = {.home = folder,
	    .boot = plan->are_views_believed ? NULL : boot,
	    .network = plan->network,
	    .own = plan->log,
	    .store_id = plan->store_id,
	    .ids = ids,
	    .turn = cut->number};

	snprintf(boot, sizeof(boot), "%s/../boot-id", folder);
	while (judge.id_count < id_count && places[judge.id_count] <= cut->at)
		judge.id_count++;
	replay_image(r, folder, &chance, &inodes);
	judge.data_inode = inodes.data;
	judge.lock_inode = inodes.lock;
	judge_home(&judge, out);
}

static void count(const struct plan *plan, const struct cut *cut, int status, struct judged *out)
{
	if (status != 0) {
		tally->crashed++;
		snprintf(out->text, sizeof(out->text), "died with status %d", status);
	}
	tally->views_kept += out->were_views_kept;
	if (!out->text[0]) {
		tally->sound++;
		return;
	}
	tally->broken++;
	if (tally->told++ < TOLD_MAX)
		printf("%simage %u, cut at %" PRIu64 ": %s\n", plan->is_control ? "  " : "",
		    cut->number, cut->at, out->text);
	fflush(stdout);
}

static void work(const struct plan *plan, const struct cut *cuts, unsigned worker)
{
	static struct replay r;
	struct judged *verdict = &tally->verdict[worker];
	char folder[4096];

	snprintf(folder, sizeof(folder), "%s/image-%u", plan->folder, worker);
	replay_begin(&r, recording, plan->snapshot);
	for (unsigned i = worker; i < plan->count; i += plan->workers) {
		pid_t child;
		int status = 0;
		if (plan->only && cuts[i].number != plan->only - 1)
			continue;
		replay_until(&r, cuts[i].at);
		*verdict = (struct judged){0};
		mkdir(folder, 0700);
		child = fork();
		if (child == 0) {
			/* What a control breaks may go round for ever. */
			alarm(plan->is_control ? 5 : 60);
			try_image(plan, &r, &cuts[i], folder, verdict);
			_exit(0);
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			stop("no child");
		count(plan, &cuts[i], status, verdict);
		if (!plan->only)
			remove_folder(folder);
	}
}

/* --- all of them ----------------------------------------------------------------------------- */

static void write_boot_id(const char *folder)
{
	char path[4096 + 64];
	FILE *out;

	snprintf(path, sizeof(path), "%s/boot-id", folder);
	out = fopen(path, "w");
	if (!out || fputs("00112233-4455-6677-8899-aabbccddeeff\n", out) < 0 || fclose(out))
		stop("no boot id");
}

static int run(const struct plan *plan)
{
	struct cut *cuts = choose_cuts(plan);
	bool is_over = true;

	write_boot_id(plan->folder);
	fflush(stdout);
	for (unsigned i = 0; i < plan->workers; i++) {
		pid_t child = fork();
		if (child == 0) {
			work(plan, cuts, i);
			_exit(0);
		}
		if (child < 0)
			stop("no worker");
	}
	for (unsigned i = 0; i < plan->workers; i++) {
		int status;
		if (wait(&status) < 0 || status != 0)
			is_over = false;
	}
	printf("%u images of a recording of %" PRIu64
	       " bytes, %zu records acknowledged: %u sound, %u broken "
	       "(%u of them killed their reader), %u kept their views\n",
	    tally->sound + tally->broken, recording->tail, id_count, tally->sound, tally->broken,
	    tally->crashed, tally->views_kept);
	free(cuts);
	if (!is_over || tally->sound + tally->broken != (plan->only ? 1 : plan->count))
		stop("not every image was tried");
	return plan->is_control ? tally->broken <= plan->count / 25 : tally->broken > 0;
}

int main(int argc, char **argv)
{
	struct plan plan = {.count = 100, .workers = 2};
	int option;

	while ((option = getopt(argc, argv, "n:s:j:o:cv")) != -1) {
		uint64_t value = optarg ? strtoull(optarg, NULL, 10) : 0;
		if (option == 'n')
			plan.count = (unsigned)value;
		else if (option == 's')
			plan.seed = value;
		else if (option == 'j')
			plan.workers = value < WORKERS_MAX ? (unsigned)value : WORKERS_MAX;
		else if (option == 'o')
			plan.only = (unsigned)value + 1;
		else if (option == 'c')
			plan.is_control = true;
		else if (option == 'v')
			plan.is_control = plan.are_views_believed = true;
		else
			return 2;
	}
	argv += optind;
	if (argc - optind != 7 || seal_init() ||
	    !hex_decode(plan.network.b, HASH_SIZE, argv[4], strlen(argv[4])) ||
	    !hex_decode(plan.log.b, KEY_SIZE, argv[5], strlen(argv[5])) ||
	    !hex_decode(plan.store_id, STORE_ID_SIZE, argv[6], strlen(argv[6]))) {
		fprintf(stderr, "usage: images [-n COUNT] [-s SEED] [-j WORKERS] [-c | -v] [-o "
				"NUMBER] RECORDING "
				"SNAPSHOT ACKNOWLEDGED FOLDER NETWORK LOG STORE_ID\n");
		return 2;
	}
	plan.folder = argv[3];
	load_recording(argv[0]);
	load_acknowledged(argv[2]);
	plan.snapshot = argv[1];
	tally =
	    mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		stop("out of memory");
	return run(&plan);
}
