/* Seeds of what is text: notes, checkpoints, proofs, invites, addresses, JSON, the config of a
 * home, CSV, proof documents, and text of people. */
#include "tests/fuzz/seeds.h"

#include "tests/cli/proof_world.h"

#include "proto/home.h"
#include "proto/invite.h"
#include "proto/note.h"
#include "proto/tlog_proof.h"
#include "store/view_runs.h"

#define DIGITS "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void key_of(struct vkey *vk, struct seckey *sk, unsigned which)
{
	struct key key;

	seal_sign_keypair(&key, sk, (const uint8_t[32]){(uint8_t)(which + 1)});
	vkey_init(vk, which ? BYTES_STR("example.org/witness") : BYTES_STR("example.org/log"),
	    which ? VKEY_COSIGNATURE : VKEY_ED25519, &key);
}

static void seeds_note(void)
{
	static const struct bytes text = {(const uint8_t *)"example.org/log\n12\nAAAA\n", 24};
	struct writer w = {0};
	struct seckey sk[2];
	struct vkey vk[2];
	struct sig sig;

	for (unsigned i = 0; i < 2; i++) {
		key_of(&vk[i], &sk[i], i);
		writer_clear(&w);
		vkey_encode(&w, &vk[i]);
		seed_broken("note", i ? "vkey-witness" : "vkey", writer_view(&w));
	}
	writer_clear(&w);
	writer_bytes(&w, text);
	writer_str(&w, "\n");
	note_sign(&w, text, &vk[0], &sk[0]);
	seed_broken("note", "signed", writer_view(&w));
	note_sign(&w, text, &vk[0], &sk[1]);
	seed("note", "signed-twice", writer_view(&w));
	fuzz_check(!note_cosign(&sig, text, 1700000000, &sk[1]));
	note_put_cosignature(&w, &vk[1], 1700000000, &sig);
	writer_str(&w, "\u2014 other.example/key AAAAAAECAwQ=\n");
	seed_broken("note", "cosigned", writer_view(&w));
	sig.b[0] ^= 1;
	note_put_cosignature(&w, &vk[1], 1700000000, &sig);
	note_put_cosignature(&w, &vk[1], UINT64_MAX, &sig);
	seed("note", "cosigned-badly", writer_view(&w));
	writer_clear(&w);
	writer_bytes(&w, text);
	writer_str(&w, "\n");
	note_put_cosignature(&w, &vk[1], UINT64_MAX / 2 + 1, &sig);
	seed("note", "false-cosignature", writer_view(&w));
	writer_clear(&w);
	writer_bytes(&w, text);
	writer_str(&w, "\n");
	note_sign(&w, text, &vk[0], &sk[1]);
	seed("note", "false-signature", writer_view(&w));
	writer_clear(&w);
	writer_bytes(&w, text);
	writer_str(&w, "\n");
	for (unsigned i = 0; i < 101; i++)
		writer_str(&w, "\u2014 k AAAAAAE=\n");
	seed("note", "too-many", writer_view(&w));
	seed_text("note", "no-signature", "text\n\n");
	seed_text("note", "no-text", "\n\u2014 k AAAAAAE=\n");
	seed_text("note", "no-dash", "text\n\n- k AAAAAAE=\n");
	seed_text("note", "no-base64", "text\n\n\u2014 k ====\n");
	seed_text("note", "no-id", "text\n\n\u2014 k AAA=\n");
	seed_text("note", "bad-name", "text\n\n\u2014 k+l AAAAAAE=\n");
	seed_text("note", "no-newline", "text\n\n\u2014 k AAAAAAE=");
	seed_text("note", "control", "te\x01xt\n\n\u2014 k AAAAAAE=\n");
	seed_text(
	    "note", "vkey-other-type", "name+00000000+ArFoo8GHXANCl0Tp7q9mFnxtAjVz8eVJSQpMlZVQ");
	seed_text("note", "vkey-no-type", "name+00000000+");
	seed_text("note", "vkey-bad-id", "name+0000000g+AQ==");
	seed_text("note", "vkey-space", "na me+00000000+AQ==");
	seed_text("note", "vkey-wide-space", "na\u2003me+00000000+AQ==");
	writer_release(&w);
}

