/* commune network: the data that describes networks, installed or one's own. Nothing of it is
 * published and no member is admitted by it: it gives a charter its text and records their words. */
#include "cli/cmd.h"

#include "cli/home_path.h"
#include "cli/lang.h"
#include "cli/network_home.h"
#include "cli/network_roster.h"
#include "cli/network_text.h"
#include "cli/out.h"
#include "cli/say.h"
#include "proto/json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CLAIMS_SIZE_MAX (256u * 1024)

/* The named one, or the home's. The exit code. */
static int find(struct network_file *n, const struct args *args, const char *name)
{
	struct why why = {0};

	memset(n, 0, sizeof(*n));
	if (!name)
		return network_home_find(n, args);
	return network_file_read(n, name, &why) ? say_why(args, &why, NULL) : EXIT_DONE;
}

static uint32_t count_of(struct bytes list)
{
	struct reader r;

	reader_init(&r, list);
	return mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
}

static size_t members_of(const struct network_file *n)
{
	struct network_roster roster;
	size_t count = network_roster_read(&roster, n->path, NULL) ? 0 : roster.table.rows;

	network_roster_release(&roster);
	return count;
}

static void put_field(struct row *row, const struct network_file *n, const char *field)
{
	struct bytes value = mp_get(writer_view(&n->parsed), field);

	if (value.size)
		row_raw(row, field, value);
}

/* --- list ------------------------------------------------------------------------------------ */

static bool list_one(void *context, const char *path)
{
	struct out *out = context;
	struct network_file n;
	struct row row = {0};

	if (!network_file_read(&n, path, NULL)) {
		struct bytes charter = mp_get(writer_view(&n.parsed), "charter");

		put_field(&row, &n, "id");
		put_field(&row, &n, "version");
		put_field(&row, &n, "names");
		put_field(&row, &n, "founded");
		row_int(&row, "articles", count_of(mp_get(charter, "articles")));
		row_int(&row, "stages", count_of(mp_get(writer_view(&n.parsed), "stages")));
		row_int(&row, "members", (int64_t)members_of(&n));
		row_cstr(&row, "path", n.path);
		out_row(out, row_view(&row));
	}
	row_release(&row);
	network_file_release(&n);
	return true;
}

static int run_list(const struct args *args)
{
	struct out out;

	out_init(&out, args);
	if (network_file_each(list_one, &out)) {
		out_end(&out);
		return EXIT_DONE;
	}
	out_release(&out);
	return say_error(
	    args, ERR_IO, _("say where with COMMUNE_DATA"), _("no networks are installed"));
}

/* --- show ------------------------------------------------------------------------------------ */

/* claims.ndjson beside the network; a line that is no JSON is left out. */
static void each_claim(const struct network_file *n,
    void (*each)(struct writer *w, struct bytes claim), struct writer *w)
{
	char path[FILE_PATH_MAX];
	const char *slash = strrchr(n->path, '/');
	struct writer text = {0}, claim = {0};
	struct bytes rest;

	snprintf(path, sizeof(path), "%.*sclaims.ndjson", slash ? (int)(slash + 1 - n->path) : 0,
	    n->path);
	if (access(path, R_OK) != 0 || file_read(&text, path, CLAIMS_SIZE_MAX, NULL))
		goto out;
	for (rest = writer_view(&text); rest.size;) {
		const uint8_t *end = memchr(rest.data, '\n', rest.size);
		size_t size = end ? (size_t)(end - rest.data) : rest.size;

		writer_clear(&claim);
		if (!json_parse(&claim, (struct bytes){rest.data, size}, NULL))
			each(w, writer_view(&claim));
		size += end != NULL;
		rest = (struct bytes){rest.data + size, rest.size - size};
	}
out:
	writer_release(&text);
	writer_release(&claim);
}

static void put_raw(struct writer *w, struct bytes claim)
{
	writer_bytes(w, claim);
}

static void put_claims(struct row *row, const struct network_file *n)
{
	struct writer claims = {0}, list = {0};
	struct reader r;
	uint32_t count = 0;

	each_claim(n, put_raw, &claims);
	for (reader_init(&r, writer_view(&claims)); reader_left(&r) && !r.err; count++)
		mp_skip(&r);
	mp_put_array(&list, count);
	writer_bytes(&list, writer_view(&claims));
	row_raw(row, "claims", writer_view(&list));
	writer_release(&claims);
	writer_release(&list);
}

static void show_text(const struct network_file *n)
{
	struct writer text = {0}, claims = {0};

	network_text(&text, writer_view(&n->parsed));
	each_claim(n, network_text_claim, &claims);
	if (claims.size) {
		writer_str(&text, "\n");
		writer_str(&text, _("stated figures"));
		writer_str(&text, "\n");
		writer_bytes(&text, writer_view(&claims));
	}
	fwrite(text.data, 1, text.size, stdout);
	writer_release(&text);
	writer_release(&claims);
}

