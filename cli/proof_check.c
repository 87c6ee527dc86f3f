/* Checks proofs. It decides in which order what follows from what: genesis -> network id -> keeper
 * -> entries -> member key -> log -> checkpoint -> record -> payload. Nothing of the document is
 * believed that is not led back to the id. */
#include "cli/proof_check.h"

#include "cli/lang.h"
#include "cli/proof_part.h"
#include "proto/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND_ROSTER_ENTRY 3
#define KIND_LOG_OPEN 0

struct check {
	struct bytes doc;
	const struct hash *asked;
	struct hash network;
	bool is_network; /* the id is known and what is said under it may count */
	struct roster *roster;
	bool is_roster;
	struct checkpoint cp;
	bool is_checkpoint;
	struct proof_part record;
	struct log_open open;
	struct proof_part open_part;
	bool is_log;
	bool is_all;
	proof_claim_fn *tell;
	void *context;
};

static void claim(struct check *c, const char *name, const struct why *why, const char *because)
{
	bool is_proven = why->err == ERR_NONE;

	if (!is_proven)
		c->is_all = false;
	c->tell(c->context, name, is_proven,
	    is_proven	   ? because
	    : why->text[0] ? why->text
			   : _(err_text(why->err)));
}

/* A hash of the document in hex. */
static bool hex_field(struct bytes doc, const char *field, struct hash *out)
{
	struct bytes text = proof_text(doc, field);

	return hex_decode(out->b, HASH_SIZE, (const char *)text.data, text.size);
}

/* The id is the leaf hash of the genesis, and the genesis counts. */
static void check_network(struct check *c)
{
	struct proof_part genesis = {0};
	struct why why = {0};
	struct reader r;

	reader_init(&r, mp_get(c->doc, "roster"));
	if (mp_peek(&r) != MP_ARRAY || mp_array(&r) == 0)
		why_set(&why, ERR_PROOF, _("the proof holds no entry of the roster"));
	else if (!hex_field(c->doc, "network", &c->network))
		why_set(&why, ERR_FORMAT, _("the proof names no network"));
	else if (c->asked && !hash_equal(c->asked, &c->network))
		why_set(&why, ERR_NETWORK,
		    _("the proof is about another network than the one asked for"));
	else if (!proof_part_read(&genesis, mp_raw(&r), &why)) {
		if (genesis.index != 0 || !hash_equal(&genesis.leaf_hash, &c->network))
			why_set(&why, ERR_HASH,
			    _("the hash of the genesis is not the id of the network"));
		else if (!proof_part_payload(&genesis, &why))
			roster_apply(c->roster, &genesis.header, &genesis.leaf_hash,
			    proof_payload(&genesis), false, &why);
	}
	c->is_network = why.err == ERR_NONE;
	claim(c, "network", &why,
	    c->asked ? _("the hash of the genesis is the id that was asked for")
		     : _("the hash of the genesis is the id; compare it with one that you know, or "
			 "say --network"));
	proof_part_release(&genesis);
}

/* Every entry lies in the roster under a checkpoint of its keeper, in order, and counts. */
static void check_entry(
    struct check *c, struct bytes map, bool is_first, uint64_t *last, struct why *why)
{
	struct proof_part part = {0};
	struct checkpoint cp;
	struct hash network;
	enum err err = proof_part_read(&part, map, why);

	if (!err)
		err = checkpoint_open(&cp, &network, part.checkpoint);
	if (err)
		why_set(why, err, _("a checkpoint of the roster: %s"), err_text(err));
	else if (!hash_equal(&network, &c->network) ||
		 !key_equal(&cp.log, roster_keeper(c->roster)))
		why_set(why, ERR_SIGNATURE, _("a checkpoint of the roster is not its keeper's"));
	else if (proof_part_included(&part, &cp, why) || proof_part_payload(&part, why))
		why_set(why, ERR_PROOF, "%s", err_text(ERR_PROOF));
	else if (part.header.kind != KIND_ROSTER_ENTRY || (!is_first && part.index <= *last))
		why_set(why, ERR_FORMAT, _("the entries of the roster are out of order"));
	else if (!is_first)
		roster_apply(
		    c->roster, &part.header, &part.leaf_hash, proof_payload(&part), false, why);
	*last = part.index;
	proof_part_release(&part);
}

static void check_roster(struct check *c)
{
	struct why why = {0};
	struct reader r;
	uint32_t count;
	uint64_t last = 0;
	char because[160];

	reader_init(&r, mp_get(c->doc, "roster"));
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	if (!c->is_network)
		why_set(&why, ERR_PROOF, _("the network is not proven"));
	for (uint32_t i = 0; i < count && !why.err; i++)
		check_entry(c, mp_raw(&r), i == 0, &last, &why);
	c->is_roster = why.err == ERR_NONE;
	snprintf(because, sizeof(because),
	    ngettext("%u entry, approved by the coordinators, under a checkpoint of the keeper",
		"%u entries, approved by the coordinators, under a checkpoint of the keeper",
		count),
	    count);
	claim(c, "roster", &why, because);
}

