/* Narrow terminals. Decides what gives way first: long texts, headings, whole columns that say again what others say,
 * and last the texts again. */
#include "cli/fit.h"

/* What narrowing stops at, step by step: a text, and its heading. Below 18 a title tells
 * nothing, and of a heading of one word no letter can be spared. */
struct stop {
	size_t text;
	size_t label;
};

static const struct stop stops[] = {{24, 80}, {24, 10}, {18, 10}, {8, 4}};

enum { STOP_READABLE = 2, STOP_COUNT = 4 };

static bool is_rigid(const struct column *column)
{
	return column->flags & COLUMN_KEEP || column->shape == SHAPE_TIME ||
	       column->shape == SHAPE_NUMBER;
}

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t max(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t total_of(const size_t *width, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += width[i] ? width[i] + FIT_GAP : 0;
	return total ? total - FIT_GAP : 0;
}

struct fitting {
	struct fit *fit;
	const struct column *const *columns;
	size_t count;
	const size_t *content;
	const size_t *label;
	size_t least[FIT_COLUMNS_MAX];
};

static size_t set_least(struct fitting *f, const struct stop *stop)
{
	for (size_t i = 0; i < f->count; i++) {
		size_t text =
		    is_rigid(f->columns[i]) ? f->content[i] : min(f->content[i], stop->text);

		f->least[i] = f->fit->width[i] ? max(text, min(f->label[i], stop->label)) : 0;
	}
	return total_of(f->least, f->count);
}

/* Takes from the widest as long as there is not enough room. */
static void narrow(struct fitting *f, size_t room)
{
	size_t *width = f->fit->width;
	size_t found = 0;

	while (found < f->count && total_of(width, f->count) > room) {
		found = f->count;
		for (size_t i = 0; i < f->count; i++)
			if (width[i] > f->least[i] &&
			    (found == f->count || width[i] > width[found]))
				found = i;
		if (found < f->count)
			width[found]--;
	}
}

static bool leave_one_out(struct fitting *f)
{
	for (size_t i = f->count; i-- > 0;)
		if (f->fit->width[i] && f->columns[i]->flags & COLUMN_SPARE) {
			f->fit->width[i] = 0;
			return true;
		}
	return false;
}

void fit_columns(struct fit *fit, const struct column *const *columns, size_t count,
    const size_t *content, const size_t *label, size_t room, bool may_leave_out)
{
	struct fitting f = {fit, columns, count, content, label, {0}};

	for (size_t i = 0; i < count; i++) {
		bool is_none = columns[i]->flags & COLUMN_RARE && !content[i];

		if (may_leave_out ? !is_none : fit->width[i] > 0)
			fit->width[i] = max(max(content[i], label[i]), 1);
	}
	if (room && may_leave_out)
		while (set_least(&f, &stops[STOP_READABLE]) > room && leave_one_out(&f))
			;
	for (size_t i = 0; room && i < STOP_COUNT; i++) {
		set_least(&f, &stops[i]);
		narrow(&f, room);
	}
	fit->total = total_of(fit->width, count);
}
