/* Seeds of what people write and what is made of it: forms, networks, the audit, the file of a move. */
#include "tests/fuzz/seeds.h"

#include "cli/form.h"
#include "cli/moved_home.h"
#include "proto/json.h"
#include "store/audit_row.h"

/* --- forms ----------------------------------------------------------------------------------- */

static void seed_form(const char *name, const char *kind, const char *text)
{
	struct writer w = {0};
	uint8_t position = 0;

	while (kind_at(position) != kind_by_name(bytes_str(kind)))
		position++;
	writer_u8(&w, position);
	writer_str(&w, text);
	seed("form", name, writer_view(&w));
	writer_release(&w);
}

static void put_json(struct writer *w, const char *json)
{
	struct why why = {0};

	fuzz_check(!json_parse(w, bytes_str(json), &why));
}

static void seeds_payload(void)
{
	static const char *const payloads[] = {
	    ("{\"a\":{\"b\":{\"c\":[1,\"x\",true,null]}},\"list\":[{\"id\":\"i\",\"score\":\"1\"},"
	     "{\"number\":3},{\"stage\":\"\"},[1,[2]],{}],\"title\":{\"ar\":\"\u0645\"}}"),
	    "{\"\\u001b[2J\":\"\\u202e\",\"empty\":[],\"n\":-5}", "[1]", "\"text\"", "7", "null"};
	struct writer w = {0};
	uint8_t leaf[32];
	char name[32];

	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		writer_clear(&w);
		writer_u8(&w, 0);
		put_json(&w, payloads[i]);
		snprintf(name, sizeof(name), "payload-%zu", i);
		seed("form", name, writer_view(&w));
	}
	memset(leaf, 0xab, sizeof(leaf));
	writer_clear(&w);
	writer_u8(&w, 0);
	mp_put_map(&w, 2);
	mp_put_cstr(&w, "about");
	mp_put_array(&w, 3);
	mp_put_bin(&w, leaf, sizeof(leaf));
	mp_put_int(&w, 12);
	mp_put_bin(&w, leaf, sizeof(leaf));
	mp_put_cstr(&w, "bytes");
	mp_put_bin(&w, leaf, 3);
	seed_broken("form", "payload-link", writer_view(&w));
	writer_release(&w);
}

static void seeds_form(void)
{
	struct writer w = {0};
	char name[64];

	for (uint8_t position = 0; kind_at(position); position++) {
		if (!kind_at(position)->fields)
			continue;
		writer_clear(&w);
		writer_u8(&w, position);
		form_write(&w, kind_at(position));
		snprintf(name, sizeof(name), "blank-%s", kind_at(position)->name);
		seed("form", name, writer_view(&w));
	}
	seed_form("practice", "practice",
	    "\xef\xbb\xbf---\nlang: fr\n# c\ntitle.fr: Guichet: unique\r\ntitle.ar: \u0634\n"
	    "themes: [gender, 'integrity', \"x\"]\ncost.amount: 5\ncost.currency: MAD\n"
	    "evidence.url: https://a\nevidence.url: https://b\nevidence.title.fr: T\n---\n"
	    "# Guichet\n\nUn <!-- c\nd --> lieu.\n\n## problem\nTrois.\n## results.ar\nx\n### y\n");
	seed_form("title", "practice", "---\n---\n# Title\n\nText\n");
	seed_form("no-end", "practice", "---\ntitle: A\n");
	seed_form("no-colon", "practice", "---\nwhat is this\n---\n");
	seed_form("no-lang", "practice", "---\nlang: xx\n---\n");
	seed_form("no-field", "practice", "---\nnothing: 1\n---\n");
	seed_form("twice", "practice", "---\ntitle.fr: A\ntitle.fr: B\n---\n");
	seed_form("twice-cost", "practice", "---\ncost.amount: 1\ncost.amount: 2\n---\n");
	seed_form("no-part", "practice", "---\ncost: 1\n---\n");
	seed_form("other-part", "practice", "---\ncost.weight: 1\n---\n");
	seed_form("too-deep", "practice", "---\nthemes.fr: x\n---\n");
	seed_form("evaluation", "evaluation",
	    "---\nindicators.id: a\nindicators.score: 5\nindicators.id: b\nindicators.score: 6\n"
	    "indicators.title.fr: T\nindicators.title.ar: U\nconditions.id: c\n"
	    "conditions.passed: yes\n---\n");
	seed_form("programme", "programme",
	    "---\nstages.stage: a\nstages.headcount.total: 5\nstages.headcount.women: 2\n"
	    "budget.total.amount: 5\nbudget.total.currency: MAD\nbudget.lines.funder: x\n"
	    "budget.lines.amount.amount: 5\n---\n");
	seed_form("no-body", "evaluation", "---\nyear: 2020\n---\ntext without a place\n");
	seed_form("no-form", "practice", "title: A\n");
	seeds_payload();
	writer_release(&w);
}

