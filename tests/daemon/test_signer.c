/* The signer as a process: it signs what grows, refuses everything else, and ends with its node, however that ends. */
#include "tests/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/config.h"
#include "daemon/signer.h"
#include "daemon/signer_msg.h"
#include "proto/keyfile.h"
#include "store/head_lock.h"

static struct config config;
static struct key own;

static void file_write(const char *name, struct bytes data)
{
	char path[PATH_MAX + 64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", config.home_path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data.data, data.size), (ssize_t)data.size);
	close(fd);
}

/* A home as far as a signer looks at it: a log key, and a lock of this machine and file. */
static int set_up(void **state)
{
	static const uint8_t seed[32] = {1, 2, 3};
	char path[PATH_MAX + 64];
	struct head_lock lock;
	struct writer file = {0};
	struct seckey sk;

	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	config = (struct config){.log_number = 1};
	snprintf(config.home_path, sizeof(config.home_path), "/tmp/oc-signer-XXXXXX");
	assert_non_null(mkdtemp(config.home_path));
	snprintf(path, sizeof(path), "%s/" HOME_KEYS, config.home_path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(keyfile_encode(&file, KEYFILE_LOG, seed, NULL), ERR_NONE);
	file_write(HOME_KEY_LOG, writer_view(&file));
	keyfile_derive(&own, &sk, KEYFILE_LOG, seed);
	config.home.log = own;
	config.home.network.b[0] = 9;
	writer_clear(&file);
	file_write(HOME_HEAD_LOCK, (struct bytes){NULL, 0});
	assert_int_equal(
	    head_lock_open(&lock, config.home_path, NULL, NULL, false, NULL), ERR_NONE);
	listen_file(&file, &own, 1, &lock.here);
	head_lock_close(&lock);
	file_write(HOME_HEAD_LOCK, writer_view(&file));
	writer_release(&file);
	return 0;
}

static int tear_down(void **state)
{
	char command[PATH_MAX + 32];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", config.home_path);
	return system(command);
}

static void start(struct signer *signer)
{
	struct why why = {0};

	assert_int_equal(signer_start(signer, &config, &why), ERR_NONE);
	assert_int_equal(signer_begin(signer, &why), ERR_NONE);
}

/* A log of `count` leaves, all of them the same, and what it takes to sign it. */
static struct signing signing_at(uint64_t base, uint64_t count)
{
	struct signing asked = {.log = own, .size = count, .is_signing = true};
	struct frontier f = {0};
	struct hash leaf = {{5}};

	for (uint64_t i = 0; i < count; i++)
		frontier_append(&f, &leaf, NULL, NULL);
	frontier_root(&f, &asked.root);
	if (base && base + 1 == count && !(base & (base - 1))) {
		asked.proof_count = 1; /* from a perfect tree to one more leaf */
		asked.proof[0] = leaf;
	}
	return asked;
}

static void expect(struct signer *signer, const struct signing *asked, enum err want)
{
	struct checkpoint cp = {.log = asked->log, .size = asked->size, .root = asked->root};
	struct why why = {0};

	assert_int_equal(signer_ask(signer, asked, &cp.sig, &why), want);
	if (!want && asked->is_signing)
		assert_int_equal(checkpoint_verify(&cp, &config.home.network), ERR_NONE);
	if (want)
		assert_true(why.text[0] != '\0');
}

static void what_grows_is_signed_and_locked_first(void **state)
{
	struct signing first = signing_at(0, 1), second = signing_at(1, 2), bent;
	struct head_lock lock;
	struct listen_lock found;
	struct signer signer;

	(void)state;
	start(&signer);
	expect(&signer, &first, ERR_NONE);
	expect(&signer, &first, ERR_NONE);
	bent = second;
	bent.proof[0].b[1] ^= 1;
	expect(&signer, &bent, ERR_PROOF);
	bent = second;
	bent.root.b[1] ^= 1;
	expect(&signer, &bent, ERR_PROOF);
	bent = second;
	bent.log.b[0] ^= 1;
	expect(&signer, &bent, ERR_UNKNOWN);
	expect(&signer, &second, ERR_NONE);
	expect(&signer, &first, ERR_REFUSED);
	bent = second;
	bent.root.b[1] ^= 1;
	expect(&signer, &bent, ERR_REFUSED);
	assert_int_equal(
	    head_lock_open(&lock, config.home_path, NULL, NULL, false, NULL), ERR_NONE);
	head_lock_find(&lock, &own, &found);
	assert_true(found.is_found && found.slot.size == 2);
	assert_memory_equal(found.slot.root.b, second.root.b, HASH_SIZE);
	head_lock_close(&lock);
	signer_stop(&signer);
	/* Another process goes on where the file says. */
	start(&signer);
	expect(&signer, &first, ERR_REFUSED);
	expect(&signer, &second, ERR_PROOF); /* it needs none any more */
	second.proof_count = 0;
	expect(&signer, &second, ERR_NONE);
	signer_stop(&signer);
}

static enum err raw(struct signer *signer, struct bytes out)
{
	struct signer_answer answer;
	uint8_t in[SIGNER_MSG_MAX];
	ssize_t size;

	assert_int_equal(send(signer->fd, out.data, out.size, 0), (ssize_t)out.size);
	size = recv(signer->fd, in, sizeof(in), 0);
	assert_true(size > 0);
	assert_int_equal(signer_answer_decode(&answer, bytes_of(in, (size_t)size)), ERR_NONE);
	assert_false(answer.has_sig && answer.err);
	return answer.has_sig ? ERR_NONE : answer.err ? answer.err : ERR_NONE;
}

static void a_message_that_is_none_is_refused(void **state)
{
	struct signing asked = signing_at(1, 2);
	uint8_t noise[SIGNER_MSG_MAX + 1] = {0};
	uint64_t random = 4;
	struct signer signer;
	struct writer w = {0};

	(void)state;
	start(&signer);
	signer_ask_encode(&w, SIGNER_SIGN, &asked);
	assert_int_equal(raw(&signer, writer_view(&w)), ERR_PROOF); /* read, and signed before */
	for (size_t size = 1; size < w.size; size++)
		assert_int_equal(raw(&signer, bytes_of(w.data, size)), ERR_FORMAT);
	writer_u8(&w, 0);
	assert_int_equal(raw(&signer, writer_view(&w)), ERR_FORMAT); /* one byte more */
	w.size--;
	w.data[0] = SIGNER_LOCK; /* which has no proof */
	assert_int_equal(raw(&signer, writer_view(&w)), ERR_FORMAT);
	for (unsigned type = 0; type < 256; type++)
		if (type < SIGNER_BEGIN || type > SIGNER_LOCK) {
			w.data[0] = (uint8_t)type;
			assert_int_equal(raw(&signer, writer_view(&w)), ERR_FORMAT);
		}
	w.data[0] = SIGNER_SIGN;
	w.data[1 + KEY_SIZE + 8 + HASH_SIZE] = 4; /* a flag that is none */
	assert_int_equal(raw(&signer, writer_view(&w)), ERR_FORMAT);
	assert_int_equal(raw(&signer, bytes_of((const uint8_t[]){SIGNER_BEGIN}, 1)), ERR_STATE);
	for (int i = 0; i < 2000; i++) {
		for (size_t at = 0; at < 120; at++)
			noise[at] = (uint8_t)unit_random(&random);
		assert_int_not_equal(
		    raw(&signer, bytes_of(noise, 1 + unit_random(&random) % sizeof(noise))),
		    ERR_NONE);
	}
	asked.proof_count = 0;
	expect(&signer, &asked, ERR_NONE); /* it goes on */
	writer_release(&w);
	signer_stop(&signer);
}

static void nothing_is_signed_before_it_has_begun(void **state)
{
	struct signing asked = signing_at(0, 1);
	struct why why = {0};
	struct signer signer;

	(void)state;
	assert_int_equal(signer_start(&signer, &config, &why), ERR_NONE);
	expect(&signer, &asked, ERR_STATE);
	signer_stop(&signer);
}

static void a_key_that_is_another_is_no_signer(void **state)
{
	struct why why = {0};
	struct signer signer;

	(void)state;
	config.home.log.b[0] ^= 1;
	assert_int_equal(signer_start(&signer, &config, &why), ERR_NONE);
	config.home.log.b[0] ^= 1;
	assert_int_equal(signer_begin(&signer, &why), ERR_KEY);
	signer_stop(&signer);
}

static void a_dead_signer_is_noticed(void **state)
{
	struct signing asked = signing_at(0, 2);
	struct signer signer;

	(void)state;
	start(&signer);
	assert_false(signer_has_ended(&signer));
	kill(signer.pid, SIGTERM); /* of a terminal or a supervisor: the node's to heed */
	kill(signer.pid, SIGINT);
	expect(&signer, &asked, ERR_NONE);
	kill(signer.pid, SIGKILL);
	expect(&signer, &asked, ERR_COMMIT);
	signer_stop(&signer);
}

/* Whether the other end of its standard error is closed, as it is when all who had it are gone. */
static void the_signer_ends_with_its_node(void **state)
{
	int ends[2];
	char byte;
	pid_t node;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	node = fork();
	if (node == 0) {
		struct signer signer;
		struct why why = {0};
		close(ends[0]);
		if (signer_start(&signer, &config, &why) || signer_begin(&signer, &why))
			_exit(1);
		if (write(ends[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	alarm(20);
	kill(node, SIGKILL);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	alarm(0);
	assert_int_equal(waitpid(node, NULL, 0), node);
	close(ends[0]);
}

static void answers_are_read_strictly(void **state)
{
	struct signer_answer in = {.has_sig = true, .sig = {{1, 2}}}, out;
	struct writer w = {0};

	(void)state;
	signer_answer_encode(&w, &in);
	assert_int_equal(signer_answer_decode(&out, writer_view(&w)), ERR_NONE);
	assert_memory_equal(out.sig.b, in.sig.b, SIG_SIZE);
	for (size_t size = 0; size < w.size; size++)
		assert_int_equal(signer_answer_decode(&out, bytes_of(w.data, size)), ERR_FORMAT);
	w.data[1] = ERR_COUNT;
	assert_int_equal(signer_answer_decode(&out, writer_view(&w)), ERR_FORMAT);
	w.data[1] = ERR_PROOF; /* a reason and a signature */
	assert_int_equal(signer_answer_decode(&out, writer_view(&w)), ERR_FORMAT);
	w.data[1] = 0;
	w.data[2] = 2;
	assert_int_equal(signer_answer_decode(&out, writer_view(&w)), ERR_FORMAT);
	writer_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_signed_before_it_has_begun),
	    cmocka_unit_test(what_grows_is_signed_and_locked_first),
	    cmocka_unit_test(a_message_that_is_none_is_refused),
	    cmocka_unit_test(a_key_that_is_another_is_no_signer),
	    cmocka_unit_test(a_dead_signer_is_noticed),
	    cmocka_unit_test(the_signer_ends_with_its_node),
	    cmocka_unit_test(answers_are_read_strictly),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