static void seeds_checkpoint(void)
{
	struct hash network = {{7}};
	struct checkpoint cp = {.size = 12, .root = {{9}}};
	char origin[CHECKPOINT_ORIGIN_SIZE + 1];
	struct writer w = {0}, other = {0};
	struct seckey sk;
	struct vkey vk;

	seal_sign_keypair(&cp.log, &sk, (const uint8_t[32]){5});
	fuzz_check(!checkpoint_sign(&cp, &network, &sk));
	checkpoint_text(&w, &network, &cp);
	seed_broken("checkpoint", "text", writer_view(&w));
	/* Signed by its own key, but with a line that ours never have. */
	writer_str(&w, "extension\n");
	checkpoint_origin(origin, &network, &cp.log);
	vkey_init(&vk, bytes_str(origin), VKEY_ED25519, &cp.log);
	writer_bytes(&other, writer_view(&w));
	writer_str(&other, "\n");
	note_sign(&other, writer_view(&w), &vk, &sk);
	seed("checkpoint", "extended", writer_view(&other));
	writer_clear(&w);
	checkpoint_note(&w, &network, &cp);
	seed_broken("checkpoint", "note", writer_view(&w));
	seed("checkpoint", "origin", bytes_str(origin));
	origin[20] = 'A';
	seed("checkpoint", "origin-upper", bytes_str(origin));
	cp.sig.b[0] ^= 1;
	writer_clear(&w);
	checkpoint_note(&w, &network, &cp);
	seed("checkpoint", "false", writer_view(&w));
	seed_text("checkpoint", "no-size", "o\n\nAAAA\n");
	seed_text("checkpoint", "bad-size", "o\n012\nAAAA\n");
	seed_text("checkpoint", "bad-root", "o\n12\nAAAA\n");
	seed_text("checkpoint", "no-root", "o\n12\n");
	seed_text("checkpoint", "empty-line",
	    "o\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nx\n");
	seed_text("checkpoint", "others",
	    "o\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nx\n\n"
	    "\u2014 o AAAAAAE=\n");
	seed_text(
	    "checkpoint", "extra", "o\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nx\n");
	writer_release(&w);
	writer_release(&other);
}

static void seeds_tlog_proof(void)
{
	struct tlog_proof proof = {.extra = BYTES_STR("AAEC"),
	    .index = 5,
	    .count = 3,
	    .checkpoint = BYTES_STR("o\n12\nAAAA\n\n\u2014 o AAAAAAE=\n")};
	struct writer w = {0};

	tlog_proof_put(&w, &proof);
	seed_broken("tlog_proof", "extra", writer_view(&w));
	writer_clear(&w);
	proof.extra = (struct bytes){0};
	tlog_proof_put(&w, &proof);
	seed_broken("tlog_proof", "plain", writer_view(&w));
	writer_clear(&w);
	proof.count = 0;
	proof.index = 0;
	tlog_proof_put(&w, &proof);
	seed("tlog_proof", "of-one", writer_view(&w));
	for (uint64_t index = 1; index < 9; index += 2) {
		char name[16] = "count-0";

		writer_clear(&w);
		proof.index = index;
		proof.count = frontier_count(index) + 1;
		tlog_proof_put(&w, &proof);
		name[6] = (char)('0' + index);
		seed("tlog_proof", name, writer_view(&w));
	}
	writer_clear(&w);
	writer_str(&w, "c2sp.org/tlog-proof@v1\nindex 1\n");
	for (unsigned i = 0; i < TREE_LEVELS + 1; i++)
		writer_str(&w, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
	writer_str(&w, "\nx\n");
	seed("tlog_proof", "too-many", writer_view(&w));
	seed_text("tlog_proof", "other-version", "c2sp.org/tlog-proof@v2\nindex 1\n\nx\n");
	seed_text("tlog_proof", "no-index", "c2sp.org/tlog-proof@v1\nindx 1\n\nx\n");
	seed_text("tlog_proof", "bad-index", "c2sp.org/tlog-proof@v1\nindex 01\n\nx\n");
	seed_text("tlog_proof", "bad-extra", "c2sp.org/tlog-proof@v1\nextra =\nindex 1\n\nx\n");
	seed_text("tlog_proof", "bad-hash", "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx\n");
	seed_text("tlog_proof", "no-end", "c2sp.org/tlog-proof@v1\nindex 1\n");
	writer_release(&w);
}

static void seeds_invite(void)
{
	static const char *const addresses[] = {DIGITS "@sefrou.example:7117",
	    DIGITS "@192.0.2.7:1", DIGITS "@[2001:db8::1]:65535", DIGITS "@[::1]:0",
	    DIGITS "@[::1:7117", DIGITS "@host", DIGITS "@:7117", DIGITS "host:7117",
	    DIGITS "@a b:7117", DIGITS "@host:65536", DIGITS "@host:07117", DIGITS "@[]:7117",
	    DIGITS "@[fe80::1%eth0]:7117", DIGITS "@::1:7117", "xyz@host:7117", "host:7117",
	    "[::1]:7117"};
	struct invite invite = {
	    .network = {{7}}, .code = "azrou", .expires = {1800000000000}, .token = {4}};
	struct writer w = {0}, upper = {0};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		char name[32];

		snprintf(name, sizeof(name), "address-%zu", i);
		seed_text("invite", name, addresses[i]);
		if (i < 3)
			fuzz_check(!address_parse(
			    &invite.addresses[invite.address_count++], bytes_str(addresses[i])));
	}
	for (unsigned count = 1; count <= 3; count++) {
		char name[32];

		invite.address_count = count;
		writer_clear(&w);
		invite_encode(&w, &invite);
		snprintf(name, sizeof(name), "invite-%u", count);
		seed_broken("invite", name, writer_view(&w));
	}
	writer_bytes(&upper, writer_view(&w));
	for (size_t i = 3; i < upper.size; i++)
		if (upper.data[i] >= 'a' && upper.data[i] <= 'z')
			upper.data[i] -= 'a' - 'A';
	seed("invite", "upper", writer_view(&upper));
	seed_text("invite", "bad-letter", "oc10189");
	seed_text("invite", "empty", "oc1");
	writer_release(&w);
	writer_release(&upper);
}

