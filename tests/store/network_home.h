/* The network of a home that its daemon has opened once and left: what its coordinator may go on to admit, with the keys
 * of the home. */
#ifndef TESTS_STORE_NETWORK_HOME_H
#define TESTS_STORE_NETWORK_HOME_H

#include "proto/home.h"
#include "proto/keyfile.h"
#include "tests/store/network.h"

static inline void network_key(
    const char *home, const char *name, enum keyfile_purpose purpose, struct pair *pair)
{
	uint8_t bytes[4096];
	char path[4400];
	struct why why = {0};
	size_t size;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", home, name);
	f = fopen(path, "rb");
	assert_non_null(f);
	size = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	if (keyfile_decode(bytes_of(bytes, size), purpose, (struct bytes){0}, &pair->pk, &pair->sk,
		&why) != ERR_NONE)
		fail_msg("%s: %s", path, why.text);
}

static inline void network_load(struct network *net, struct bytes body)
{
	struct record record;
	struct why why = {0};
	struct hash leaf;
	struct reader r;

	reader_init(&r, body);
	while (r.at < r.end && record_read(&record, &r) == ERR_NONE) {
		tree_leaf_hash(&leaf, record.raw_header);
		assert_int_equal(
		    roster_apply(net->rules, &record.header, &leaf, record.payload, true, &why),
		    ERR_NONE);
	}
}

static inline void network_open(struct network *net, const char *home)
{
	struct writer dump = {0};
	struct why why = {0};
	struct change change;
	struct reader r;

	net->store = store_open(home, NULL, &why);
	if (!net->store)
		fail_msg("%s: %s", home, why.text);
	network_key(home, HOME_KEY_MEMBER, KEYFILE_MEMBER, &net->coordinator);
	network_key(home, HOME_KEY_ROSTER, KEYFILE_LOG, &net->keeper);
	net->rules = roster_new();
	assert_int_equal(store_dump(net->store, &dump, &why), ERR_NONE);
	reader_init(&r, writer_view(&dump));
	while (change_next(&change, &r)) {
		if (change.op == CHANGE_LOG && change.log.number == 0)
			net->roster.log = change.log;
		if (change.op == CHANGE_APPEND && key_equal(&change.append.key, &net->keeper.pk)) {
			network_load(net, change.append.body);
			net->roster.frontier = change.append.frontier;
		}
		if (change.op == CHANGE_TREE && key_equal(&change.tree.key, &net->keeper.pk))
			net->roster.frontier = change.tree.frontier;
	}
	net->id = *roster_network(net->rules);
	writer_release(&dump);
}

#endif