/* --- the audit ------------------------------------------------------------------------------- */

static void seeds_audit_payloads(void)
{
	static const char *const payloads[] = {
	    "{\"headcount\":{\"total\":100,\"women\":33,\"youth\":101,\"disabilities\":0,"
	    "\"civil_society\":4},\"reported_shares\":[{\"group\":\"women\",\"share\":\"33\"},"
	    "{\"group\":\"youth\",\"share\":\"5\"},{}],\"status\":\"complete\",\"end\":\"2024-01\","
	    "\"evidence\":[{}]}",
	    "{\"headcount\":{\"total\":0,\"women\":0},\"status\":\"limited\",\"end\":\"2023\"}",
	    "{\"headcount\":{\"women\":-1,\"total\":5},\"status\":\"ND\",\"end\":\"2024-03-01\"}",
	    "{\"budget\":{\"total\":{\"amount\":10,\"currency\":\"MAD\"},\"lines\":[{\"amount\":"
	    "{\"amount\":4,\"currency\":\"MAD\"}},{\"amount\":{\"amount\":6,\"currency\":\"MAD\"}}]"
	    "}}",
	    "{\"budget\":{\"total\":{\"amount\":10,\"currency\":\"MAD\"},\"lines\":[{\"amount\":"
	    "{\"amount\":10,\"currency\":\"EUR\"}},{}]}}",
	    "{\"value\":\"10.5\",\"parts\":[{\"value\":\"10\"},{\"value\":\"0.5\"},{\"value\":"
	    "\"x\"}]}",
	    "{\"value\":\"10\",\"parts\":[{\"value\":\"9007199254\"},{\"value\":\"-1\"}]}",
	    "{\"conditions\":[{\"passed\":true},{\"passed\":null},{\"passed\":false}]}",
	    "{\"stages\":[{\"stage\":\"a\",\"start\":\"2024-05\"},{\"stage\":\"b\",\"start\":"
	    "\"2024\"},"
	    "{\"civil_society\":[\"x\"]},{\"headcount\":{\"civil_society\":3}},{\"start\":\"soon\"}"
	    "]}",
	    "{\"agrees\":true,\"role\":\"coordinator\",\"coding\":{\"completion\":\"complete\"}}",
	    "{\"agrees\":false,\"role\":\"observer\",\"coding\":{\"completion\":\"withdrawn\"},"
	    "\"status\":\"substantial\",\"evidence\":[1]}",
	    "{\"role\":\"observer\",\"coding\":{\"completion\":\"limited\"},\"status\":"
	    "\"complete\"}",
	    "{\"agrees\":1,\"withdrawn\":true,\"end\":5}", "[]"};
	static const uint8_t places[] = {0, 0x5a, 0x6b, 0x3f, 0x15};
	struct writer w = {0};
	char name[32];

	/* The last byte says who and where: one more than the map needs. */
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
		for (size_t place = 0; place <= sizeof(places); place++) {
			writer_clear(&w);
			put_json(&w, payloads[i]);
			if (place > 0)
				writer_u8(&w, places[place - 1]);
			snprintf(name, sizeof(name), "payload-%zu-%zu", i, place);
			seed("audit", name, writer_view(&w));
		}
	writer_release(&w);
}

