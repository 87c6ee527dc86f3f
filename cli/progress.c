/* Bars for people who wait. In a pipe nothing is written at all. */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DRAW_MS 100
#define BAR_WIDTH 30

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_init(struct progress *p, const char *what, unsigned long long total)
{
	memset(p, 0, sizeof(*p));
	p->what = what;
	p->total = total;
	p->is_shown = isatty(STDERR_FILENO);
	p->drawn_ms = now_ms();
}

static void draw(struct progress *p, unsigned long long done)
{
	int filled = (int)(done * BAR_WIDTH / p->total);
	char bar[BAR_WIDTH + 1];

	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR_WIDTH] = 0;
	fprintf(stderr, "\r\033[K%s [%s] %llu/%llu", p->what, bar, done, p->total);
}

void progress_set(struct progress *p, unsigned long long done)
{
	/* Of one thing there is no part to be shown. */
	if (!p->is_shown || p->total == 1 || now_ms() - p->drawn_ms < DRAW_MS)
		return;
	p->drawn_ms = now_ms();
	p->is_drawn = true;
	if (p->total)
		draw(p, done < p->total ? done : p->total);
	else
		fprintf(stderr, "\r\033[K%s %c", p->what, "|/-\\"[p->turn++ % 4]);
}

void progress_end(struct progress *p)
{
	if (p->is_drawn)
		fputs("\r\033[K", stderr);
	p->is_drawn = false;
}
