/* Plays a network of many nodes in virtual time and prints what each situation costs: `network --nodes 126`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/network/play.h"
#include "tests/sim/memo.h"

static bool is_json, is_checked;
static unsigned passed, failed;

/* What must not be exceeded at 126 nodes: about a quarter above what is measured. */
static const struct bound {
	const char *name;
	int64_t max_ms;
	double writes_mean, bytes_mean;
	unsigned sessions_mean, sessions_max, hops_max;
} bounds[] = {
    {"founding", 45000, 1200, 400e3, 12, 20, 6},
    {"an idle hour", 0, 1500, 40e3, 12, 20, 6},
    {"one publish", 2000, 25, 3e3, 12, 20, 6},
    {"after a partition", 14000, 900, 400e3, 12, 20, 6},
    {"a newcomer", 3000, 50, 20e3, 12, 20, 6},
    {"80% outbound only", 2500, 30, 4e3, 12, 45, 6},
};

static void check(const char *situation, const char *what, double is, double most)
{
	if (is <= most) {
		passed++;
		return;
	}
	failed++;
	printf("%s: %s is %.1f, more than %.1f\n", situation, what, is, most);
}

static void check_row(const struct row *r)
{
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		const struct bound *b = &bounds[i];
		if (strcmp(b->name, r->name) != 0)
			continue;
		check(r->name, "the time until all have all, in ms", (double)r->max_ms,
		    (double)b->max_ms);
		check(r->name, "writes a node", r->writes_mean, b->writes_mean);
		check(r->name, "bytes a node", r->bytes_mean, b->bytes_mean);
		check(r->name, "sessions a node", r->graph.sessions_mean, b->sessions_mean);
		check(r->name, "sessions of one node", r->graph.sessions_max, b->sessions_max);
		check(r->name, "hops", r->graph.hops_max, b->hops_max);
		check(r->name, "parts of the network", r->graph.parts, 1);
		check(r->name, "nodes that lack something", !r->is_converged, 0);
	}
}

static void give(const struct row *r)
{
	const struct graph *g = &r->graph;

	if (is_json) {
		printf(
		    "{\"situation\":\"%s\",\"nodes\":%u,\"records\":%llu,\"p50_ms\":%lld,\"p99_"
		    "ms\":%lld,"
		    "\"max_ms\":%lld,\"minutes\":%.1f,\"messages_mean\":%.0f,\"messages_max\":%llu,"
		    "\"bytes_mean\":%.0f,\"bytes_max\":%llu,\"sessions_mean\":%.1f,"
		    "\"sessions_p99\":%u,\"sessions_max\":%u,\"hops_mean\":%.2f,\"hops_max\":%u,"
		    "\"parts\":%u,\"converged\":%s,\"cpu_s\":%.1f}\n",
		    r->name, r->nodes, (unsigned long long)r->records, (long long)r->p50_ms,
		    (long long)r->p99_ms, (long long)r->max_ms, r->minutes, r->writes_mean,
		    (unsigned long long)r->writes_max, r->bytes_mean,
		    (unsigned long long)r->bytes_max, g->sessions_mean, g->sessions_most,
		    g->sessions_max, g->hops_mean, g->hops_max, g->parts,
		    r->is_converged ? "true" : "false", r->cpu_s);
	} else {
		printf("%-18s %5u %6llu %8.2f %8.2f %8.2f %8.1f %8.0f %8llu %9.1f %9.1f %6.1f %4u "
		       "%4u %5.2f %3u "
		       "%3u %3s %6.1f\n",
		    r->name, r->nodes, (unsigned long long)r->records, (double)r->p50_ms / 1e3,
		    (double)r->p99_ms / 1e3, (double)r->max_ms / 1e3, r->minutes, r->writes_mean,
		    (unsigned long long)r->writes_max, r->bytes_mean / 1e3,
		    (double)r->bytes_max / 1e3, g->sessions_mean, g->sessions_most, g->sessions_max,
		    g->hops_mean, g->hops_max, g->parts, r->is_converged ? "yes" : "NO", r->cpu_s);
	}
	if (is_checked)
		check_row(r);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct play play = {.plan = {.nodes = 127, .seed = 1}, .part = 1, .give = give};

	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		if (strcmp(argv[i], "--json") == 0)
			is_json = true;
		else if (strcmp(argv[i], "--check") == 0)
			is_checked = true;
		else if (strcmp(argv[i], "--told") == 0)
			play.is_told = true;
		else if (strcmp(argv[i], "--nodes") == 0 && ++i)
			play.plan.nodes = (unsigned)atoi(value) + 1;
		else if (strcmp(argv[i], "--seed") == 0 && ++i)
			play.plan.seed = (uint64_t)atoll(value);
		else if (strcmp(argv[i], "--outbound") == 0 && ++i)
			play.plan.outbound_per_mille = (unsigned)atoi(value);
		else if (strcmp(argv[i], "--part") == 0 && ++i)
			play.part = (unsigned)atoi(value);
		else if (strcmp(argv[i], "--only") == 0 && ++i)
			play.only = value;
		else
			return 2;
	}
	memo_begin(false);
	if (!is_json)
		printf("%-18s %5s %6s %8s %8s %8s %8s %8s %8s %9s %9s %6s %4s %4s %5s %3s %3s %3s "
		       "%6s\n",
		    "", "nodes", "recs", "p50 s", "p99 s", "max s", "minutes", "msgs", "max",
		    "kB/node", "max", "sess", "p99", "max", "hops", "max", "prt", "eq", "cpu s");
	if (is_checked)
		play.only = "founding idle publish partition newcomer outbound";
	play_all(&play);
	if (is_checked)
		printf("%u passed, %u failed\n", passed, failed);
	return failed > 0;
}
