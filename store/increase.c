/* The newest append of an own log as the subtrees it is made of. It decides where the nodes of a proof come from; what the
 * proof is good for is the signer's to judge. */
#include "store/increase.h"

#include <string.h>

void increase_begin(struct increase *g, const struct key *log, const struct frontier *before)
{
	g->log = *log;
	g->before = *before;
	g->after = *before;
	g->count = 0;
}

/* Two neighbours of one level that begin on an even place are one of the next. */
void increase_append(struct increase *g, const struct hash *leaf)
{
	struct increase_node node = {0, g->after.size++, *leaf};

	while (g->count > 0 && node.index % 2 == 1 && g->nodes[g->count - 1].level == node.level) {
		tree_node_hash(&node.hash, &g->nodes[--g->count].hash, &node.hash);
		node.level++;
		node.index /= 2;
	}
	g->nodes[g->count++] = node;
}

void increase_end(struct increase *g)
{
	g->after = g->before;
	for (unsigned i = 0; i < g->count; i++)
		frontier_append_subtree(&g->after, g->nodes[i].level, &g->nodes[i].hash);
}

static bool find_peak(const struct frontier *f, unsigned level, uint64_t index, struct hash *out)
{
	unsigned at = 0;

	if (!(f->size >> level & 1) || index != (f->size >> level) - 1)
		return false;
	for (unsigned l = TREE_LEVELS; l-- > level + 1;)
		at += (unsigned)(f->size >> l & 1);
	*out = f->hashes[at];
	return true;
}

static enum err remembered(void *context, unsigned level, uint64_t index, struct hash *out)
{
	const struct increase *g = context;

	if (find_peak(&g->before, level, index, out))
		return ERR_NONE;
	for (unsigned i = 0; i < g->count; i++)
		if (g->nodes[i].level == level && g->nodes[i].index == index) {
			*out = g->nodes[i].hash;
			return ERR_NONE;
		}
	return ERR_UNKNOWN;
}

static enum err prove_stored(struct env *env, const struct key *log, uint64_t base, uint64_t size,
    struct hash *proof, size_t *count)
{
	struct tree_source *source = NULL;
	struct tree_nodes nodes;
	struct log_row row;
	struct txn t;
	enum err err;

	txn_begin(&t, env, TXN_READ);
	if (!log_row_get(&t, log, &row) || row.frontier.size < size)
		err = ERR_UNKNOWN;
	else if (!(source = tree_source_new(&t, &row)))
		err = ERR_MEMORY;
	else {
		nodes = tree_source_nodes(source);
		err = tree_consistency_prove(&nodes, base, size, proof, count);
	}
	tree_source_free(source);
	t.err = ERR_NONE; /* what was found is said by err; the transaction wrote nothing */
	txn_end(&t, NULL);
	return err;
}

enum err increase_prove(const struct increase *g, struct env *env, const struct key *log,
    uint64_t base, uint64_t size, struct hash *proof, size_t *count)
{
	struct tree_nodes nodes = {remembered, (void *)(uintptr_t)g};

	*count = 0;
	if (base == 0 || base == size)
		return ERR_NONE;
	if (key_equal(&g->log, log) && g->before.size == base && g->after.size == size &&
	    tree_consistency_prove(&nodes, base, size, proof, count) == ERR_NONE)
		return ERR_NONE;
	return prove_stored(env, log, base, size, proof, count);
}