static void seeds_audit_row(void)
{
	struct audit_row row = {.findings = 5,
	    .verdict = {.status = 4, .self_status = -1, .attested_status = 3, .is_attested = true},
	    .due = BYTES_STR("2024-05"),
	    .is_adopted = true,
	    .has_heads = {[HEAD_TOTAL] = true, [HEAD_YOUTH] = true},
	    .heads = {[HEAD_TOTAL] = 10, [HEAD_YOUTH] = 3},
	    .has_value = true,
	    .value = -5,
	    .year = 2024,
	    .word = BYTES_STR("women"),
	    .title = BYTES_STR("\xa1x")};
	struct writer w = {0};

	audit_row_encode(&w, &row);
	seed_broken("audit", "row", writer_view(&w));
	writer_release(&w);
}

static void seeds_audit(void)
{
	static const char *const texts[] = {"12.5", "-0.25", "0", "-0", "00", "01.5", "1.", ".5",
	    "9007199254.740991", "9007199254.740992", "1.0000000", "1.0000001", "-", "1e5",
	    "1234567890123456789012345", "2024", "2024-02", "2024-02-30", "2024-12", "1970-01-01",
	    "9999-12-31", "2024-13"};
	char name[32];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(name, sizeof(name), "text-%zu", i);
		seed_text("audit", name, texts[i]);
	}
	seeds_audit_payloads();
	seeds_audit_row();
}

/* --- networks -------------------------------------------------------------------------------- */

#define TEXTS(x) "{\"ar\":\"\u0645" x "\",\"fr\":\"" x "\",\"en\":\"" x "\"}"
#define ROWS(x) "[{\"id\":\"" x "\",\"ar\":\"\u0645\",\"fr\":\"f\",\"en\":\"e\"}]"

static void seeds_network(void)
{
	static const char whole[] =
	    "{\"//\":\"remark\",\"id\":\"test\",\"version\":1,\"names\":" TEXTS(
		"N") ","
		     "\"founded\":\"2022-10\",\"period\":{\"start\":\"2020\",\"end\":\"2024\"},"
		     "\"timezone\":\"Africa/"
		     "Casablanca\",\"languages\":[\"ar\",\"fr\"],\"currency\":\"MAD\","
		     "\"charter\":{\"version\":\"1\",\"title\":" TEXTS("C") ",\"note\":" TEXTS(
			 "a\\nb") ","
				  "\"articles\":[{\"number\":1,\"title\":" TEXTS(
				      "A") ",\"text\":" TEXTS("B") "}],"
								   "\"values\":[{\"id\":\"v\","
								   "\"title\":" TEXTS(
								       "V") ",\"text\":" TEXTS("T") "}]},"
												    "\"themes\":" ROWS("gender") ",\"stages\":" ROWS("s") ",\"vocabularies\":{\"measures\":" ROWS("m") ",\"publication_items\":" ROWS(
													"p") "},\"grids\":[{\"id\":\"g\",\"version\":"
													     "\"2020\",\"note\":" TEXTS("G") ",\"conditions\":[{\"id\":\"c\",\"title\":" TEXTS("D") "}],\"indicators\":[{\"id\":\"i\",\"title\":" TEXTS(
														 "I") ",\"unit\":\"%\",\"max\":\"7.5\"}"
														      "]}],\"roster\":{\"note\":" TEXTS("R") "},\"value\":\"5\",\"title\":" TEXTS(
															  "claim") "}";
	static const char *const wrong[] = {"{}", "[]", "5",
	    "{\"id\":\"A b\",\"version\":0,"
	    "\"names\":{\"ar\":\"\",\"fr\":\" x\",\"zz\":\"y\"},\"founded\":\"soon\",\"period\":"
	    "{\"start\":\"2024\",\"end\":\"2020\"},\"timezone\":\"../etc\",\"languages\":[],"
	    "\"currency\":\"mad\",\"charter\":[],\"themes\":{},\"stages\":[{\"id\":\"s\"},"
	    "{\"id\":\"s\"}],\"vocabularies\":{\"measures\":5},\"grids\":[5],\"roster\":5}",
	    "{\"id\":5,\"version\":\"1\",\"names\":\"x\",\"timezone\":5,\"languages\":[\"xx\",5,"
	    "\"ar\",\"ar\"],\"currency\":5,\"charter\":{\"version\":5,\"title\":5,\"note\":{\"ar\":"
	    "\"\\u202e\",\"fr\":\"a\\tb\",\"en\":\"e\u0301\"},\"articles\":[{\"number\":-1},5],"
	    "\"values\":[{\"id\":\"v\"},{\"id\":\"v\"}]},\"grids\":[{\"id\":\"g\",\"indicators\":["
	    "{\"id\":\"i\",\"max\":\"-1\"},{\"id\":\"i\",\"max\":5}],\"conditions\":5}]}",
	    ("{\"\\u001b[2J\":1,\"charter\":{\"\\u202e\":1},\"period\":{\"start\":5},\"founded\":"
	     "5}")};
	char name[32];

	seed_broken("network", "whole", bytes_str(whole));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(name, sizeof(name), "wrong-%zu", i);
		seed_text("network", name, wrong[i]);
	}
	seed("network", "scanned", BYTES_STR("\x81\xa5names\x80"));
}

