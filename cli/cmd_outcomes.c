/* commune outcomes: what became of the ideas of a workshop, of an axis or of a programme. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/page.h"
#include "cli/say.h"

#include <string.h>

#define DEPTH_MAX 4

static const char *const sown[2] = {"idea", "proposal"};
static const char *const grown[2] = {"proposal", "project"};

struct tracing {
	const struct args *args;
	struct client *client;
	struct out out;
};

/* What came of one record: projects and proposals, by REF. */
struct fruits {
	struct tracing *t;
	struct writer refs; /* "a/1, b/2" */
	struct writer ids;  /* ids of proposals, to look further: hex and NUL each */
	bool has_project;
};

static struct bytes str_of(struct bytes row, const char *name)
{
	struct reader r;

	reader_init(&r, mp_get(row, name));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
}

static void put_id(struct writer *w, struct bytes row)
{
	struct reader r;
	struct bytes id;
	char hex[2 * 32 + 1];

	reader_init(&r, mp_get(row, "id"));
	id = mp_peek(&r) == MP_BIN ? mp_bin(&r) : (struct bytes){0};
	if (id.size != 32)
		return;
	hex_encode(hex, id);
	writer_put(w, hex, sizeof(hex));
}

/* kinds: two of them. */
static int list_about(
    struct client *c, const char *const kinds[2], const char *ref, page_row_fn *each, void *context)
{
	struct writer names = {0};
	struct row params = {0};
	int code;

	mp_put_array(&names, 2);
	mp_put_cstr(&names, kinds[0]);
	mp_put_cstr(&names, kinds[1]);
	row_raw(&params, "kinds", writer_view(&names));
	row_cstr(&params, "about", ref);
	row_bool(&params, "latest", true);
	row_bool(&params, "payload", true);
	code = page_each(c, "list", &params, NULL, 0, each, context, NULL);
	row_release(&params);
	writer_release(&names);
	return code;
}

/* What grew out of an idea both directly and by way of a proposal is met twice. */
static bool is_taken(const struct fruits *f, struct bytes ref)
{
	for (size_t at = 0; at < f->refs.size; at += 2) {
		size_t start = at;

		while (at < f->refs.size && f->refs.data[at] != ',')
			at++;
		if (bytes_equal(bytes_of(f->refs.data + start, at - start), ref))
			return true;
	}
	return false;
}

static bool take_fruit(void *context, struct bytes row)
{
	struct fruits *f = context;
	struct bytes kind = str_of(row, "kind");

	if (is_taken(f, str_of(row, "ref")))
		return true;
	writer_str(&f->refs, f->refs.size ? ", " : "");
	writer_bytes(&f->refs, str_of(row, "ref"));
	if (bytes_equal(kind, BYTES_STR("project")))
		f->has_project = true;
	else
		put_id(&f->ids, row);
	return true;
}

/* Proposals lead to projects, one after the other. */
static int take_fruits(struct fruits *f, const char *id)
{
	struct writer asked = {0};
	size_t at = 0;
	int code = list_about(f->t->client, grown, id, take_fruit, f);

	for (unsigned depth = 0; !code && depth < DEPTH_MAX && at < f->ids.size; depth++) {
		writer_clear(&asked);
		writer_put(&asked, f->ids.data + at, f->ids.size - at);
		at = f->ids.size;
		for (size_t i = 0; !code && i < asked.size; i += 65)
			code = list_about(
			    f->t->client, grown, (const char *)asked.data + i, take_fruit, f);
	}
	writer_release(&asked);
	return code;
}

static struct bytes payload_of(struct bytes row)
{
	struct reader r;

	reader_init(&r, mp_get(row, "payload"));
	return mp_peek(&r) == MP_BIN ? mp_bin(&r) : (struct bytes){0};
}

static int put_outcome(struct tracing *t, struct bytes idea)
{
	struct bytes decision = mp_get(payload_of(idea), "decision");
	struct bytes word = str_of(decision, "decision");
	struct fruits f = {.t = t};
	struct writer id = {0};
	struct row row = {0};
	int code;

	put_id(&id, idea);
	code = id.size ? take_fruits(&f, (const char *)id.data) : EXIT_DONE;
	row_str(&row, "ref", str_of(idea, "ref"));
	row_str(&row, "kind", str_of(idea, "kind"));
	row_str(&row, "member", str_of(idea, "member"));
	if (mp_get(idea, "title").size)
		row_raw(&row, "title", mp_get(idea, "title"));
	row_str(&row, "outcome",
	    f.has_project ? BYTES_STR("project")
	    : word.size	  ? word
			  : BYTES_STR("open"));
	if (word.size)
		row_str(&row, "decision", word);
	if (mp_get(decision, "reason").size)
		row_raw(&row, "reason", mp_get(decision, "reason"));
	if (f.refs.size)
		row_str(&row, "became", writer_view(&f.refs));
	if (!code)
		out_row(&t->out, row_view(&row));
	row_release(&row);
	writer_release(&id);
	writer_release(&f.refs);
	writer_release(&f.ids);
	return code;
}

/* Ideas are kept whole before the next question is asked: an answer lasts until then. */
static bool keep_idea(void *context, struct bytes row)
{
	struct writer *ideas = context;

	writer_u32(ideas, (uint32_t)row.size);
	writer_bytes(ideas, row);
	return !ideas->err;
}

static int trace(struct tracing *t, const char *ref)
{
	struct writer ideas = {0};
	struct reader r;
	int code = list_about(t->client, sown, ref, keep_idea, &ideas);

	reader_init(&r, writer_view(&ideas));
	while (!code && reader_left(&r)) {
		struct bytes row = reader_take(&r, reader_u32(&r));

		code = put_outcome(t, row);
	}
	if (!code && ideas.err)
		code = say_error(t->args, ideas.err, NULL, "%s", _(err_text(ideas.err)));
	writer_release(&ideas);
	return code;
}

static int run(const struct args *args)
{
	struct tracing t = {.args = args};
	struct client c;
	int code = client_open_settled(&c, args);

	t.client = &c;
	out_init(&t.out, args);
	if (!code)
		code = page_name_source(&c, &t.out);
	if (!code)
		code = trace(&t, args->positional[0]);
	if (code && !t.out.row_count)
		out_release(&t.out);
	else
		out_end(&t.out);
	client_close(&c);
	return code;
}

const struct command cmd_outcomes = {
    .verb = "outcomes",
    .summary = N_("show what became of the ideas of a workshop"),
    .help = N_("One line for each idea or proposal that a workshop, an axis or a programme "
	       "brought: whether it "
	       "became a project, by way of which proposals, or what was decided instead and why."),
    .positionals =
	(const struct positional[]){
	    {"REF", N_("the workshop, axis or programme"), false},
	    {NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"kind", N_("kind"), SHAPE_WORD, 0},
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_SPARE},
	    {"title", N_("title"), SHAPE_TEXT, COLUMN_TABLE},
	    {"outcome", N_("outcome"), SHAPE_WORD, COLUMN_TABLE},
	    {"decision", N_("decision"), SHAPE_WORD, 0},
	    {"reason", N_("reason"), SHAPE_TEXT, COLUMN_TABLE},
	    {"became", N_("became"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune outcomes sefrou/14",
		N_("which ideas became projects, which were refused and why")},
	    {NULL, NULL},
	},
    .run = run,
};
