/* The node's side of the signer: starts it, asks it, notices its end. It decides that a signer that is gone is a lock in doubt. */
#include "daemon/signer.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/config.h"
#include "daemon/log.h"
#include "daemon/signer_msg.h"

static enum err exchange(
    struct signer *signer, struct bytes out, struct signer_answer *answer, struct why *why)
{
	uint8_t in[SIGNER_MSG_MAX];
	ssize_t size;

	do
		size = send(signer->fd, out.data, out.size, MSG_NOSIGNAL);
	while (size < 0 && errno == EINTR);
	if (size != (ssize_t)out.size)
		return why_set(why, ERR_COMMIT, "the signer has ended: nothing can be signed");
	do
		size = recv(signer->fd, in, sizeof(in), 0);
	while (size < 0 && errno == EINTR);
	if (size <= 0 || signer_answer_decode(answer, bytes_of(in, (size_t)size)))
		return why_set(why, ERR_COMMIT,
		    "the signer has ended: whether the last head is in head.lock is not known");
	return ERR_NONE;
}

static enum err ask(struct signer *signer, enum signer_ask what, const struct signing *signing,
    struct signer_answer *answer, struct why *why)
{
	struct writer out = {0};
	enum err err;

	signer_ask_encode(&out, what, signing);
	err = out.err ? out.err : exchange(signer, writer_view(&out), answer, why);
	writer_release(&out);
	if (!err && answer->err)
		err = why_set(why, answer->err, "%s", answer->text);
	return err;
}

enum err signer_ask(
    struct signer *signer, const struct signing *asked, struct sig *sig, struct why *why)
{
	struct signer_answer answer;
	enum err err =
	    ask(signer, asked->is_signing ? SIGNER_SIGN : SIGNER_LOCK, asked, &answer, why);

	if (!err && answer.has_sig != asked->is_signing)
		err = why_set(why, ERR_COMMIT, "the signer answers something else");
	if (!err && asked->is_signing)
		*sig = answer.sig;
	return err;
}

static enum err hook(void *context, const struct signing *asked, struct sig *sig, struct why *why)
{
	return signer_ask(context, asked, sig, why);
}

enum err signer_begin(struct signer *signer, struct why *why)
{
	struct signer_answer answer;
	enum err err = ask(signer, SIGNER_BEGIN, NULL, &answer, why);

	if (!err && answer.text[0])
		log_line(
		    LEVEL_WARNING, "the signer keeps more power than it should: %s", answer.text);
	return err;
}

enum err signer_start(struct signer *signer, const struct config *config, struct why *why)
{
	int ends[2];

	*signer = (struct signer){.fd = -1, .pid = -1, .hook = {hook, signer}};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return why_set(why, ERR_IO, "no socket for the signer: %s", strerror(errno));
	signer->pid = fork();
	if (signer->pid == 0) {
		close(ends[0]);
		_exit(signer_run(ends[1], config));
	}
	close(ends[1]);
	signer->fd = ends[0];
	if (signer->pid < 0) {
		close(ends[0]);
		signer->fd = -1;
		return why_set(why, ERR_IO, "no process for the signer: %s", strerror(errno));
	}
	return ERR_NONE;
}

bool signer_has_ended(const struct signer *signer)
{
	int status;

	return signer->pid > 0 && waitpid(signer->pid, &status, WNOHANG) != 0;
}

void signer_stop(struct signer *signer)
{
	if (signer->fd >= 0)
		close(signer->fd);
	if (signer->pid > 0)
		waitpid(signer->pid, NULL, 0);
	*signer = (struct signer){.fd = -1, .pid = -1};
}
