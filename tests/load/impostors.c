/* Handshakes that nobody made, over sockets, at one real node on loopback: good ones of a member sent again, with each bit of
 * either message turned, cut short, for another network or another node, with points of low order, under keys that the
 * roster does not know, or simply noise; now and then the member itself, who is let in. It knows what the node has to say to
 * each, looks that it says no more, and tells at the end how many the node has to have counted under which reason.
 *
 * usage: impostors 127.A.B.C PORT COUNT < KEYS     in hex, a line each: network id, the node's transport key, the secret
 * half of the member's, its log key, another log key that the node knows */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/load/impostor.h"

#define LINES \
	24 /* under way at once: fewer than the node's places, so that none gives way to another */
#define FDS_MAX 1024
#define HONEST_EVERY 1000
#define STUCK_S 20

static struct line {
	struct impostor it;
	bool is_used, has_written;
} lines[FDS_MAX];

static struct impostor_keys keys;
static struct sockaddr_in door;
static int poller;
static unsigned under_way, begun, let_in, wrong, told[ERR_COUNT + 1], honest;
static bool is_honest_here;

static void dial(enum manner manner, unsigned number)
{
	struct sockaddr_in from = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7fca0100u + number * 7919u % 65000u)};
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	if (fd < 0 || fd >= FDS_MAX)
		abort();
	setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    (connect(fd, (struct sockaddr *)&door, sizeof(door)) && errno != EINPROGRESS)) {
		perror("impostors: connect");
		exit(1);
	}
	lines[fd].is_used = true;
	lines[fd].has_written = false;
	impostor_begin(&lines[fd].it, &keys, manner, number);
	under_way++;
	if (manner == HONEST) {
		honest++;
		is_honest_here = true;
	}
	event.data.fd = fd;
	epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static void hang_up(int fd)
{
	struct impostor *c = &lines[fd].it;

	wrong += impostor_end(c);
	told[c->wanted]++;
	if (c->manner == HONEST) {
		let_in += c->is_in;
		is_honest_here = false;
	}
	lines[fd].is_used = false;
	under_way--;
	close(fd);
}

static void say(int fd, const uint8_t *data, size_t size, bool is_all)
{
	/* A node that has closed already need not be told more. */
	if (send(fd, data, size, MSG_NOSIGNAL) == (ssize_t)size && is_all)
		shutdown(fd, SHUT_WR);
}

static void see(const struct epoll_event *event)
{
	int fd = event->data.fd;
	struct line *line = &lines[fd];
	struct impostor *c = &line->it;
	ssize_t size = 0;

	if (!line->is_used)
		return;
	if (!line->has_written && event->events & EPOLLOUT && !(event->events & EPOLLERR)) {
		line->has_written = true;
		say(fd, c->first, c->first_size, !impostor_says_more(c->manner));
	}
	while (!c->is_in && c->got_size < sizeof(c->got) &&
	       (size = recv(fd, c->got + c->got_size, sizeof(c->got) - c->got_size, 0)) > 0) {
		c->got_size += (size_t)size;
		if (impostor_hear(c, &keys))
			say(fd, c->last, c->last_size, c->manner != HONEST);
	}
	if (c->is_in || size == 0 || (size < 0 && errno != EAGAIN) || c->got_size == sizeof(c->got))
		hang_up(fd);
}

static void run(unsigned count)
{
	struct epoll_event events[64];
	time_t moved = time(NULL);

	while (begun < count || under_way) {
		bool is_time = begun % HONEST_EVERY == 0 && honest <= begun / HONEST_EVERY;
		if (is_time && under_way == 0)
			dial(HONEST, begun);
		for (; begun < count && under_way < LINES && !is_honest_here &&
		       honest > begun / HONEST_EVERY;
		     begun++)
			dial((enum manner)(begun % MANNER_COUNT), begun);
		int seen = epoll_wait(poller, events, 64, 1000);
		for (int i = 0; i < seen; i++)
			see(&events[i]);
		if (seen)
			moved = time(NULL);
		if (time(NULL) - moved > STUCK_S) {
			fprintf(
			    stderr, "impostors: %u are under way and nothing moves\n", under_way);
			wrong++;
			break;
		}
	}
}

static void read_hex(uint8_t *out, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned byte;
		if (scanf("%2x", &byte) != 1) {
			fprintf(stderr, "impostors: keys are missing\n");
			exit(2);
		}
		out[i] = (uint8_t)byte;
	}
}

int main(int argc, char **argv)
{
	uint8_t seed[32];

	if (argc != 4 || strncmp(argv[1], "127.", 4) != 0 || seal_init()) {
		fprintf(stderr, "usage: impostors 127.A.B.C PORT COUNT < KEYS\n");
		return 2;
	}
	door =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
	inet_aton(argv[1], &door.sin_addr);
	read_hex(keys.network.b, HASH_SIZE);
	read_hex(keys.node.b, KEY_SIZE);
	read_hex(seed, sizeof(seed));
	read_hex(keys.log.b, KEY_SIZE);
	read_hex(keys.other.b, KEY_SIZE);
	seal_dh_keypair(&keys.member, &keys.member_sk, seed);
	poller = epoll_create1(0);
	run((unsigned)atoi(argv[3]));
	printf("let_in %u", let_in);
	for (unsigned i = 0; i <= ERR_COUNT; i++)
		if (told[i])
			printf(" %s %u",
			    i == ERR_NONE	   ? "nothing"
			    : i == IMPOSTOR_EITHER ? "either"
						   : err_name(i),
			    told[i]);
	printf(" wrong %u\n", wrong);
	return wrong ? 1 : 0;
}