/* oc1 and base32 of a body that is not an invite, with the right hash behind it. */
static void seed_invite_body(const char *name, struct bytes body)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	struct writer raw = {0}, w = {0};
	struct hash hash;
	uint32_t bits = 0;
	unsigned have = 0;

	seal_sha256(&hash, body);
	writer_bytes(&raw, body);
	writer_put(&raw, hash.b, 4);
	writer_str(&w, "oc1");
	for (size_t i = 0; i < raw.size; i++) {
		bits = bits << 8 | raw.data[i];
		for (have += 8; have >= 5; have -= 5)
			writer_u8(&w, (uint8_t)letters[bits >> (have - 5) & 31]);
	}
	if (have)
		writer_u8(&w, (uint8_t)letters[bits << (5 - have) & 31]);
	seed("invite", name, writer_view(&w));
	writer_release(&raw);
	writer_release(&w);
}

static void seeds_invite_bodies(void)
{
	uint8_t zeros[32] = {0};
	struct writer w = {0};

	for (unsigned i = 0; i < 8; i++) {
		char name[16] = "body-0";

		writer_clear(&w);
		mp_put_array(&w, i == 7 ? 5 : 6);
		mp_put_uint(&w, i == 0 ? 2 : 1);
		mp_put_bin(&w, zeros, i == 1 ? 31 : 32);
		mp_put_cstr(&w, i == 2 ? "Azrou" : "azrou");
		mp_put_int(&w, i == 3 ? -1 : 1800000000000);
		mp_put_bin(&w, zeros, i == 4 ? 15 : 16);
		if (i < 7) {
			mp_put_array(&w, i == 5 ? 0 : 1);
			if (i != 5)
				mp_put_cstr(&w, i == 6 ? "host:7117" : DIGITS "@host:7117");
		}
		name[5] = (char)('0' + i);
		seed_invite_body(name, writer_view(&w));
	}
	seed_invite_body("body-none", BYTES_STR("\xc1"));
	writer_release(&w);
}

