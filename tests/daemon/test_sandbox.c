/* From inside: what a process that was taken over would try. Each attempt runs in a process of its own, which is first shown to
 * be able to do it. */
#include "tests/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/sandbox.h"

static char home[64];

static const char *in_home(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", home, name);
	return path;
}

static void touch(const char *name)
{
	int fd = open(in_home(name), O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static int set_up(void **state)
{
	static const char *const folders[] = {"keys", "truth", "views", "run"};

	(void)state;
	snprintf(home, sizeof(home), "/tmp/oc-sandbox-XXXXXX");
	assert_non_null(mkdtemp(home));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(mkdir(in_home(folders[i]), 0700), 0);
	touch("keys/log.key");
	touch("keys/transport.key");
	touch("keys/roster.key");
	touch("keys/member.key");
	touch("head.lock");
	touch("config");
	touch("passphrase");
	touch("truth/data.mdb");
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", home);
	return system(command);
}

enum side { FREE, NODE, SIGNER };

/* 0, the errno, or minus the signal that ended it. */
static int attempt(enum side side, int (*trial)(void))
{
	char gap[SANDBOX_GAP_SIZE] = "", passphrase[128];
	int status;
	pid_t pid;

	snprintf(passphrase, sizeof(passphrase), "%s", in_home("passphrase"));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		if (side == NODE)
			sandbox_node(home, passphrase, gap);
		else if (side == SIGNER)
			sandbox_signer(gap);
		if (gap[0])
			_exit(254);
		_exit(trial());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void expect(int (*trial)(void), int free, int node)
{
	assert_int_equal(attempt(FREE, trial), free);
	assert_int_equal(attempt(NODE, trial), node);
}

static int result(long code)
{
	return code == -1 ? errno : 0;
}

static int opened(const char *path, int flags)
{
	return result(open(path, flags, 0600));
}

/* --- programs and processes ---------------------------------------------------------------------- */

static int run_program(void)
{
	char *const argv[] = {(char *)"true", NULL};

	execve("/bin/true", argv, NULL);
	return errno;
}

static int run_program_at(void)
{
	char *const argv[] = {(char *)"true", NULL};

	syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL, 0);
	return errno;
}

static int trace_me(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int read_memory(void)
{
	char from[8] = "secret", to[8];
	struct iovec local = {to, 8}, remote = {from, 8};

	return result(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
}

static int fork_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int signal_parent(void)
{
	return result(kill(getppid(), 0));
}

static int own_session(void)
{
	return result(setsid());
}

static int take_keyring(void)
{
	return result(syscall(SYS_keyctl, 0, -4, 0, 0, 0));
}

static void no_program_is_started_and_nobody_is_looked_into(void **state)
{
	(void)state;
	expect(run_program, 0, -SIGSYS);
	expect(run_program_at, 0, -SIGSYS);
	expect(trace_me, 0, -SIGSYS);
	expect(read_memory, 0, -SIGSYS);
	expect(fork_child, 0, EPERM);
	expect(signal_parent, 0, EPERM);
	expect(own_session, 0, EPERM);
	assert_int_equal(attempt(NODE, take_keyring), -SIGSYS);
}

/* --- files --------------------------------------------------------------------------------------- */

static int open_passwd(void)
{
	return opened("/etc/passwd", O_RDONLY);
}

static int open_maps(void)
{
	return opened("/proc/self/maps", O_RDONLY);
}

static int open_log_key(void)
{
	return opened(in_home("keys/log.key"), O_RDONLY);
}

static int open_transport_key(void)
{
	return opened(in_home("keys/transport.key"), O_RDONLY);
}

static int open_roster_key(void)
{
	return opened(in_home("keys/roster.key"), O_RDONLY);
}

static int open_lock(void)
{
	return opened(in_home("head.lock"), O_RDONLY);
}

static int write_lock(void)
{
	return opened(in_home("head.lock"), O_WRONLY);
}

static int write_config(void)
{
	return opened(in_home("config"), O_WRONLY);
}

static int write_member_key(void)
{
	return opened(in_home("keys/member.key"), O_WRONLY);
}

static int make_in_tmp(void)
{
	return opened("/tmp", O_WRONLY | O_TMPFILE);
}

static int rename_lock(void)
{
	char to[128];
	int code;

	snprintf(to, sizeof(to), "%s", in_home("truth/lock"));
	code = result(rename(in_home("head.lock"), to));
	if (!code)
		rename(to, in_home("head.lock"));
	return code;
}

static int read_member_key(void)
{
	return opened(in_home("keys/member.key"), O_RDONLY);
}

static int read_passphrase(void)
{
	return opened(in_home("passphrase"), O_RDONLY);
}

static int change_truth(void)
{
	int fd = open(in_home("truth/data.mdb"), O_RDWR);
	int code = fd < 0 ? errno : result(ftruncate(fd, 4096));

	return code ? code : result(fdatasync(fd));
}

static int renew_views(void)
{
	char to[128];
	int code = opened(in_home("views/next"), O_WRONLY | O_CREAT);

	snprintf(to, sizeof(to), "%s", in_home("views/data.mdb"));
	code = code ? code : result(rename(in_home("views/next"), to));
	return code ? code : result(unlink(to));
}

static void keys_and_the_system_are_out_of_sight(void **state)
{
	static int (*const refused[])(void) = {open_passwd, open_maps, open_log_key,
	    open_transport_key, open_roster_key, open_lock, write_lock, write_config,
	    write_member_key, make_in_tmp};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		expect(refused[i], 0, EACCES);
	assert_int_equal(attempt(FREE, rename_lock), 0);
	assert_int_not_equal(attempt(NODE, rename_lock), 0);
	assert_int_equal(access(in_home("head.lock"), F_OK), 0);
}

static void what_the_node_works_with_is_left(void **state)
{
	(void)state;
	expect(read_member_key, 0, 0);
	expect(read_passphrase, 0, 0);
	expect(change_truth, 0, 0);
	expect(renew_views, 0, 0);
}

/* --- sockets and memory ------------------------------------------------------------------------------ */

static int bind_tcp(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? errno : result(bind(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int listen_tcp(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? errno : result(listen(fd, 1));
}

static int raw_socket(void)
{
	return result(socket(AF_PACKET, SOCK_DGRAM, 0));
}

static int connect_tcp(void)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? errno : result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int resolve(void)
{
	struct addrinfo *found = NULL;
	int code = getaddrinfo("localhost", "7117", NULL, &found);

	if (found)
		freeaddrinfo(found);
	return code ? 1 : 0;
}

static int tell_date(void)
{
	time_t now = 1751328000; /* noon in Casablanca is eleven in Greenwich */
	struct tm local;

	setenv("TZ", "Africa/Casablanca", 1);
	tzset();
	return localtime_r(&now, &local) && local.tm_gmtoff == 3600 ? 0 : 1;
}

static int map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		   0) == MAP_FAILED
		   ? errno
		   : 0;
}

static int turn_into_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? errno : result(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

static void *thread_runs(void *context)
{
	(void)context;
	return (void *)(long)(open("/etc/passwd", O_RDONLY) >= 0 ? 2 : 1);
}

static int start_thread(void)
{
	pthread_t thread;
	void *got = NULL;

	if (pthread_create(&thread, NULL, thread_runs, NULL) || pthread_join(thread, &got))
		return 99;
	return (int)(long)got;
}

static void sockets_go_out_and_nothing_new_listens(void **state)
{
	(void)state;
	expect(bind_tcp, 0, EACCES);
	expect(listen_tcp, 0, EPERM);
	assert_int_equal(attempt(NODE, raw_socket), EPERM);
	expect(connect_tcp, ECONNREFUSED, ECONNREFUSED);
	expect(resolve, 0, 0);
	assert_int_equal(attempt(NODE, tell_date), attempt(FREE, tell_date));
}

static void data_does_not_become_code_and_threads_are_confined(void **state)
{
	(void)state;
	expect(map_code, 0, EPERM);
	expect(turn_into_code, 0, EPERM);
	expect(start_thread, 2, 1);
}

/* --- the signer -------------------------------------------------------------------------------------- */

static int say(void)
{
	return result(write(STDERR_FILENO, "", 0));
}

static int take_memory(void)
{
	return malloc(1 << 20) ? 0 : 1;
}

static void the_signer_has_less(void **state)
{
	static int (*const deadly[])(void) = {run_program, trace_me, open_passwd, open_log_key,
	    read_member_key, change_truth, connect_tcp, fork_child, read_memory, map_code};

	(void)state;
	assert_int_equal(attempt(SIGNER, say), 0);
	assert_int_equal(attempt(SIGNER, take_memory), 0);
	for (size_t i = 0; i + 1 < sizeof(deadly) / sizeof(deadly[0]); i++)
		assert_int_equal(attempt(SIGNER, deadly[i]), -SIGSYS);
}

static void a_build_without_says_so(void **state)
{
	char gap[SANDBOX_GAP_SIZE];

	(void)state;
	sandbox_node(home, "", gap);
	assert_string_equal(gap, "this build has no sandbox");
}

int main(void)
{
	const struct CMUnitTest inside[] = {
	    cmocka_unit_test(no_program_is_started_and_nobody_is_looked_into),
	    cmocka_unit_test(keys_and_the_system_are_out_of_sight),
	    cmocka_unit_test(what_the_node_works_with_is_left),
	    cmocka_unit_test(sockets_go_out_and_nothing_new_listens),
	    cmocka_unit_test(data_does_not_become_code_and_threads_are_confined),
	    cmocka_unit_test(the_signer_has_less),
	};
	const struct CMUnitTest outside[] = {cmocka_unit_test(a_build_without_says_so)};

	return SANDBOX_IS_BUILT ? cmocka_run_group_tests(inside, set_up, tear_down)
				: cmocka_run_group_tests(outside, set_up, tear_down);
}
