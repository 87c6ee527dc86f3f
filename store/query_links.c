/* targets: what links lead to, as far as it is held here. It is asked before publishing, so that a slip is said; from a
 * peer such a link is as good as any, its target may come later. */
#include "store/query_part.h"

static bool read_link(struct reader *r, struct record_ref *out)
{
	mp_array_of(r, 3);
	mp_bin_fixed(r, out->log.b, KEY_SIZE);
	out->index = mp_uint(r);
	mp_bin_fixed(r, out->leaf.b, HASH_SIZE);
	return r->err == ERR_NONE;
}

static void put_target(struct query *q, const struct record_ref *link)
{
	struct found found;

	if (!link_found(q, link, &found)) {
		mp_put_nil(q->out);
		return;
	}
	mp_put_map(q->out, 2);
	put_name_uint(q->out, "kind", found.record.header.kind);
	put_name_str(q->out, "member", log_member(&found.log));
}

void query_targets(struct query *q)
{
	struct reader r;
	struct record_ref link;
	uint32_t count;

	reader_init(&r, mp_get(q->params, "links"));
	count = mp_array(&r);
	mp_put_map(q->out, 1);
	mp_put_cstr(q->out, "rows");
	mp_put_array(q->out, count);
	for (uint32_t i = 0; i < count && query_ok(q) && read_link(&r, &link); i++)
		put_target(q, &link);
	if (r.err)
		query_fail(q, ERR_USAGE, "\"links\" is a list of links");
}