static void seeds_json(void)
{
	static const char *const texts[] = {
	    ("{\"title\":{\"fr\":\"Budget participatif\",\"ar\":\"\u0645\u064a\u0632\u0627\"},"
	     "\"n\":[0,-1,9007199254740991,true,false,null],\"\":{}}"),
	    "\"\\u0000\\u001b[2J\\ud83c\\udf7a\\n\\t\\\\\\\"\"", "[[[[[[[[1]]]]]]]]",
	    "[[[[[[[[[1]]]]]]]]]", "1.5", "9007199254740992", "-9007199254740992", "1e3",
	    "{\"a\":1,\"a\":2}", "{\"a\":1.5}", "[1,]", "{\"a\"}", "\"\\ud800\"", "tru", "",
	    "  7  ", "\"a\" x", "{\"a\":[{\"b\":1.5}]}", "[9007199254740992]"};
	static const struct bytes values[] = {
	    {(const uint8_t *)"\xc4\x04\0\1\2\3", 6},
	    {(const uint8_t *)"\xa4\xe2\x80\xae\x1b", 5},
	    {(const uint8_t *)"\x82\xa1\x61\xc0\x01\x92\xc2\xc3", 8},
	    {(const uint8_t *)"\xa2\xff\xfe", 3},
	    {(const uint8_t *)"\x81\x90\xc0", 3},
	    {(const uint8_t *)"\xcb\0\0\0\0\0\0\0\0", 9},
	};
	struct writer w = {0};
	char name[32];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(name, sizeof(name), "text-%zu", i);
		seed_text("json", name, texts[i]);
	}
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(name, sizeof(name), "value-%zu", i);
		seed("json", name, values[i]);
	}
	for (unsigned depth = 31; depth < 34; depth++) {
		writer_clear(&w);
		for (unsigned i = 0; i < depth; i++)
			mp_put_array(&w, 1);
		mp_put_nil(&w);
		snprintf(name, sizeof(name), "deep-%u", depth);
		seed("json", name, writer_view(&w));
	}
	writer_release(&w);
}

static void seeds_home(void)
{
	static const char plain[] =
	    "# a comment\nformat = 1\nnetwork = " DIGITS
	    "\nmember=sefrou\n  kind = commune \r\nmember_key = " DIGITS "\nlog = " DIGITS
	    "\ntransport_key = " DIGITS "\nlog_open = AQID\nlog_open_salt = " DIGITS
	    "\nlog_open_time = 1700000000000\njoin = AQID\n\npeer = " DIGITS
	    "@127.0.0.1:7117\nlisten = 127.0.0.1:0\nannounce = a:1\n";
	static const char keeper[] =
	    "roster_log = " DIGITS "\ngenesis = AAECAwQFBgcICQ==\ngenesis_salt = " DIGITS
	    "\ngenesis_time = 9007199254740991\n";
	static const char *const lines[] = {"format = 2\n", "network = 00\n", "peer = nobody\n",
	    "listen = nowhere\n", "log_open_time = -1\n", "member = X\n", "what = 1\n", "no sign\n",
	    "join = =\n", "peer = \n", "log_open =\n", "kind = village\n", "listen = [::]:7117\n"};
	struct writer w = {0};
	char name[32];

	seed_broken("home", "plain", bytes_str(plain));
	writer_str(&w, keeper);
	writer_str(&w, plain);
	seed_broken("home", "keeper", writer_view(&w));
	seed_text("home", "keeper-alone", keeper);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		writer_clear(&w);
		writer_str(&w, plain);
		writer_str(&w, lines[i]);
		snprintf(name, sizeof(name), "line-%zu", i);
		seed("home", name, writer_view(&w));
		snprintf(name, sizeof(name), "alone-%zu", i);
		seed_text("home", name, lines[i]);
	}
	writer_clear(&w);
	writer_str(&w, plain);
	for (unsigned i = 0; i < 9; i++)
		writer_str(&w, "listen = 127.0.0.1:0\n");
	seed("home", "too-many", writer_view(&w));
	writer_clear(&w);
	writer_str(&w, plain);
	writer_str(&w, "announce = ");
	memset(writer_grow(&w, 400), 'a', 400);
	writer_str(&w, ":1\n");
	seed("home", "too-long", writer_view(&w));
	writer_release(&w);
}

#define OGP_HEADER \
	"Commitment Unique Identifier,Country/Locality,Year Of Submission,Commitment Title,Short " \
	"Title,Full Text,Start Date,End Date,Lead Institution,Supporting " \
	"Institution(s),Policy Areas,URL,Action Plan ID\n"

