/* What of "published at one node, shown by another" is the machine's: three processes that do nothing but what the two nodes
 * and who asks them cannot do without. The client sends a record over a unix socket; the author commits it to LMDB, syncs a
 * block (head.lock) and sends it on over TCP; the reader commits it and tells the client. Prints a line for each
 * record, its milliseconds.
 *
 *     floor_live DIR COUNT     DIR lies on the disk that is measured */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bare.h"

#define ROOM ((size_t)8 << 20) /* written ahead in the files, as the daemon does */

struct table {
	MDB_env *env;
	MDB_dbi dbi;
	uint64_t count;
};

static void make_room(const char *dir, const char *name)
{
	char path[4200];
	uint8_t *zeros = calloc(1, ROOM);
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%s/data.mdb", dir, name);
	fd = open(path, O_WRONLY);
	must(fd >= 0 && zeros && fstat(fd, &st) == 0, "open");
	must(pwrite(fd, zeros, ROOM, st.st_size) == (ssize_t)ROOM && fsync(fd) == 0, "write");
	close(fd);
	free(zeros);
}

static struct table table_open(const char *dir, const char *name)
{
	struct table t = {0};

	t.env = env_create(dir, name, &t.dbi);
	make_room(dir, name);
	return t;
}

static void table_append(struct table *t, const uint8_t *record)
{
	MDB_txn *txn;

	must(mdb_txn_begin(t->env, NULL, 0, &txn) == 0, "mdb_txn_begin");
	append(txn, t->dbi, t->count++, record);
	must(mdb_txn_commit(txn) == 0, "mdb_txn_commit");
}

/* false when the other end is closed */
static bool take(int fd, uint8_t record[RECORD_SIZE])
{
	ssize_t got = recv(fd, record, RECORD_SIZE, MSG_WAITALL);

	must(got == 0 || got == RECORD_SIZE, "recv");
	return got > 0;
}

static void give(int fd, const uint8_t record[RECORD_SIZE])
{
	must(send(fd, record, RECORD_SIZE, 0) == RECORD_SIZE, "send");
}

/* The author: client in, reader out. */
static void author(const char *dir, int in, int out)
{
	struct table t = table_open(dir, "author");
	uint8_t record[RECORD_SIZE], block[512] = {0};
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	must(fd >= 0, "open");
	while (take(in, record)) {
		table_append(&t, record);
		block[0]++;
		must(pwrite(fd, block, sizeof(block), 0) == sizeof(block), "pwrite");
		must(fdatasync(fd) == 0, "fdatasync");
		give(out, record);
	}
	exit(0);
}

static void reader(const char *dir, int in, int out)
{
	struct table t = table_open(dir, "reader");
	uint8_t record[RECORD_SIZE];

	while (take(in, record)) {
		table_append(&t, record);
		give(out, record);
	}
	exit(0);
}

static void tcp_pair(int fd[2])
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int one = 1, door = socket(AF_INET, SOCK_STREAM, 0);

	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	must(bind(door, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(door, 1) == 0, "listen");
	must(getsockname(door, (struct sockaddr *)&at, &size) == 0, "getsockname");
	must(connect(fd[0], (struct sockaddr *)&at, sizeof(at)) == 0, "connect");
	fd[1] = accept(door, NULL, NULL);
	must(fd[1] >= 0, "accept");
	must(setsockopt(fd[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0, "TCP_NODELAY");
	close(door);
}

static void client(int out, int in, long count)
{
	uint8_t record[RECORD_SIZE] = {0};

	give(out, record); /* once, until both are there */
	must(take(in, record), "recv");
	for (long i = 0; i < count; i++) {
		double start = now_ms();
		give(out, record);
		must(take(in, record), "recv");
		printf("%.4f\n", now_ms() - start);
	}
}

int main(int argc, char **argv)
{
	int asked[2], told[2], wire[2];

	if (argc != 3) {
		fprintf(stderr, "usage: floor_live DIR COUNT\n");
		return 2;
	}
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, asked) == 0, "socketpair");
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, told) == 0, "socketpair");
	tcp_pair(wire);
	if (fork() == 0) {
		close(asked[0]);
		close(wire[1]);
		author(argv[1], asked[1], wire[0]);
	}
	close(wire[0]);
	if (fork() == 0) {
		close(asked[0]);
		close(asked[1]);
		reader(argv[1], wire[1], told[1]);
	}
	client(asked[0], told[0], atol(argv[2]));
	close(asked[0]); /* the author ends, then the reader */
	while (wait(NULL) > 0)
		;
	return 0;
}