static int run_show(const struct args *args)
{
	static const char *const fields[] = {"id", "version", "names", "founded", "period",
	    "timezone", "languages", "currency", "charter", "themes", "stages", "vocabularies",
	    "grids"};
	struct network_file n;
	struct row row = {0};
	struct out out;
	int code = find(&n, args, args->count ? args->positional[0] : NULL);

	if (!code) {
		for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
			put_field(&row, &n, fields[i]);
		row_bin(&row, "charter_hash", &n.charter, sizeof(n.charter));
		row_int(&row, "members", (int64_t)members_of(&n));
		put_claims(&row, &n);
		row_cstr(&row, "path", n.path);
		out_init(&out, args);
		out_row(&out, row_view(&row));
		out_end(&out);
		if (args->output == OUTPUT_TABLE)
			show_text(&n);
	}
	row_release(&row);
	network_file_release(&n);
	return code;
}

/* --- new ------------------------------------------------------------------------------------- */

static int run_new(const struct args *args)
{
	char template[FILE_PATH_MAX];
	const char *path = args->positional[0];
	struct writer text = {0};
	struct why why = {0};
	enum err err;

	err = file_shipped(template, "networks/template.json")
		  ? file_read(&text, template, CLAIMS_SIZE_MAX, &why)
		  : why_set(&why, ERR_IO, _("the template of a network is not installed"));
	if (!err)
		err = file_create(path, writer_view(&text), 0644, &why);
	writer_release(&text);
	if (err)
		return say_why(args, &why, NULL);
	printf(_("%s is ready to be filled in; then: commune network check %s\n"), path, path);
	return EXIT_DONE;
}

/* --- check ----------------------------------------------------------------------------------- */

struct checked {
	struct out out;
	const char *path;
};

static void tell(void *context, const struct network_fault *fault)
{
	struct checked *c = context;
	struct row row = {0};

	row_cstr(&row, "file", c->path);
	row_cstr(&row, "field", fault->field);
	row_cstr(&row, "reason", fault->text);
	out_row(&c->out, row_view(&row));
	row_release(&row);
}

/* The home's file against what the network agreed on. */
static int check_genesis(
    const struct args *args, const struct network_file *n, struct network_faults *faults)
{
	struct client client;
	struct hash charter;
	int code = client_open(&client, args);

	if (!code)
		code = network_home_charter(&client, &charter);
	client_close(&client);
	if (!code && !hash_is_zero(&charter) && !hash_equal(&charter, &n->charter))
		network_fault_put(faults, "charter", _("is not the one of this network's genesis"));
	return code;
}

static void check_roster(const struct network_file *n, struct network_faults *faults)
{
	struct network_roster roster;
	struct why why = {0};
	enum err err = network_roster_read(&roster, n->path, &why);

	if (err && err != ERR_UNKNOWN)
		network_fault_put(faults, "roster.csv", "%s", why.text);
	if (!err)
		network_roster_check(&roster, faults);
	network_roster_release(&roster);
}

static int run_check(const struct args *args)
{
	struct checked c = {0};
	struct network_faults faults = {.report = tell, .context = &c};
	struct network_file n = {0};
	struct why why = {0};
	int code = EXIT_DONE;

	if (!args->count)
		code = network_home_find(&n, args);
	else if (network_file_open(&n, args->positional[0], &why) && why.err != ERR_FIELD)
		code = say_why(args, &why, NULL);
	if (code) {
		network_file_release(&n);
		return code;
	}
	c.path = n.path;
	out_init(&c.out, args);
	if (why.err)
		network_fault_put(&faults, "", "%s", why.text);
	else
		network_check(writer_view(&n.parsed), &faults);
	if (!args->count)
		code = check_genesis(args, &n, &faults);
	else
		check_roster(&n, &faults);
	if (faults.count)
		out_end(&c.out);
	else
		out_release(&c.out);
	if (!code && !faults.count && args->output == OUTPUT_TABLE)
		printf(_("%s: no mistake\n"), n.path);
	network_file_release(&n);
	return code ? code : faults.count ? EXIT_FOUND : EXIT_DONE;
}

/* --- roster ---------------------------------------------------------------------------------- */

static int run_roster(const struct args *args)
{
	struct network_roster roster = {0};
	struct network_file n;
	struct why why = {0};
	struct row row = {0};
	struct out out;
	int code = find(&n, args, args->positional[0]);

	if (!code && network_roster_read(&roster, n.path, &why))
		code = say_why(args, &why, NULL);
	if (!code) {
		out_init(&out, args);
		for (size_t i = 0; i < roster.table.rows; i++) {
			network_roster_row(&roster, i, &row);
			out_row(&out, row_view(&row));
		}
		out_end(&out);
	}
	row_release(&row);
	network_roster_release(&roster);
	network_file_release(&n);
	return code;
}

/* --- descriptors ----------------------------------------------------------------------------- */

static const struct positional named[] = {
    {"NAME", N_("an installed network, or the path of a network.json"), false},
    {NULL, NULL, false}};