static void seeds_csv(void)
{
	static const char *const dates[] = {"12/31/2019", "31/12/2019", "7/1/2018", "6/6/2018",
	    "1/2/19", "2017", "July 2012", "2012-07", "2012-07-01", "Ongoing", "43101", "Q3 2018",
	    "13/13/2018", "NA", "2/30/2018", "1/1/1899", "Sept. 2018", "12/2018", "2018-13-01", "",
	    "7/1/2018 extra", "1.2.2018", "20180701", "July 31, 2018", "31 July 2018"};
	struct writer w = {0};
	char name[32];

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		snprintf(name, sizeof(name), "date-%zu", i);
		seed_text("csv", name, dates[i]);
	}
	writer_str(&w, "\xef\xbb\xbf" OGP_HEADER);
	for (size_t i = 0; i + 1 < sizeof(dates) / sizeof(dates[0]); i++)
		writer_printf(&w,
		    "MA%04zu,Morocco,2018,Title %zu,,\"Text, \"\"quoted\"\"\nand more\",%s,%s,Lead "
		    "%zu,"
		    "%s,\"Gender, Public Participation, Other\",https://example.org/%zu,MA000%zu\n",
		    i, i, dates[i], dates[i + 1], i, i % 2 ? "" : "Support; Other", i, i % 3);
	seed_broken("csv", "table", writer_view(&w));
	seed_text("csv", "row",
	    OGP_HEADER "MA1,Morocco,2018,,Short,Text,1/7/2014,NA,ND,,,ftp://x,\n"
		       "MA2,Morocco,20x8,T,Short,,31/12/2014,ND,L,,Gender,,P1\n"
		       ",,,,,,,,,,,,\n");
	seed_text("csv", "header-alone", OGP_HEADER);
	seed_text("csv", "few-columns", "a,b\n1,2\n");
	seed_text("csv", "few-cells", "a,b\n1\n");
	seed_text("csv", "many-cells", "a,b\n1,2,3\n");
	seed_text("csv", "same-columns", "a,a\n1,2\n");
	seed_text("csv", "open-quote", "a,b\n1,\"2\n");
	seed_text("csv", "late-quote", "a,b\n1,2\"3\n");
	seed("csv", "bad-text", BYTES_STR("a,b\n1,\xff\n"));
	seed("csv", "nul", BYTES_STR("a,b\n1,\0\n"));
	writer_release(&w);
}

static void seeds_proof(void)
{
	struct writer w = {0}, twisted = {0};
	struct proof_world world;
	char name[32];

	proof_world_init(&world);
	put_document(&w, &world);
	seed_broken("proof", "document", writer_view(&w));
	for (size_t at = 30; at < w.size; at += w.size / 24) {
		writer_clear(&twisted);
		writer_bytes(&twisted, writer_view(&w));
		twisted.data[at] = twisted.data[at] == 'a' ? 'b' : 'a';
		snprintf(name, sizeof(name), "twisted-%zu", at);
		seed("proof", name, writer_view(&twisted));
	}
	writer_clear(&w);
	writer_str(&w, "{\"old\":{\"checkpoint\":");
	json_print_str(&w, writer_view(&world.note));
	writer_str(&w, ",\"size\":2,\"root\":\"" DIGITS "\"},\"new\":{\"checkpoint\":");
	json_print_str(&w, writer_view(&world.note));
	writer_str(&w, ",\"size\":2,\"root\":\"" DIGITS "\"},\"proof\":[]}");
	seed_broken("proof", "growth", writer_view(&w));
	seed_text("proof", "growth-base64",
	    "{\"old\":{\"size\":1,\"root\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"},"
	    "\"new\":{\"size\":2,\"root\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"},"
	    "\"proof\":[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"]}");
	seed_text("proof", "empty", "{}");
	seed_text("proof", "list", "[]");
	seed_text(
	    "proof", "types", "{\"network\":1,\"roster\":{},\"log_open\":[],\"index\":\"x\"}");
	world.ref = "sefrou/0";
	world.index = 0;
	writer_clear(&w);
	put_document(&w, &world);
	seed("proof", "other-record", writer_view(&w));
	world.ref = "nowhere";
	writer_clear(&w);
	put_document(&w, &world);
	seed("proof", "other-ref", writer_view(&w));
	proof_world_release(&world);
	writer_release(&w);
	writer_release(&twisted);
}

