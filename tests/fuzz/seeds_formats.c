/* Seeds of the binary formats: MessagePack, records, batches, log.open, key files, head.lock,
 * changes, the handshake, frames, the control socket. */
#include "tests/fuzz/seeds.h"
#include "tests/one_batch.h"

#include "proto/change.h"
#include "proto/frame.h"
#include "proto/keyfile.h"
#include "proto/listen.h"
#include "proto/log_open.h"
#include "proto/msg.h"
#include "proto/rpc.h"

static const uint8_t salt[RECORD_SALT_SIZE] = {5, 6, 7};

/* Each form of each type, in an array: the shortest and the longest length of each head. */
static void put_forms(struct writer *w)
{
	static const int64_t numbers[] = {0, 127, 128, 255, 256, 65535, 65536, 4294967295,
	    4294967296, MP_INT_MAX, -1, -32, -33, -128, -129, -32768, -32769, -2147483648,
	    -2147483649, -MP_INT_MAX};
	static const size_t sizes[] = {0, 31, 32, 255, 256};
	uint8_t blob[256];

	memset(blob, 'a', sizeof(blob));
	mp_put_array(w, 20 + 2 * 5 + 3 + 3);
	for (unsigned i = 0; i < 20; i++)
		mp_put_int(w, numbers[i]);
	for (unsigned i = 0; i < 5; i++) {
		mp_put_str(w, bytes_of(blob, sizes[i]));
		mp_put_bin(w, blob, sizes[i]);
	}
	mp_put_nil(w);
	mp_put_bool(w, true);
	mp_put_bool(w, false);
	mp_put_array(w, 16);
	for (unsigned i = 0; i < 16; i++)
		mp_put_nil(w);
	mp_put_map(w, 16);
	for (unsigned i = 0; i < 16; i++) {
		char key[3] = {'k', (char)('a' + i), '\0'};

		mp_put_cstr(w, key);
		mp_put_uint(w, i);
	}
	mp_put_map(w, 2);
	mp_put_cstr(w, "a");
	mp_put_cstr(w, "\u0641\u0627\u0633");
	mp_put_cstr(w, "title");
	mp_put_cstr(w, "F\u00e8s \U0001f37a");
}

static void seeds_mp(void)
{
	static const struct {
		const char *name;
		struct bytes in;
	} bad[] = {
	    {"long-nothing", BYTES_STR("\xcc\x7f")},
	    {"long-u16", BYTES_STR("\xcd\x00\xff")},
	    {"long-u32", BYTES_STR("\xce\x00\x00\xff\xff")},
	    {"long-u64", BYTES_STR("\xcf\x00\x00\x00\x00\xff\xff\xff\xff")},
	    {"large-u64", BYTES_STR("\xcf\xff\xff\xff\xff\xff\xff\xff\xff")},
	    {"long-i8", BYTES_STR("\xd0\xff")},
	    {"long-i16", BYTES_STR("\xd1\xff\xff")},
	    {"long-i32", BYTES_STR("\xd2\xff\xff\xff\xff")},
	    {"long-i64", BYTES_STR("\xd3\xff\xff\xff\xff\xff\xff\xff\xff")},
	    {"large-i64", BYTES_STR("\xd3\x80\x00\x00\x00\x00\x00\x00\x00")},
	    {"long-str", BYTES_STR("\xd9\x01"
				   "a")},
	    {"long-str16", BYTES_STR("\xda\x00\x01"
				     "a")},
	    {"huge-str", BYTES_STR("\xdb\xff\xff\xff\xff")},
	    {"bad-str", BYTES_STR("\xa2\xc3\x28")},
	    {"long-bin", BYTES_STR("\xc5\x00\x01"
				   "a")},
	    {"huge-bin", BYTES_STR("\xc6\xff\xff\xff\xff")},
	    {"long-array", BYTES_STR("\xdc\x00\x01\xc0")},
	    {"huge-array", BYTES_STR("\xdd\xff\xff\xff\xff\xc0")},
	    {"long-map", BYTES_STR("\xde\x00\x01\xa1"
				   "a\xc0")},
	    {"huge-map", BYTES_STR("\xdf\xff\xff\xff\xff\xc0")},
	    {"unsorted", BYTES_STR("\x82\xa1"
				   "b\xc0\xa1"
				   "a\xc0")},
	    {"twice", BYTES_STR("\x82\xa1"
				"a\xc0\xa1"
				"a\xc0")},
	    {"key-int", BYTES_STR("\x81\x01\xc0")},
	    {"float", BYTES_STR("\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00")},
	    {"ext", BYTES_STR("\xd4\x01\x01")},
	    {"never", BYTES_STR("\xc1")},
	    {"deep", BYTES_STR("\x91\x91\x91\x91\x91\x91\x91\x91\xc0")},
	    {"too-deep", BYTES_STR("\x91\x91\x91\x91\x91\x91\x91\x91\x91\xc0")},
	    /* What the readers are asked for comes from the same bytes. */
	    {"ask-nil", BYTES_STR("\x00\xc0")},
	    {"ask-bool", BYTES_STR("\x01\xc3")},
	    {"ask-fixed", BYTES_STR("\x06\xc4\x06"
				    "abcdef")},
	    {"ask-skip", BYTES_STR("\x09\x92\x82\xa1"
				   "a\xc0\xa1"
				   "b\xc0\xc4\x01"
				   "a")},
	    {"ask-raw", BYTES_STR("\x0a\x92\x01\x02")},
	    {"ask-array", BYTES_STR("\x0b\x91\x01")},
	    {"ask-widths", BYTES_STR("\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d"
				     "\x0e\x0f")},
	};
	struct writer w = {0};

	put_forms(&w);
	seed_broken("mp", "forms", writer_view(&w));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		seed("mp", bad[i].name, bad[i].in);
	writer_release(&w);
}

