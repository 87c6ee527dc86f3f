/* Writes log lines. Each is one write, so that lines of several threads do not mix. */
#include "daemon/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE 1024

void log_line(enum log_level level, const char *format, ...)
{
	static const char *const names[] = {"info", "warning", "error"};
	char line[LINE_SIZE];
	struct timespec now;
	struct tm utc;
	va_list args;
	size_t used, size;
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	used = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &utc);
	used += (size_t)snprintf(
	    line + used, sizeof(line) - used, ".%03ldZ %s: ", now.tv_nsec / 1000000, names[level]);
	va_start(args, format);
	n = vsnprintf(line + used, sizeof(line) - used - 1, format, args);
	va_end(args);
	size = n < 0 ? used : used + (size_t)n;
	if (size > sizeof(line) - 2)
		size = sizeof(line) - 2;
	for (size_t i = used; i < size; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[size++] = '\n';
	/* With stderr gone there is nobody left to tell. */
	ssize_t written = write(STDERR_FILENO, line, size);
	(void)written;
}
