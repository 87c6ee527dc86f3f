/* Checks evidence: two checkpoints that one log key signed and that cannot both be true. It decides what each part of the
 * document proves; whose log it is follows from the certificate in its opening, if that is there. PROTOCOL.md
 * sections 9 and 12. */
#include "cli/proof_check.h"

#include "cli/lang.h"
#include "cli/proof_part.h"
#include "proto/log_open.h"
#include "proto/msg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fork {
	struct bytes doc;
	struct hash network, network_second;
	struct msg_evidence m;
	bool is_first, is_second;
	bool is_all;
	proof_claim_fn *tell;
	void *context;
};

static void claim(struct fork *f, const char *name, const struct why *why, const char *because)
{
	bool is_proven = why->err == ERR_NONE;

	f->is_all = f->is_all && is_proven;
	f->tell(f->context, name, is_proven,
	    is_proven	   ? because
	    : why->text[0] ? why->text
			   : _(err_text(why->err)));
}

static bool check_checkpoint(
    struct fork *f, const char *name, struct checkpoint *cp, struct hash *network)
{
	struct why why = {0};
	char because[120];
	enum err err = checkpoint_open(cp, network, proof_text(f->doc, name));

	if (err)
		why_set(&why, err, _("the checkpoint: %s"), err_text(err));
	snprintf(because, sizeof(because),
	    ngettext("the log key signed a log of %llu record",
		"the log key signed a log of %llu records", (unsigned long)cp->size),
	    (unsigned long long)cp->size);
	claim(f, name, &why, because);
	return err == ERR_NONE;
}

/* Nothing here leads from the id to the key; that both are of one network is in what was signed. */
static void check_network(struct fork *f, const struct hash *asked)
{
	struct bytes text = proof_text(f->doc, "network");
	struct hash named;
	struct why why = {0};

	if (!f->is_first || !f->is_second)
		why_set(&why, ERR_PROOF, _("the checkpoint is not proven"));
	else if (!hex_decode(named.b, HASH_SIZE, (const char *)text.data, text.size))
		why_set(&why, ERR_FORMAT, _("the proof names no network"));
	else if (!hash_equal(&f->network, &named) || !hash_equal(&f->network_second, &named))
		why_set(&why, ERR_NETWORK, _("the checkpoint is not of this network"));
	else if (asked && !hash_equal(asked, &named))
		why_set(&why, ERR_NETWORK,
		    _("the proof is about another network than the one asked for"));
	claim(f, "network", &why,
	    asked ? _("both checkpoints are of the network that was asked for")
		  : _("both checkpoints are of this network; compare its id with one that you "
		      "know, or say "
		      "--network"));
}

static void check_key(struct fork *f)
{
	char own[CHECKPOINT_ORIGIN_SIZE + 1];
	struct writer vkey = {0};
	struct why why = {0};

	checkpoint_origin(own, &f->network, &f->m.a.log);
	checkpoint_vkey(&vkey, &f->network, &f->m.a.log);
	if (!f->is_first || !f->is_second)
		why_set(&why, ERR_PROOF, _("the checkpoint is not proven"));
	else if (!key_equal(&f->m.a.log, &f->m.b.log))
		why_set(&why, ERR_PROOF, _("the two checkpoints are of two logs"));
	else if (!bytes_equal(proof_text(f->doc, "origin"), bytes_str(own)) ||
		 !bytes_equal(proof_text(f->doc, "vkey"), writer_view(&vkey)))
		why_set(&why, ERR_FORMAT, _("origin or vkey are not those of the checkpoint"));
	claim(f, "key", &why, _("one log key signed both"));
	writer_release(&vkey);
}

static void check_fork(struct fork *f)
{
	struct why why = {0};
	char because[240];
	unsigned long long a = f->m.a.size, b = f->m.b.size;

	if (!f->is_first || !f->is_second)
		why_set(&why, ERR_PROOF, _("the checkpoint is not proven"));
	else if (proof_fork_read(f->doc, f->m.proof, &f->m.proof_count, &why))
		f->m.proof_count = 0;
	else if (msg_evidence_verify(&f->m, &f->network))
		why_set(&why, ERR_PROOF, _("both checkpoints may be of one history"));
	if (a == b)
		snprintf(because, sizeof(because),
		    ngettext("two logs of %llu record that differ: two histories",
			"two logs of %llu records that differ: two histories", (unsigned long)a),
		    a);
	else
		snprintf(because, sizeof(because),
		    _("the log of %llu records did not begin with the one of %llu records: two "
		      "histories"),
		    b, a);
	claim(f, "fork", &why, because);
}

/* Left out where nobody held it: the key has signed twice, whosever it is. */
static void check_log(struct fork *f)
{
	struct bytes text = proof_text(f->doc, "log_open");
	struct writer payload = {0};
	struct log_open open;
	struct why why = {0};
	char because[160];
	enum err err;

	if (!text.size)
		return;
	if (!proof_unbase64(&payload, text))
		err = ERR_FORMAT;
	else if (!(err = log_open_decode(&open, writer_view(&payload))))
		err = log_open_verify(&open, &f->network);
	if (err)
		why_set(&why, err, _("the opening of the log: %s"), err_text(err));
	else if (!f->is_first || !key_equal(&open.key, &f->m.a.log))
		why_set(&why, ERR_FORMAT, _("leaf 0 does not open this log"));
	else if (!bytes_equal(proof_text(f->doc, "member"), bytes_str(open.member)))
		why_set(&why, ERR_FORMAT, _("the log is not of the member that is named"));
	snprintf(because, sizeof(because), _("leaf 0 is certified by the member key of %s"),
	    err ? "" : open.member);
	claim(f, "log", &why, because);
	writer_release(&payload);
}

bool proof_is_fork(struct bytes doc)
{
	return mp_get(doc, "first").size && mp_get(doc, "second").size;
}

bool proof_fork_check(
    struct bytes doc, const struct hash *network, proof_claim_fn *tell, void *context)
{
	struct fork *f = calloc(1, sizeof(*f));
	bool is_all;

	if (!f)
		return false;
	f->doc = doc;
	f->tell = tell;
	f->context = context;
	f->is_all = true;
	f->is_first = check_checkpoint(f, "first", &f->m.a, &f->network);
	f->is_second = check_checkpoint(f, "second", &f->m.b, &f->network_second);
	f->m.log = f->m.a.log;
	check_network(f, network);
	check_key(f);
	check_fork(f);
	check_log(f);
	is_all = f->is_all;
	free(f);
	return is_all;
}