static void put_record(struct writer *w, uint16_t kind, const char *title, bool has_anchor)
{
	const struct hash anchor = {{8}};
	struct writer payload = {0};

	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "title");
	mp_put_cstr(&payload, title);
	record_create(w, kind, (struct mtime){1700000000000}, has_anchor ? &anchor : NULL, salt,
	    writer_view(&payload));
	writer_release(&payload);
}

static void seeds_record(struct writer *records)
{
	struct writer w = {0}, erased = {0};
	struct record record;
	struct reader r;

	put_record(records, 128, "Budget participatif", false);
	put_record(records, 66, "\u0645\u064a\u0632\u0627\u0646\u064a\u0629", true);
	seed_broken("record", "two", writer_view(records));
	reader_init(&r, writer_view(records));
	fuzz_check(!record_read(&record, &r));
	seed_broken("record", "header", record.raw_header);
	record.state = RECORD_ERASED;
	record.erasure = (struct record_ref){.log = {{1}}, .index = 9, .leaf = {{2}}};
	record_write(&erased, &record);
	record.state = RECORD_NOT_HELD;
	record_write(&erased, &record);
	seed_broken("record", "erased-and-not-held", writer_view(&erased));
	/* u16 payload size, u8 state, rest */
	for (uint8_t state = 0; state < 4; state++) {
		char name[16] = "rest-0";

		writer_clear(&w);
		writer_u16(&w, 4);
		writer_u8(&w, state);
		writer_put(&w, salt, sizeof(salt));
		writer_put(&w, "four and what an erasure names, 72 bytes in all", 40);
		name[5] = (char)('0' + state);
		seed("record", name, writer_view(&w));
	}
	for (unsigned i = 0; i < 7; i++) {
		char name[16] = "element-0";

		writer_clear(&w);
		mp_put_array(&w, i == 6 ? 5 : 7);
		mp_put_uint(&w, i == 0 ? 2 : 1);
		mp_put_uint(&w, i == 1 ? 65536 : 128);
		mp_put_int(&w, i == 2 ? -1 : 5);
		mp_put_bin(&w, salt, i == 3 ? 31 : 32);
		mp_put_uint(&w, i == 4 ? 65537 : 100);
		if (i < 6) {
			mp_put_bin(&w, salt, i == 5 ? 31 : 32);
			mp_put_cstr(&w, "of a later version");
		}
		name[8] = (char)('0' + i);
		seed("record", name, writer_view(&w));
	}
	writer_clear(&w);
	mp_put_array(&w, 7);
	mp_put_uint(&w, 1);
	mp_put_uint(&w, 128);
	mp_put_uint(&w, 5);
	mp_put_bin(&w, salt, 0);
	mp_put_uint(&w, 0);
	mp_put_bin(&w, salt, 32);
	mp_put_str(&w, bytes_str("later elements are kept"));
	seed("record", "later-element", writer_view(&w));
	writer_release(&w);
	writer_release(&erased);
}