/* --- a move ---------------------------------------------------------------------------------- */

static void seed_move(const char *name, const char *file)
{
	struct moved_home m = {.file_count = 2, .lock_count = 1};
	struct writer w = {0};
	char part[64];

	snprintf(m.files[0].name, sizeof(m.files[0].name), "%s", "config");
	m.files[0].content = BYTES_STR("format = 1\n");
	snprintf(m.files[1].name, sizeof(m.files[1].name), "%s", file);
	m.files[1].content = BYTES_STR("\x01\x02");
	m.locks[0] = (struct listen_slot){.sequence = 3, .size = 5, .is_moved = true};
	moved_home_encode(&w, &m);
	seed("move", name, writer_view(&w));
	moved_home_finish(&w);
	snprintf(part, sizeof(part), "%s-finished", name);
	seed_broken("move", part, writer_view(&w));
	writer_release(&w);
}

static void seeds_move(void)
{
	struct moved_home many = {.file_count = MOVED_FILES_MAX, .lock_count = 0};
	struct writer w = {0};

	seed_move("key", "keys/member.key");
	seed_move("network", "network.json");
	seed_move("outside", "../../etc/passwd");
	seed_move("outside-keys", "keys/../a.key");
	seed_move("short", "keys/.key");
	seed_move("other", "keys/member.txt");
	moved_home_encode(&w, &many);
	moved_home_finish(&w);
	seed("move", "no-names", writer_view(&w));
	writer_release(&w);
}

static void seeds_network_roster(void)
{
#define ROSTER_HEADER "code,kind,territory,vintage,name_ar,name_fr,basis\n"
	struct writer w = {0};

	writer_str(&w, "\xef\xbb\xbf" ROSTER_HEADER "azilal,commune,05.081.01.01,2020,"
		       "\xd8\xa3\xd8\xb2\xd9\x8a\xd9\x84\xd8\xa7\xd9\x84,Azilal,composed\n"
		       "fes-meknes,region,03,2015,\xd9\x81\xd8\xa7\xd8\xb3,\"F\xc3\xa8s, "
		       "Mekn\xc3\xa8s\",named\n");
	seed_broken("network_roster", "good", writer_view(&w));
	writer_release(&w);
	seed_text("network_roster", "every-fault",
	    ROSTER_HEADER "1a,town,99,,,,\n"
			  "x y,commune,05.081.01.01.9,2020,a\x1b[2J, b ,other\n"
			  "azilal,observer,05.081,2020,a,b,named\n"
			  "azilal,coordinator,05.081,2020,a,b,named\n"
			  "azilal,province,05.081,2020,a,b,composed\n");
	seed_text("network_roster", "other-order",
	    "basis,name_fr,name_ar,vintage,territory,kind,code,more\n"
	    "named,Sefrou,\xd8\xb5,2015,03.231.01.01,commune,sefrou,x\n");
	seed_text("network_roster", "column-missing",
	    "code,kind,territory,vintage,name_ar,name_fr\nfes,region,03,2015,a,b\n");
	seed_text("network_roster", "header-alone", ROSTER_HEADER);
	seed_text("network_roster", "few-cells", ROSTER_HEADER "fes,region\n");
#undef ROSTER_HEADER
}

void seeds_people(void)
{
	seeds_network_roster();
	seeds_form();
	seeds_audit();
	seeds_network();
	seeds_move();
}
