/* communed: opens the home, puts the parts together, says that it is ready, runs. Decides the order
 * of starting, and that whoever comes second to a home touches nothing in it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/closing.h"
#include "daemon/config.h"
#include "daemon/control.h"
#include "daemon/disk.h"
#include "daemon/drafts.h"
#include "daemon/indexer.h"
#include "daemon/job.h"
#include "daemon/key_check.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/methods.h"
#include "daemon/net.h"
#include "daemon/random.h"
#include "daemon/sandbox.h"
#include "daemon/signer.h"
#include "proto/json.h"
#include "proto/mp.h"
#include "proto/rpc.h"
#include "store/compact.h"
#include "store/store.h"
#include "store/views.h"

#define MOVED_TEXT \
	"this home was moved: the one that `commune move --from` made signs its log; to go on " \
	"here " \
	"all the same open a new log with `commune log open`"
/* A verification of everything does not keep other queries waiting. */
#define QUERY_THREADS 2

static enum err folder_make(const char *home, const char *name, mode_t mode, struct why *why)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/%s", home, name);
	if ((mkdir(path, mode) && errno != EEXIST) || chmod(path, mode))
		return why_set(why, ERR_IO, "cannot make %s: %s", path, strerror(errno));
	return ERR_NONE;
}

/* Whoever opens the store holds the home; everything after it may assume so. */
static enum err store_start(struct loop *loop, struct config *config, struct why *why)
{
	struct core_config *core = &config->core;
	struct why reason = {0};
	enum err err;

	struct store_options options = {.signer = &loop->signer.hook};

	loop->store = store_open(config->home_path, &options, why);
	if (!loop->store)
		return why->err ? why->err : ERR_IO;
	if (store_is_in_doubt(loop->store))
		log_line(
		    LEVEL_WARNING, "a commit failed here: all that is stored is looked through");
	if ((err = signer_begin(&loop->signer, why)))
		return err;
	memcpy(core->store_id, store_id(loop->store), STORE_ID_SIZE);
	err = store_lock(loop->store, &core->log, &core->own_lock, &reason);
	/* Two nodes under one transport key would stop each other. */
	if (!err && core->own_lock.is_moved)
		return why_set(why, ERR_REFUSED, MOVED_TEXT);
	if (!err && reason.text[0])
		log_line(LEVEL_WARNING, "own log: %s", reason.text);
	if (!err && core->is_keeper) {
		reason = (struct why){0};
		err = store_lock(loop->store, &core->roster_log, &core->roster_lock, &reason);
		if (!err && reason.text[0])
			log_line(LEVEL_WARNING, "roster: %s", reason.text);
	}
	if (err)
		return why_set(
		    why, err, "head.lock: %s", reason.text[0] ? reason.text : err_text(err));
	loop->views = views_open(loop->store, config->home_path, why);
	return loop->views ? ERR_NONE : why->err ? why->err : ERR_IO;
}

static enum err core_make(struct loop *loop, struct config *config, struct why *why)
{
	struct writer dump = {0};
	enum err err;

	random_bytes(config->core.seed, sizeof(config->core.seed));
	loop->core = core_new(&config->core);
	seal_wipe(config->core.seed, sizeof(config->core.seed));
	seal_wipe(&config->core.transport_sk, sizeof(config->core.transport_sk));
	if (!loop->core)
		return why_set(why, ERR_MEMORY, "out of memory");
	loop_turn(loop);
	err = store_dump(loop->store, &dump, why);
	if (!err)
		err = core_load(loop->core, writer_view(&dump), why);
	writer_release(&dump);
	return err;
}