static void seeds_batch(struct bytes records)
{
	struct batch batch = {.key = {{1}}, .from = 3, .count = 2, .size = 9, .proof_count = 2};
	struct writer w = {0}, frame = {0};

	batch.proof[0].b[0] = 7;
	batch_encode(&w, &batch, records);
	seed_broken("batch", "two", writer_view(&w));
	writer_clear(&w);
	batch_pack(&w, records);
	seed_broken("batch", "packed", writer_view(&w));
	fuzz_check(!w.err);
	be32_put(w.data, BATCH_RAW_MAX + 1);
	seed("batch", "too-large", writer_view(&w));
	be32_put(w.data, 7);
	seed("batch", "other-size", writer_view(&w));
	writer_clear(&w);
	batch_encode(&w, &(struct batch){0}, (struct bytes){0});
	seed("batch", "nothing", writer_view(&w));
	for (unsigned i = 0; i < 6; i++) {
		char name[16] = "field-0";

		batch_pack(&frame, records);
		writer_clear(&w);
		mp_put_array(&w, 2);
		mp_put_array(&w, i == 1 ? 2 : 1);
		mp_put_array(&w, 3);
		mp_put_uint(&w, i == 0 ? BATCH_COUNT_MAX + 1 : i == 5 ? 0 : 2);
		mp_put_uint(&w, i == 4 ? BATCH_RAW_MAX + 1 : records.size);
		mp_put_bin(&w, batch.proof, i == 2 ? 31 : i == 3 ? 107 * 32 : 64);
		mp_put_bin(&w, frame.data + 4, frame.size - 4);
		name[6] = (char)('0' + i);
		seed("batch", name, writer_view(&w));
		writer_clear(&frame);
	}
	writer_release(&w);
	writer_release(&frame);
}

static void seeds_log_open(void)
{
	struct log_open open = {.network = {{7}}, .number = 2, .member = "sefrou"};
	struct writer w = {0}, twisted = {0};
	struct seckey sk;

	seal_sign_keypair(&open.member_key, &sk, (const uint8_t[32]){4});
	seal_sign_keypair(&open.key, &sk, (const uint8_t[32]){5});
	seal_sign_keypair(&open.member_key, &sk, (const uint8_t[32]){4});
	seal_dh_keypair(&open.transport, &(struct seckey){0}, (const uint8_t[32]){6});
	log_open_encode(&w, &open, &sk);
	seed_broken("log_open", "first", writer_view(&w));
	for (size_t at = 0; at < w.size; at += 37) {
		char name[32];

		writer_clear(&twisted);
		writer_bytes(&twisted, writer_view(&w));
		twisted.data[at] ^= 1;
		snprintf(name, sizeof(name), "twisted-%zu", at);
		seed("log_open", name, writer_view(&twisted));
	}
	writer_clear(&w);
	open.previous_count = 2;
	open.previous[0].size = 5;
	open.previous[1].size = 6;
	log_open_encode(&w, &open, &sk);
	seed_broken("log_open", "third", writer_view(&w));
	for (unsigned i = 0; i < 3; i++) {
		char name[16] = "other-0";
		struct log_open other = open;

		if (i == 0)
			other.network.b[0] ^= 1;
		else if (i == 1)
			memset(other.key.b, 0, KEY_SIZE);
		else
			other.member[0] = 'S';
		writer_clear(&w);
		log_open_encode(&w, &other, &sk);
		name[6] = (char)('0' + i);
		seed("log_open", name, writer_view(&w));
	}
	writer_release(&w);
	writer_release(&twisted);
}