static void check_checkpoint(struct check *c)
{
	struct bytes origin = proof_text(c->doc, "origin");
	struct bytes vkey = proof_text(c->doc, "vkey");
	char own[CHECKPOINT_ORIGIN_SIZE + 1];
	struct writer own_vkey = {0};
	struct why why = {0};
	struct hash network;
	char because[120];
	enum err err = checkpoint_open(&c->cp, &network, proof_text(c->doc, "checkpoint"));

	if (err)
		why_set(&why, err, _("the checkpoint: %s"), err_text(err));
	else if (!c->is_network || !hash_equal(&network, &c->network))
		why_set(&why, ERR_NETWORK, _("the checkpoint is not of this network"));
	else {
		checkpoint_origin(own, &network, &c->cp.log);
		checkpoint_vkey(&own_vkey, &network, &c->cp.log);
		if (!bytes_equal(origin, bytes_str(own)) ||
		    !bytes_equal(vkey, writer_view(&own_vkey)))
			why_set(
			    &why, ERR_FORMAT, _("origin or vkey are not those of the checkpoint"));
	}
	c->is_checkpoint = why.err == ERR_NONE;
	snprintf(because, sizeof(because),
	    ngettext("the log key signed a log of %llu record",
		"the log key signed a log of %llu records", (unsigned long)c->cp.size),
	    (unsigned long long)c->cp.size);
	claim(c, "checkpoint", &why, because);
	writer_release(&own_vkey);
}

/* "chefchaouen/3" or "chefchaouen.2/3" must name this member, log and index. */
static void check_ref(const struct check *c, struct why *why)
{
	char expected[CODE_SIZE_MAX + 48];
	struct bytes ref = proof_text(c->doc, "ref");

	snprintf(expected, sizeof(expected), "%s/%llu", c->open.member,
	    (unsigned long long)c->record.index);
	if (c->open.number == 1 && bytes_equal(ref, bytes_str(expected)))
		return;
	snprintf(expected, sizeof(expected), "%s.%u/%llu", c->open.member, c->open.number,
	    (unsigned long long)c->record.index);
	if (!bytes_equal(ref, bytes_str(expected)))
		why_set(why, ERR_FORMAT, _("the record is not the one that \"ref\" names"));
}

static void check_log(struct check *c)
{
	struct why why = {0};
	char because[160];
	enum err err;

	if (!c->is_checkpoint)
		why_set(&why, ERR_PROOF, _("the checkpoint is not proven"));
	else if (!proof_part_read(&c->open_part, mp_get(c->doc, "log_open"), &why) &&
		 !proof_part_included(&c->open_part, &c->cp, &why) &&
		 !proof_part_payload(&c->open_part, &why)) {
		err = log_open_decode(&c->open, proof_payload(&c->open_part));
		if (!err)
			err = log_open_verify(&c->open, &c->network);
		if (err)
			why_set(&why, err, _("the opening of the log: %s"), err_text(err));
		else if (c->open_part.index != 0 || c->open_part.header.kind != KIND_LOG_OPEN ||
			 !key_equal(&c->open.key, &c->cp.log))
			why_set(&why, ERR_FORMAT, _("leaf 0 does not open this log"));
		else
			check_ref(c, &why);
	}
	c->is_log = why.err == ERR_NONE;
	snprintf(because, sizeof(because), _("leaf 0 is certified by the member key of %s"),
	    c->open.member);
	claim(c, "log", &why, because);
}

static void check_member(struct check *c)
{
	struct why why = {0};
	struct log_cut cut = {0};
	char because[160];

	if (!c->is_roster || !c->is_log)
		why_set(&why, ERR_PROOF, _("the roster or the log is not proven"));
	else if (!roster_admits(c->roster, &c->open, &cut, &why) && cut.is_cut &&
		 c->record.index >= cut.size)
		why_set(&why, ERR_CUT, "%s", _(err_text(ERR_CUT)));
	snprintf(because, sizeof(because), _("the roster admits the key of %s"), c->open.member);
	claim(c, "member", &why, because);
}

static void check_record(struct check *c)
{
	struct why why = {0};
	char because[160];

	if (!proof_part_read(&c->record, c->doc, &why) && !c->is_checkpoint)
		why_set(&why, ERR_PROOF, _("the checkpoint is not proven"));
	if (!why.err)
		proof_part_included(&c->record, &c->cp, &why);
	snprintf(because, sizeof(because), _("leaf %llu of the log"),
	    (unsigned long long)c->record.index);
	claim(c, "record", &why, because);
}

static void check_payload(struct check *c)
{
	struct why why = {0};

	if (!c->record.is_read)
		why_set(&why, ERR_PROOF, _("the record is not proven"));
	else
		proof_part_payload(&c->record, &why);
	claim(c, "payload", &why, _("it matches the commitment in the record"));
}

static void check_consistency(struct check *c)
{
	struct proof_growth growth = {0};
	struct why why = {0};
	char because[160];

	proof_growth_check(&growth, c->doc, &why);
	snprintf(because, sizeof(because),
	    _("the first %llu of %llu records are the same in both; compare the roots with "
	      "signed checkpoints"),
	    (unsigned long long)growth.old_size, (unsigned long long)growth.size);
	claim(c, "consistency", &why, because);
}

bool proof_check(struct bytes doc, const struct hash *network, proof_claim_fn *tell, void *context)
{
	struct check *c = calloc(1, sizeof(*c));
	bool is_all;

	if (proof_is_fork(doc)) {
		free(c);
		return proof_fork_check(doc, network, tell, context);
	}
	if (!c)
		return false;
	c->doc = doc;
	c->asked = network;
	c->tell = tell;
	c->context = context;
	c->is_all = true;
	c->roster = roster_new();
	if (!c->roster) {
		free(c);
		return false;
	}
	if (mp_get(doc, "old").size) {
		check_consistency(c);
	} else {
		check_network(c);
		check_roster(c);
		check_checkpoint(c);
		check_record(c);
		check_log(c);
		check_member(c);
		check_payload(c);
	}
	roster_free(c->roster);
	proof_part_release(&c->record);
	proof_part_release(&c->open_part);
	is_all = c->is_all;
	free(c);
	return is_all;
}
