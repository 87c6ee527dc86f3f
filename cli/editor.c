/* A temporary file and a child process. The file stays until editor_end, so that nothing typed is lost by a mistake. */
#include "cli/editor.h"

#include "cli/file.h"
#include "cli/lang.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_SIZE_MAX (1024u * 1024)

enum err editor_begin(struct editor *e, struct bytes text, struct why *why)
{
	const char *folder = getenv("TMPDIR");
	size_t done = 0;
	int fd;

	snprintf(
	    e->path, sizeof(e->path), "%s/commune-XXXXXX.md", folder && *folder ? folder : "/tmp");
	fd = mkstemps(e->path, 3);
	while (fd >= 0 && done < text.size) {
		ssize_t n = write(fd, text.data + done, text.size - done);

		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	if (fd < 0 || close(fd) || done < text.size)
		return why_set(why, ERR_IO, "%s: %s", e->path, strerror(errno));
	return ERR_NONE;
}

static const char *program(void)
{
	const char *name = getenv("VISUAL");

	if (!name || !*name)
		name = getenv("EDITOR");
	return name && *name ? name : "editor";
}

/* As git does it: the shell takes the variable apart, so that it may hold arguments. */
static int run(const char *path)
{
	struct sigaction ignored = {.sa_handler = SIG_IGN}, interrupted, quit;
	char *command = NULL;
	int status = -1;
	pid_t child;

	if (asprintf(&command, "%s \"$@\"", program()) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", command, program(), path, (char *)NULL);
		_exit(127);
	}
	free(command);
	/* Ctrl-C is the editor's; what was typed must not be left behind by it. */
	sigaction(SIGINT, &ignored, &interrupted);
	sigaction(SIGQUIT, &ignored, &quit);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGINT, &interrupted, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

enum err editor_open(struct editor *e, struct writer *out, struct why *why)
{
	int status = run(e->path);

	if (status)
		return why_set(why, ERR_IO,
		    _("the editor '%s' failed (%d); set EDITOR, or use --file"), program(), status);
	return file_read(out, e->path, TEXT_SIZE_MAX, why);
}

void editor_end(struct editor *e)
{
	unlink(e->path);
}