static void seeds_keyfile(void)
{
	const uint8_t secret[32] = {1, 2, 3};
	struct keyfile_lock lock = {.passphrase = BYTES_STR("correct horse"),
	    .salt = {1},
	    .nonce = {2},
	    .cost = {1, PWHASH_MEMORY_KIB_MIN}};
	struct writer w = {0};

	for (unsigned purpose = 0; purpose <= KEYFILE_TRANSPORT; purpose++) {
		char name[32];

		writer_clear(&w);
		fuzz_check(!keyfile_encode(&w, (enum keyfile_purpose)purpose, secret, NULL));
		snprintf(name, sizeof(name), "plain-%u", purpose);
		seed_broken("keyfile", name, writer_view(&w));
		writer_clear(&w);
		fuzz_check(!keyfile_encode(&w, (enum keyfile_purpose)purpose, secret, &lock));
		snprintf(name, sizeof(name), "sealed-%u", purpose);
		seed_broken("keyfile", name, writer_view(&w));
	}
	lock.passphrase = BYTES_STR("wrong horse");
	writer_clear(&w);
	fuzz_check(!keyfile_encode(&w, KEYFILE_LOG, secret, &lock));
	seed("keyfile", "other-passphrase", writer_view(&w));
	for (unsigned i = 0; i < 4; i++) {
		char name[16] = "costs-0";

		writer_clear(&w);
		mp_put_map(&w, 4);
		mp_put_cstr(&w, "format");
		mp_put_uint(&w, i == 3 ? 2 : 1);
		mp_put_cstr(&w, "key");
		mp_put_bin(&w, secret, 32);
		mp_put_cstr(&w, "purpose");
		mp_put_cstr(&w, "log");
		mp_put_cstr(&w, "sealed");
		mp_put_array(&w, 5);
		mp_put_bin(&w, secret, 16);
		mp_put_bin(&w, secret, 24);
		mp_put_uint(&w, i == 0 ? 65 : i == 2 ? 1ull << 40 : 1);
		mp_put_uint(&w, i == 1 ? 1 << 21 : 8);
		mp_put_bin(&w, secret, 32);
		name[6] = (char)('0' + i);
		seed("keyfile", name, writer_view(&w));
	}
	writer_clear(&w);
	memset(writer_grow(&w, KEYFILE_SIZE_MAX + 1), 0xc0, KEYFILE_SIZE_MAX + 1);
	seed("keyfile", "too-large", writer_view(&w));
	writer_release(&w);
}

/* Three bytes in front choose what the database holds. */
static void seeds_listen(void)
{
	struct key logs[2] = {{{1}}, {{2}}};
	struct listen_here here, other;
	struct listen_slot slot;
	struct writer w = {0};

	listen_here_parse(&here, BYTES_STR("0123456789abcdef0123456789abcdef\n"),
	    BYTES_STR("01234567-89ab-cdef-0123-456789abcdef\n"), 5);
	listen_file(&w, logs, 2, &here);
	seed("listen", "new", writer_view(&w));
	for (unsigned i = 0; i < 8; i++) {
		char name[16] = "signed-0";

		writer_clear(&w);
		listen_file(&w, logs, 1, &here);
		other = here;
		if (i == 1)
			other.boot[0] ^= 1;
		if (i == 2)
			other.machine[0] ^= 1;
		if (i == 3)
			other.inode = 6;
		slot = (struct listen_slot){
		    .sequence = 2, .log = logs[0], .size = 1, .here = other, .was_shown = i == 1};
		if (i == 4)
			slot.size = 200; /* ahead of the database */
		listen_slot_encode(w.data + LISTEN_SLOT_SIZE, &slot);
		if (i == 5)
			w.data[10] ^= 1; /* the older slot */
		if (i == 6)
			w.data[LISTEN_SLOT_SIZE + 10] ^= 1;
		if (i == 7) {
			slot.log = logs[1];
			listen_slot_encode(w.data, &slot);
		}
		name[7] = (char)('0' + i);
		seed("listen", name, writer_view(&w));
	}
	w.size -= 100;
	seed("listen", "cut", writer_view(&w));
	seed_text(
	    "listen", "ids", "01234567-89AB-cdef-0123-456789abcdef0123456789abcdef0123456789");
	seed_text("listen", "no-ids", "a machine without an id, and more than 32 digits abc");
	seed("listen", "nothing", (struct bytes){0});
	writer_release(&w);
}

static void put_simple_changes(struct writer *w)
{
	const struct checkpoint head = {.log = {{1}}, .size = 3, .root = {{2}}, .sig = {{3}}};
	struct change_addresses addresses = {.key = {{1}}, .count = 2};

	change_put_log(w, &(struct change_log){.key = {{1}}, .member = "sefrou", .number = 1});
	change_put_head(w, &head);
	change_put_lock(w, &(struct change_lock){.key = {{1}}, .size = 3, .was_shown = true});
	change_put_cursor(w, &(struct change_cursor){.peer = {{2}}, .arrival = 7});
	change_put_payload(w, &(struct change_payload){.key = {{1}}, .rest = BYTES_STR("\2")});
	addresses.addresses[0] = BYTES_STR("sefrou.example:7117");
	addresses.addresses[1] = BYTES_STR("[::1]:7117");
	change_put_addresses(w, &addresses);
	change_put_member(w, &(struct change_member){.code = "sefrou",
				 .is_admitted = true,
				 .territory = "05.591.01.01",
				 .names = BYTES_STR("\x80")});
	change_put_invite(w, &(struct change_invite){.is_put = true, .code = "azrou"});
	change_put_invite(w, &(struct change_invite){.is_put = false});
	change_put_request(w,
	    &(struct change_request){
		.number = 6, .is_put = true, .code = "azrou", .join = BYTES_STR("a body of JOIN")});
	change_put_draft(
	    w, &(struct change_draft){
		   .number = 4, .is_put = true, .kind = 128, .payload = BYTES_STR("\x80")});
	change_put_state(
	    w, &(struct change_state){
		   .key = {{1}}, .state = LOG_FROZEN, .evidence = BYTES_STR("a body of EVIDENCE")});
	change_put_mend(w, &(struct change_mend){
			       .key = {{1}}, .from = 2, .count = 1, .body = BYTES_STR("a record")});
}

