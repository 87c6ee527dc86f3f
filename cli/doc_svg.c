/* Drawings as SVG. Widths are per cent of the cell, so that a page may be any size; a page from right to left has its
 * bars so too. */
#include "cli/doc_svg.h"

#include "cli/lang.h"

#include <string.h>

/* Narrower parts have no room for their number; the table beside it has it. */
#define NUMBER_PERMILLE 45

void doc_html_escape(struct writer *w, struct bytes text)
{
	for (size_t i = 0; i < text.size; i++) {
		switch (text.data[i]) {
		case '&':
			writer_str(w, "&amp;");
			break;
		case '<':
			writer_str(w, "&lt;");
			break;
		case '>':
			writer_str(w, "&gt;");
			break;
		case '"':
			writer_str(w, "&quot;");
			break;
		case '\'':
			writer_str(w, "&#39;");
			break;
		default:
			writer_u8(w, text.data[i]);
		}
	}
}

/* What it says, as one line for those who hear the page. */
static void put_meaning(struct writer *w, enum doc_progress progress, bool is_attested)
{
	struct writer label = {0};

	doc_progress_put(&label, progress);
	doc_html_escape(w, writer_view(&label));
	if (progress < DOC_SILENT) {
		writer_str(w, _(", "));
		writer_str(w, is_attested ? _("attested by another member")
					  : _("reported by the member itself"));
	}
	if (label.err)
		writer_fail(w, label.err);
	writer_release(&label);
}

void doc_svg_mark(struct writer *w, enum doc_progress progress, bool is_attested)
{
	bool is_round = is_attested && progress != DOC_SILENT;

	writer_str(w, "<svg role=\"img\"><title>");
	put_meaning(w, progress, is_attested);
	writer_printf(
	    w, "</title><use href=\"#%c%d\"/></svg>", is_round ? 'a' : 's', (int)progress);
}

/* A tenth of a per cent. */
static void put_permille(struct writer *w, const char *name, uint64_t permille)
{
	writer_printf(w, " %s=\"%llu.%llu%%\"", name, (unsigned long long)(permille / 10),
	    (unsigned long long)(permille % 10));
}

static void put_rect(struct writer *w, const char *class, uint64_t from, uint64_t to, bool is_rtl)
{
	uint64_t left = is_rtl ? 1000 - to : from;

	writer_printf(w, "<rect class=\"%s\" height=\"100%%\"", class);
	if (left)
		put_permille(w, "x", left);
	put_permille(w, "width", to - from);
	writer_str(w, "/>");
}

static uint64_t total_of(const struct doc_bar *bar)
{
	uint64_t total = 0;

	for (unsigned p = 0; p < DOC_PROGRESS_COUNT; p++)
		total += (uint64_t)bar->attested[p] + bar->self[p];
	return total;
}

static void put_part(
    struct writer *w, unsigned progress, bool is_attested, uint64_t from, uint64_t to, bool is_rtl)
{
	char class[4] = {'f', (char)('0' + progress), '\0', '\0'};

	put_rect(w, class, from, to, is_rtl);
	if (!is_attested && progress < DOC_WITHDRAWN)
		put_rect(w, "few", from, to, is_rtl);
}

void doc_svg_bar(struct writer *w, const struct doc_bar *bar, bool is_rtl)
{
	uint64_t total = total_of(bar), before = 0;

	writer_str(w, "<svg class=\"bar\" aria-hidden=\"true\">");
	for (unsigned i = 0; total && i < 2 * DOC_PROGRESS_COUNT; i++) {
		bool is_attested = i % 2 == 0;
		uint32_t count = is_attested ? bar->attested[i / 2] : bar->self[i / 2];
		uint64_t from = before * 1000 / total, to = (before + count) * 1000 / total;
		uint64_t middle = (from + to) / 2;

		if (!count)
			continue;
		before += count;
		put_part(w, i / 2, is_attested, from, to, is_rtl);
		if (to - from < NUMBER_PERMILLE)
			continue;
		writer_str(w, "<text y=\"13\"");
		put_permille(w, "x", is_rtl ? 1000 - middle : middle);
		writer_printf(w, ">%u</text>", count);
	}
	writer_str(w, "</svg>");
}

void doc_svg_part(struct writer *w, enum doc_progress progress, bool is_attested)
{
	writer_str(w, "<svg class=\"bar\" aria-hidden=\"true\">");
	put_part(w, progress, is_attested, 0, 1000, false);
	writer_str(w, "</svg>");
}

/* Of few people only how many they are at most. */
void doc_svg_share(struct writer *w, const struct doc_share *share, bool is_rtl)
{
	uint64_t size = share->permille;
	uint64_t at = share->threshold > 1000 ? 1000 : share->threshold;

	if (share->is_few)
		size = share->total > DOC_FEW ? 1000 * DOC_FEW / (uint64_t)share->total : 1000;
	writer_str(w, "<svg class=\"bar\" aria-hidden=\"true\">");
	put_rect(w, "part", 0, size > 1000 ? 1000 : size, is_rtl);
	if (share->is_few)
		put_rect(w, "few", 0, size > 1000 ? 1000 : size, is_rtl);
	writer_str(w, "<line class=\"at\" y2=\"100%\"");
	put_permille(w, "x1", is_rtl ? 1000 - at : at);
	put_permille(w, "x2", is_rtl ? 1000 - at : at);
	writer_str(w, "/></svg>");
}
