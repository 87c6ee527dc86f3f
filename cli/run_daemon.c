/* Starts communed, waits for its end, keeps its last line. Knows nothing of what it does. */
#include "cli/run_daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Does not return. */
static void become(const char *home, const char *option, int out)
{
	char path[PATH_MAX + 16];
	ssize_t size = readlink("/proc/self/exe", path, PATH_MAX);
	int null = open("/dev/null", O_RDWR);
	char *slash;

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	path[size > 0 ? size : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash) {
		snprintf(slash + 1, 16, "communed");
		execl(path, path, "--home", home, option, (char *)NULL);
	}
	execlp("communed", "communed", "--home", home, option, (char *)NULL);
	dprintf(STDERR_FILENO, "communed: %s\n", strerror(errno));
	_exit(127);
}

/* 2026-01-31T12:00:00.000Z error: text */
static void keep_last(struct why *said, char *text)
{
	size_t size = strlen(text);
	const char *line, *colon;

	while (size && text[size - 1] == '\n')
		text[--size] = '\0';
	line = strrchr(text, '\n');
	line = line ? line + 1 : text;
	colon = strstr(line, ": ");
	if (colon)
		why_set(said, ERR_REFUSED, "%s", colon + 2);
}

int run_daemon(const char *home, const char *option, struct why *said)
{
	char text[4096] = "";
	size_t size = 0;
	ssize_t got;
	int ends[2], status = -1;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	child = fork();
	if (child == 0)
		become(home, option, ends[1]);
	close(ends[1]);
	/* Of more than fits the beginning is forgotten: the last line counts. */
	while (child > 0 && (got = read(ends[0], text + size, sizeof(text) - 1 - size)) != 0) {
		if (got < 0 && errno != EINTR)
			break;
		size += got > 0 ? (size_t)got : 0;
		if (size == sizeof(text) - 1) {
			memmove(text, text + size / 2, size - size / 2);
			size -= size / 2;
		}
	}
	close(ends[0]);
	text[size] = '\0';
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	keep_last(said, text);
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 127 ? WEXITSTATUS(status)
									    : -1;
}
