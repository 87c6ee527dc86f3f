/* The daemon's log: one line on stderr for each thing worth knowing, with time and level. What a
 * peer sent is shown with control characters replaced, so that a line stays a line. Callers keep
 * secrets out. */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

enum log_level { LEVEL_INFO, LEVEL_WARNING, LEVEL_ERROR };

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