static void seeds_text_of_people(void)
{
	static const char *const texts[] = {"Budget participatif", "F\u00e8s", "Fe\u0300s",
	    "\u0641\u0627\u0633 \u200f\u061c", "\U0001f37a\u0301\u0301\u0301", "a\nb\tc", "\x1b[2J",
	    "\u202eabc\u202c", "\u2066x\u2069", "\u2028\ufeff\ufffe", "\u4e2d\u6587\u5b57",
	    "\u1100\u1161", "\u0301 begins", "\U0010ffff", "\u00c5\u212b"};
	static const char *const bad[] = {"\xc3\x28", "\xe2\x82", "\xf0\x9f\x8d", "\xc0\xaf",
	    "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\x80", "a\xe2\x28\xa1z"};
	char name[32];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(name, sizeof(name), "text-%zu", i);
		seed_text("text", name, texts[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(name, sizeof(name), "bad-%zu", i);
		seed_text("text", name, bad[i]);
	}
}

/* Queries and what they look into: languages, clitics, phrases, payloads. */
static void seeds_words(void)
{
	static const char *const inputs[] = {"réclamations \"guichet unique\" -budget num* "
					     "numerisees\nLes RÉCLAMATIONS au guichet unique, "
					     "numérisées à l’état civil. Le budget",
	    "شكايات الوزارة \"تدبير الشكايات\"\nتدبير الشِّكايات وبالجماعات مواطنـــين مسئول ٢٠٢٤ "
	    "شكاياتهم للوزارة",
	    "handling complaints -\"of cities\"\nThe complaints of cities are handled",
	    "cœur æ ﬁn covid19 ⵜⴰⵎⵏ\nŒuvre ﻣﻴﺰﺍﻧﻴﺔ ۱۲ ى ە ک soft\xc2\xadhyphen é́",
	    "la des \"\" - * -a-b \"un deux\" \"trois quatre\" \"cinq six\" \"sept huit\" \"neuf "
	    "dix\"\nx",
	    "a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4 b5 b6 b7 b8\ny",
	    "\"z1 z2 z3 z4 z5 z6 z7 z8 z9 y1 y2 y3 y4 y5 y6 y7\"\nhttps://a.b/c",
	    "milieu\navant avant avant avant avant avant avant avant avant avant avant avant avant "
	    "avant avant le "
	    "milieu\tapres apres apres apres apres apres apres apres apres apres apres apres apres "
	    "apres apres apres "
	    "apres apres apres apres apres apres apres apres apres apres apres apres apres apres "
	    "apres"};
	struct writer w = {0};
	char name[32];

	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		snprintf(name, sizeof(name), "text-%zu", i);
		seed_text("words", name, inputs[i]);
	}
	writer_str(&w, "profond https page tableau\n");
	mp_put_map(&w, 5);
	mp_put_cstr(&w, "cost");
	mp_put_map(&w, 1);
	mp_put_cstr(&w, "currency");
	mp_put_cstr(&w, "MAD");
	mp_put_cstr(&w, "evidence");
	mp_put_array(&w, 1);
	mp_put_map(&w, 2);
	mp_put_cstr(&w, "title");
	mp_put_cstr(&w, "tableau");
	mp_put_cstr(&w, "url");
	mp_put_cstr(&w, "https://page.example");
	mp_put_cstr(&w, "reason");
	mp_put_cstr(&w, "http://page.example");
	mp_put_cstr(&w, "steps");
	mp_put_array(&w, 2);
	mp_put_int(&w, 5);
	mp_put_map(&w, 2);
	mp_put_cstr(&w, "en");
	mp_put_cstr(&w, "deep pages");
	mp_put_cstr(&w, "zgh");
	mp_put_cstr(&w, "profond");
	mp_put_cstr(&w, "title");
	mp_put_cstr(&w, "profond");
	seed_broken("words", "payload", writer_view(&w));
	writer_release(&w);
}

static void seeds_runs(void)
{
	static const char *const terms[] = {
	    "budget", "budgetair", "commun", "\xd9\x85\xd8\xac\xd9\x84\xd8\xb3"};
	struct posting postings[40];
	struct run_writer w = {0};

	for (unsigned i = 0; i < 40; i++)
		postings[i] = (struct posting){(uint16_t)(i * i * 41), (uint8_t)(1 + i % 3)};
	for (unsigned i = 0; i < 4; i++)
		run_put(&w, bytes_str(terms[i]), postings + i, i % 2 ? 1 : 40 - i);
	seed_broken("runs", "page", writer_view(&w.page));
	writer_clear(&w.page);
	w.last.size = 0;
	for (unsigned i = 0; i < 40; i++)
		postings[i] = (struct posting){(uint16_t)(130 + i * 2), (uint8_t)(1 + i % 9)};
	run_put(&w, bytes_str(terms[0]), postings, 40);
	seed_broken("runs", "bits", writer_view(&w.page));
	run_writer_release(&w);
}

void seeds_texts(void)
{
	seeds_runs();
	seeds_words();
	seeds_note();
	seeds_checkpoint();
	seeds_tlog_proof();
	seeds_invite();
	seeds_invite_bodies();
	seeds_json();
	seeds_home();
	seeds_csv();
	seeds_proof();
	seeds_text_of_people();
}
