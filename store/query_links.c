/* missing: which links of payloads lead to records that are not held here. It is asked before publishing, so that a
 * slip is said; from a peer such a link is as good as any, its target may come later. */
#include "store/query_part.h"

struct links {
	struct query *q;
	struct writer rows;
	uint32_t count;
	uint32_t payload; /* position of the one looked at */
};

static void take_link(void *context, const struct view_link *link)
{
	struct links *links = context;
	struct found found;

	if (!query_ok(links->q) || link_found(links->q, &link->target, &found))
		return;
	mp_put_map(&links->rows, 2);
	mp_put_cstr(&links->rows, "field");
	mp_put_str(&links->rows, link->field);
	mp_put_cstr(&links->rows, "row");
	mp_put_uint(&links->rows, links->payload);
	links->count++;
}

void query_missing(struct query *q)
{
	struct links links = {.q = q};
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(q->params, "payloads"));
	count = mp_array(&r);
	for (; links.payload < count && r.err == ERR_NONE; links.payload++)
		view_links(mp_bin(&r), take_link, &links);
	if (r.err)
		query_fail(q, ERR_USAGE, "parameter \"payloads\" is not an array of bin");
	mp_put_map(q->out, 1);
	mp_put_cstr(q->out, "rows");
	mp_put_array(q->out, links.count);
	writer_bytes(q->out, writer_view(&links.rows));
	writer_release(&links.rows);
}
