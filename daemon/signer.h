/* The process that alone holds log key and head.lock (SIGNER.md). It is forked before anything else is opened, reads its keys
 * itself, and from then on answers one question: may this checkpoint be signed, and if so, here is the signature.
 *
 *     signer_start(&signer, config, &why);           no database, no thread yet
 *     store_open(home, {.signer = signer_hook(&signer)}, &why);
 *     signer_begin(&signer, &why);                   now that the home is ours
 *
 * signer_stop closes the socket, which ends it; so does the end of the parent, however it comes. */
#ifndef DAEMON_SIGNER_H
#define DAEMON_SIGNER_H

#include <sys/types.h>

#include "store/store.h"

struct config;

struct signer {
	int fd;
	pid_t pid;
	struct store_signer hook;
};

enum err signer_start(struct signer *signer, const struct config *config, struct why *why);
/* The signer reads head.lock and keys and gives up what it does not need any more. gap: see sandbox.h. */
enum err signer_begin(struct signer *signer, struct why *why);
/* One request, one answer; the thread that applies changes asks. ERR_COMMIT when the signer is gone. */
enum err signer_ask(
    struct signer *signer, const struct signing *asked, struct sig *sig, struct why *why);
/* Whether the process has ended; it does so by itself only when something is wrong. */
bool signer_has_ended(const struct signer *signer);
void signer_stop(struct signer *signer);

/* The signer's side: runs until the socket is closed. */
int signer_run(int fd, const struct config *config);

#endif