static const struct positional maybe_named[] = {
    {"NAME", N_("an installed network, or the path of a network.json; without it the home's"),
	true},
    {NULL, NULL, false}};

static const struct positional created[] = {
    {"FILE", N_("the file to be made; it must not exist"), false}, {NULL, NULL, false}};

const struct command cmd_network_list = {
    .verb = "network list",
    .summary = N_("list the networks that are installed as data"),
    .help = N_("Lists the networks that `commune init --network NAME` knows: installed files that "
	       "hold a charter, themes, stages and, where it is known, a roster."),
    .columns =
	(const struct column[]){
	    {"id", N_("network"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"version", N_("version"), SHAPE_NUMBER, 0},
	    {"names", N_("name"), SHAPE_TEXT, COLUMN_TABLE},
	    {"founded", N_("founded"), SHAPE_TEXT, COLUMN_TABLE},
	    {"articles", N_("articles"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"stages", N_("stages"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"members", N_("members"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"path", N_("file"), SHAPE_TEXT, 0},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .flags = COMMAND_OFFLINE,
    .run = run_list,
};

const struct command cmd_network_show = {
    .verb = "network show",
    .summary = N_("show what describes a network"),
    .help = N_("Shows a network's charter article by article, its values, stages, themes and other "
	       "words, its evaluation grids and the figures that are stated about it. Without NAME "
	       "the network of the home: the file that init or join put there, else the installed "
	       "one whose charter the genesis names."),
    .positionals = maybe_named,
    .columns =
	(const struct column[]){
	    {"id", N_("network"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"version", N_("version"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"names", N_("name"), SHAPE_TEXT, COLUMN_TABLE},
	    {"founded", N_("founded"), SHAPE_TEXT, COLUMN_TABLE},
	    {"period", N_("period"), SHAPE_NESTED, COLUMN_TABLE | COLUMN_RARE},
	    {"timezone", N_("time zone"), SHAPE_TEXT, COLUMN_TABLE},
	    {"languages", N_("languages"), SHAPE_NESTED, COLUMN_TABLE},
	    {"currency", N_("currency"), SHAPE_TEXT, COLUMN_TABLE},
	    {"members", N_("members"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"charter_hash", N_("charter"), SHAPE_HEX, COLUMN_TABLE},
	    {"path", N_("file"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_TAIL},
	    {"charter", N_("charter"), SHAPE_NESTED, 0},
	    {"themes", N_("themes"), SHAPE_NESTED, 0},
	    {"stages", N_("stages"), SHAPE_NESTED, 0},
	    {"vocabularies", N_("vocabularies"), SHAPE_NESTED, 0},
	    {"grids", N_("evaluation grids"), SHAPE_NESTED, 0},
	    {"claims", N_("stated figures"), SHAPE_NESTED, 0},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune network show remacto --json | jq -r '.charter.articles[].title.fr'",
		N_("the commitments of the charter")},
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD,
    .run = run_show,
};

const struct command cmd_network_new = {
    .verb = "network new",
    .summary = N_("make a network's file from a template"),
    .help = N_("Writes a network.json with remarks, to be filled in: names in Arabic, French and "
	       "English, the charter's articles, themes and stages."),
    .positionals = created,
    .flags = COMMAND_TEXT | COMMAND_OFFLINE,
    .run = run_new,
};

const struct command cmd_network_check = {
    .verb = "network check",
    .summary = N_("find the mistakes in a network's file"),
    .help = N_("Checks a network.json, and the roster.csv beside it: fields, sizes, languages, ids "
	       "that stand twice, numbers of articles, hidden characters. One line a mistake; exit "
	       "code 3 when there is one. Without FILE the home's, held against the charter in the "
	       "genesis."),
    .positionals =
	(const struct positional[]){
	    {"FILE", N_("a network.json, or an installed network; without it the home's"), true},
	    {NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"file", N_("file"), SHAPE_TEXT, 0},
	    {"field", N_("field"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"reason", N_("reason"), SHAPE_TEXT, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .run = run_check,
};

const struct command cmd_network_roster = {
    .verb = "network roster",
    .summary = N_("list the members that come with a network's data"),
    .help =
	N_("Lists roster.csv of a network: who is named as a member, or was composed for tests "
	   "and demonstrations. The members who really are in the network are those of `commune "
	   "roster list`."),
    .positionals = named,
    .columns =
	(const struct column[]){
	    {"code", N_("code"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"kind", N_("kind"), SHAPE_WORD, COLUMN_TABLE},
	    {"names", N_("name"), SHAPE_TEXT, COLUMN_TABLE},
	    {"territory", N_("territory"), SHAPE_TEXT, COLUMN_TABLE},
	    {"vintage", N_("vintage"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_SPARE},
	    {"basis", N_("basis"), SHAPE_TEXT, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune network roster remacto --csv --bom > members.csv",
		N_("the members, for a spreadsheet")},
	    {NULL, NULL},
	},
    .flags = COMMAND_OFFLINE,
    .run = run_roster,
};