static enum err parts_make(struct loop *loop, struct why *why)
{
	loop->disk = disk_new(loop);
	loop->reads = job_pool_new(&loop->uv, "reads", 1, loop->store);
	loop->queries = job_pool_new(&loop->uv, "queries", QUERY_THREADS, loop->views);
	loop->checks = job_pool_new(&loop->uv, "checks", 1, NULL);
	loop->indexer = indexer_new(loop);
	loop->drafts = drafts_new(loop);
	if (!loop->disk || !loop->reads || !loop->queries || !loop->checks || !loop->indexer ||
	    !loop->drafts)
		return why_set(why, ERR_MEMORY, "out of memory or threads");
	return ERR_NONE;
}

/* Where nobody said otherwise a machine without IPv6 is served as well. */
static enum err listen_start(struct loop *loop, struct config *config, struct why *why)
{
	struct why first = {0};
	enum err err = ERR_NONE;

	if (config->listen.count == 0) {
		if (net_listen(loop->net, HOME_LISTEN_DEFAULT, &first) == ERR_NONE ||
		    net_listen(loop->net, "0.0.0.0:" HOME_PORT_DEFAULT, NULL) == ERR_NONE)
			return ERR_NONE;
		return why_set(why, first.err, "%s", first.text);
	}
	for (unsigned i = 0; !err && i < config->listen.count; i++)
		err = net_listen(loop->net, config->listen.text[i], why);
	return err;
}

/* Everything is open that has to be; from here on bytes of others are read. */
static void confine(struct loop *loop, const struct config *config)
{
	if (config->is_unfenced)
		snprintf(loop->sandbox_gap, sizeof(loop->sandbox_gap), "--no-sandbox");
	else
		sandbox_node(config->home_path, config->passphrase_path, loop->sandbox_gap);
	if (loop->sandbox_gap[0])
		log_line(LEVEL_WARNING, SANDBOX_ALARM, loop->sandbox_gap);
}

static enum err start(struct loop *loop, struct config *config, struct why *why)
{
	enum err err = store_start(loop, config, why);

	if (!err)
		err = folder_make(config->home_path, HOME_RUN, 0750, why);
	loop->net = err ? NULL : net_new(loop);
	if (!err && !config->is_closing)
		err = listen_start(loop, config, why);
	if (err)
		return err;
	if (!config->is_closing)
		config_announce(config, loop->net);
	err = core_make(loop, config, why);
	if (err)
		return err;
	loop->control = control_open(loop, config->socket_path, methods, why);
	if (!loop->control)
		return why->err;
	confine(loop, config);
	err = parts_make(loop, why);
	if (err)
		return err;
	core_start(loop_turn(loop));
	loop_act(loop);
	if (config->is_closing)
		closing_start(loop);
	else
		key_check_start(loop);
	return ERR_NONE;
}

/* false: no memory, it is said in a later turn. */
static bool ready_say(const struct config *config)
{
	struct writer map = {0}, text = {0};
	char hex[2 * HASH_SIZE + 1];
	bool is_whole;

	hex_encode(hex, bytes_of(config->home.network.b, HASH_SIZE));
	mp_put_map(&map, 5);
	mp_put_cstr(&map, "address");
	mp_put_cstr(&map, config->announce[0] ? config->announce[0] : "");
	mp_put_cstr(&map, "member");
	mp_put_cstr(&map, config->home.member);
	mp_put_cstr(&map, "network");
	mp_put_cstr(&map, hex);
	mp_put_cstr(&map, "pid");
	mp_put_int(&map, getpid());
	mp_put_cstr(&map, "socket");
	mp_put_cstr(&map, config->socket_path);
	json_print(&text, writer_view(&map));
	is_whole = map.err == ERR_NONE && text.err == ERR_NONE;
	if (is_whole)
		printf("ready %.*s\n", (int)text.size, (const char *)text.data);
	fflush(stdout);
	writer_release(&map);
	writer_release(&text);
	return is_whole;
}

/* sd_notify(3), written plainly: one datagram. */
static void systemd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t size = path ? strlen(path) : 0;
	int fd;

	if (size == 0 || size >= sizeof(to.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(to.sun_path, path, size);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)) < 0)
		log_line(LEVEL_WARNING, "systemd was not told: %s", strerror(errno));
	close(fd);
}

