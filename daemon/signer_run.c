/* The signer's process: its keys, its lock file, one question at a time. It knows nothing of peers, records or the database, and
 * trusts nothing that it is told: proto/signing.h has the rule. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/config.h"
#include "daemon/log.h"
#include "daemon/sandbox.h"
#include "daemon/signer.h"
#include "daemon/signer_msg.h"
#include "store/head_lock.h"

/* The member's log and, on the keeper, the roster's. */
#define SIGNER_KEYS_MAX 2

struct desk {
	const struct config *config;
	struct head_lock lock;
	struct {
		struct key pk;
		struct seckey sk;
	} keys[SIGNER_KEYS_MAX];
	unsigned key_count;
	bool has_begun;
};

static const struct seckey *key_of(const struct desk *desk, const struct key *log)
{
	for (unsigned i = 0; i < desk->key_count; i++)
		if (key_equal(&desk->keys[i].pk, log))
			return &desk->keys[i].sk;
	return NULL;
}

static enum err begin(struct desk *desk, struct signer_answer *answer, struct why *why)
{
	const struct config *config = desk->config;
	enum err err;

	if (desk->has_begun)
		return why_set(why, ERR_STATE, "the signer has begun already");
	err = config_log_key(config, &desk->keys[0].pk, &desk->keys[0].sk, why);
	if (!err && config->home.is_keeper)
		err = config_roster_key(config, &desk->keys[1].pk, &desk->keys[1].sk, why);
	if (!err)
		err = head_lock_open(&desk->lock, config->home_path, NULL, NULL, true, why);
	if (err)
		return err;
	desk->key_count = config->home.is_keeper ? 2 : 1;
	desk->has_begun = true;
	tzset(); /* log_line asks for it, and it reads a file the first time */
	sandbox_signer(answer->text);
	return ERR_NONE;
}

static enum err sign(
    struct desk *desk, const struct signing *asked, struct signer_answer *answer, struct why *why)
{
	struct checkpoint cp = {.log = asked->log, .size = asked->size, .root = asked->root};
	const struct seckey *sk = key_of(desk, &asked->log);
	enum err err;

	if (!desk->has_begun)
		return why_set(why, ERR_STATE, "the signer has not begun");
	if (!sk)
		return why_set(why, ERR_UNKNOWN, "this is no log of this node");
	/* First what nothing may be signed behind, then the signature. */
	if ((err = head_lock_write(&desk->lock, asked, why)) || !asked->is_signing)
		return err;
	if ((err = checkpoint_sign(&cp, &desk->config->home.network, sk)))
		return err;
	answer->has_sig = true;
	answer->sig = cp.sig;
	return ERR_NONE;
}

static void answer_one(struct desk *desk, struct bytes in, struct signer_answer *answer)
{
	enum signer_ask ask = SIGNER_BEGIN;
	struct signing asked;
	struct why why = {0};

	*answer = (struct signer_answer){0};
	answer->err = signer_ask_decode(&ask, &asked, in);
	if (answer->err)
		why_set(&why, answer->err, "this is no request to a signer");
	else if (ask == SIGNER_BEGIN)
		answer->err = begin(desk, answer, &why);
	else
		answer->err = sign(desk, &asked, answer, &why);
	if (!answer->err)
		return;
	snprintf(answer->text, sizeof(answer->text), "%.*s", SIGNER_TEXT_MAX,
	    why.text[0] ? why.text : err_text(answer->err));
	if (desk->has_begun)
		log_line(LEVEL_WARNING, "signer: not signed: %s", answer->text);
}

static void leave(struct desk *desk)
{
	seal_wipe(desk->keys, sizeof(desk->keys));
	head_lock_close(&desk->lock);
}

int signer_run(int fd, const struct config *config)
{
	static struct desk desk;
	struct signer_answer answer;
	uint8_t in[SIGNER_MSG_MAX + 1];
	struct writer out = {0};
	bool is_open = true;
	ssize_t size;

	/* Who stops the node stops it with the socket; a key pressed at its terminal reaches both. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_NAME, "signer", 0, 0, 0);
	desk = (struct desk){.config = config, .lock.fd = -1};
	while (is_open) {
		size = recv(fd, in, sizeof(in), 0);
		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			break;
		answer_one(&desk, bytes_of(in, (size_t)size), &answer);
		writer_clear(&out);
		signer_answer_encode(&out, &answer);
		is_open = !out.err && send(fd, out.data, out.size, MSG_NOSIGNAL) > 0;
	}
	writer_release(&out);
	leave(&desk);
	return 0;
}