static void seeds_change(struct bytes records)
{
	const struct change_node nodes[2] = {{8, 0, {{1}}}, {16, 0, {{2}}}};
	struct change_append append = {.key = {{1}},
	    .from = 1,
	    .count = 2,
	    .reread = true,
	    .nodes = nodes,
	    .node_count = 2,
	    .body = records};
	struct change_tree tree = {.key = {{1}}, .head_arrival = 9};
	struct writer w = {0};

	append.frontier.size = tree.frontier.size = 3;
	change_put_append(&w, &append);
	seed_broken("change", "append", writer_view(&w));
	writer_clear(&w);
	change_put_tree(&w, &tree);
	seed_broken("change", "tree", writer_view(&w));
	writer_clear(&w);
	put_simple_changes(&w);
	seed_broken("change", "others", writer_view(&w));
	for (size_t at = 0; at < w.size; at += 41) {
		char name[32];
		struct writer twisted = {0};

		writer_bytes(&twisted, writer_view(&w));
		twisted.data[at] ^= 0x81;
		snprintf(name, sizeof(name), "twisted-%zu", at);
		seed("change", name, writer_view(&twisted));
		writer_release(&twisted);
	}
	writer_release(&w);
}

static void seeds_noise(void)
{
	static const struct {
		const char *name;
		struct bytes in;
	} cases[] = {
	    {"whole", BYTES_STR("\0\xff")},
	    {"in-pieces", BYTES_STR("\0\0")},
	    {"prefix", BYTES_STR("\0\7\0\0\1")},
	    {"too-small", BYTES_STR("\0\7\0\1\x31")},
	    {"key", BYTES_STR("\0\7\0\5\1")},
	    {"tag", BYTES_STR("\0\7\0\x30\1")},
	    {"cut", BYTES_STR("\0\7\xff\xff\x10")},
	    {"second", BYTES_STR("\1\x20\0\5\1")},
	    {"second-prefix", BYTES_STR("\1\x20\0\0\1")},
	    {"third", BYTES_STR("\2\x10\0\5\1")},
	    {"third-payload", BYTES_STR("\2\x10\0\x50\1")},
	    {"third-large", BYTES_STR("\2\x10\0\0\3")},
	    {"third-cut", BYTES_STR("\2\x10\xff\xff\x10")},
	    {"and-more", BYTES_STR("\0\xff\xff\xff\xff the next message")},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		seed("noise", cases[i].name, cases[i].in);
}

/* u8 how, u8 pieces, then what that asks for. */
static void seeds_frame(void)
{
	struct noise_cipher cipher = {{1, 2, 3}, REKEY_MESSAGES - 2};
	struct frame_out out = {cipher};
	struct writer w = {0}, large = {0};

	writer_put(&w, "\0\x20", 2);
	for (unsigned i = 0; i < 3; i++)
		fuzz_check(!frame_encode(&out, 18, BYTES_STR("\x91\x01"), &w));
	seed_broken("frame", "wire", writer_view(&w));
	seed("frame", "wire-empty", BYTES_STR("\0\1\0\0"));
	seed("frame", "wire-small", BYTES_STR("\0\1\0\x10 0123456789abcdef"));
	writer_clear(&w);
	writer_put(&w, "\1\x07", 2);
	writer_put(&w, "\0\6\x12\0\0\2\x91\x01", 8);
	writer_put(&w, "\0\4\x12\0\0\0", 6);
	seed("frame", "messages", writer_view(&w));
	seed("frame", "message-short", BYTES_STR("\1\x30\0\3\x12\0\0"));
	seed("frame", "message-too-large", BYTES_STR("\1\x30\0\4\x12\xff\xff\xff"));
	seed("frame", "message-not-full", BYTES_STR("\1\x30\0\5\x12\0\0\2\x01\0\1\x01"));
	seed("frame", "message-more", BYTES_STR("\1\x30\0\6\x12\0\0\1\x01\x02"));
	seed("frame", "message-empty", BYTES_STR("\1\x30\0\0\0\0\0\0"));
	writer_clear(&w);
	writer_put(&w, "\2\xff", 2);
	writer_put(&w, "\x12\0\2\x91\x01", 5);
	writer_u8(&w, 7);
	writer_u16(&w, 65535);
	memset(writer_grow(&w, 65535), 0x55, 65535);
	writer_put(&w, "\x13\0\1\x90", 4);
	seed("frame", "frames", writer_view(&w));
	/* Two full messages, sealed here, that say so in the first. */
	writer_put(&large, "\1\xff", 2);
	writer_u16(&large, FRAME_PART_MAX);
	writer_put(&large, "\7\1\0\0", 4);
	memset(writer_grow(&large, FRAME_PART_MAX - 4), 1, FRAME_PART_MAX - 4);
	writer_u16(&large, 21);
	memset(writer_grow(&large, 21), 2, 21);
	seed("frame", "message-of-two", writer_view(&large));
	writer_release(&w);
	writer_release(&large);
}

static void seeds_rpc(void)
{
	struct writer w = {0}, params = {0};

	mp_put_map(&params, 1);
	mp_put_cstr(&params, "kind");
	mp_put_cstr(&params, "practice");
	rpc_request_encode(&w, 1, "list", writer_view(&params));
	seed_broken("rpc", "request", writer_view(&w));
	writer_clear(&w);
	rpc_reply_encode(&w, 4000000000u, writer_view(&params));
	seed_broken("rpc", "reply", writer_view(&w));
	for (unsigned i = 0; i < 5; i++) {
		static const enum err errors[] = {
		    ERR_FIELD, ERR_USAGE, ERR_UNKNOWN, ERR_IO, ERR_REFUSED};
		char name[16] = "error-0";
		struct writer fields = {0};

		mp_put_array(&fields, 0);
		writer_clear(&w);
		rpc_error_encode(&w, 2,
		    &(struct rpc_error){.err = errors[i],
			.text = "bad field",
			.hint = i % 2 ? "look at it" : "",
			.fields = i ? (struct bytes){0} : writer_view(&fields)});
		name[6] = (char)('0' + i);
		seed_broken("rpc", name, writer_view(&w));
		writer_release(&fields);
	}
	writer_clear(&w);
	put_forms(&w);
	seed("rpc", "forms", writer_view(&w));
	seed("rpc", "huge-str", BYTES_STR("\x94\xdb\xff\xff\xff\xff"));
	seed("rpc", "huge-array", BYTES_STR("\xdd\xff\xff\xff\xff"));
	seed("rpc", "huge-map", BYTES_STR("\xdf\x00\x7f\xff\xff"));
	seed("rpc", "float", BYTES_STR("\x94\x00\xcb\x00"));
	seed("rpc", "request-of-three", BYTES_STR("\x93\x00\x01\xa4list"));
	seed("rpc", "notification", BYTES_STR("\x93\x02\xa4list\x90"));
	seed("rpc", "large-id",
	    BYTES_STR("\x94\x00\xcf\x00\x00\x00\x02\x00\x00\x00\x00\xa1l\x91\x80"));
	seed("rpc", "params-str", BYTES_STR("\x94\x00\x01\xa4list\x91\xa1x"));
	seed("rpc", "no-params", BYTES_STR("\x94\x00\x01\xa4list\x90"));
	seed("rpc", "both", BYTES_STR("\x94\x01\x01\x80\x80"));
	seed("rpc", "error-str", BYTES_STR("\x94\x01\x01\xa1x\xc0"));
	seed("rpc", "error-empty", BYTES_STR("\x94\x01\x01\x80\xc0"));
	writer_release(&w);
	writer_release(&params);
}

void seeds_formats(void)
{
	struct writer records = {0};

	seeds_mp();
	seeds_record(&records);
	seeds_batch(writer_view(&records));
	seeds_log_open();
	seeds_keyfile();
	seeds_listen();
	seeds_change(writer_view(&records));
	seeds_noise();
	seeds_frame();
	seeds_rpc();
	writer_release(&records);
}