static bool ready_tell(const struct config *config)
{
	if (!ready_say(config))
		return false;
	systemd_notify("READY=1");
	return true;
}

/* A damaged database may kill whoever reads it: LMDB believes its pages. Somebody has to say what to do then; the
 * handler that was there before (the sanitizers', or the end) has the rest. */
static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE};
static struct sigaction before[sizeof(fatal_signals) / sizeof(fatal_signals[0])];

#define DAMAGED_HINT \
	"if this happens at every start, DIR/truth is damaged: see \"A damaged database\" in " \
	"communed(1)"

static void on_fatal(int number)
{
	static const char text[] = "communed: stopped by a fatal signal; " DAMAGED_HINT "\n";
	ssize_t done = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)done;
	for (size_t i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
		if (fatal_signals[i] == number)
			sigaction(number, &before[i], NULL);
}

/* Who was started with stdout or stderr closed would open the database or a peer's socket under their numbers, and what
 * is said would be written there. */
static void hold_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void watch_fatal(void)
{
	struct sigaction action = {.sa_handler = on_fatal};

	for (size_t i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
		sigaction(fatal_signals[i], &action, &before[i]);
}

/* A start that fails on what is stored says how to come out of it. */
static void start_failed(enum err err, const struct why *why)
{
	if (err == ERR_ROT || err == ERR_BUG || err == ERR_COMMIT || err == ERR_VERSION)
		log_line(LEVEL_ERROR, "%s", DAMAGED_HINT);
	log_line(LEVEL_ERROR, "%s", why->text[0] ? why->text : err_text(err));
}

static int run(struct config *config)
{
	static struct loop loop;
	struct why why = {0};
	enum err err = config_load(config, &why);
	int code;

	loop.config = config;
	if (!err)
		err = signer_start(&loop.signer, config, &why);
	if (!err)
		err = config_transport_key(config, &why);
	if (!err)
		err = loop_init(&loop) ? why_set(&why, ERR_IO, "no event loop") : ERR_NONE;
	if (!err)
		err = start(&loop, config, &why);
	if (err) {
		start_failed(err, &why);
		/* The kernel takes back what a start that failed half-way had opened. */
		return rpc_exit_code(err);
	}
	loop.on_ready = config->is_closing ? NULL : ready_tell;
	code = loop_run(&loop);
	loop_release(&loop);
	views_close(loop.views);
	store_close(loop.store);
	signer_stop(&loop.signer);
	config_release(config);
	return code;
}

/* Exit 4: another communed has the home. */
static int compact(const char *home)
{
	struct compact_sizes sizes = {0};
	struct why why = {0};
	enum err err = store_compact(home, NULL, &sizes, &why);

	if (err) {
		start_failed(err, &why);
		return err == ERR_BUSY ? 4 : rpc_exit_code(err);
	}
	log_line(LEVEL_INFO, "the database has %llu bytes, it had %llu",
	    (unsigned long long)sizes.after, (unsigned long long)sizes.before);
	return 0;
}

int main(int argc, char **argv)
{
	static struct config config;
	enum config_wish wish;
	struct why why = {0};

	hold_standard();
	heap_keep();
	signal(SIGPIPE, SIG_IGN);
	watch_fatal();
	umask(077);
	if (config_options(&config, &wish, argc, argv, &why)) {
		fprintf(stderr, "communed: %s\n%s", why.text, config_usage);
		return 2;
	}
	if (wish == WISH_HELP) {
		fputs(config_usage, stdout);
		return 0;
	}
	if (wish == WISH_VERSION) {
		puts("communed " VERSION);
		return 0;
	}
	if (seal_init()) {
		log_line(LEVEL_ERROR, "libsodium cannot be used");
		return 1;
	}
	return wish == WISH_COMPACT ? compact(config.home_path) : run(&config);
}
