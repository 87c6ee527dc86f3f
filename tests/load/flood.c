/* A crowd at one node's door, on loopback only: idle strangers that come back when they are sent away, and attempts at a
 * rate, of which some say nothing, some a byte at a time, some noise of the size of a handshake, and some leave at once. It
 * stops by itself after a time, holds a bounded number of descriptors, and says on its last line what it did.
 *
 * usage: flood 127.A.B.C PORT 127.X IDLE RATE SECONDS */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FDS_MAX 6000
#define HANDSHAKE_SIZE 50

enum manner { IDLER, LEAVER, MUTTERER, LIAR, STARER, MANNER_COUNT };

struct stranger {
	bool is_used, is_connected;
	enum manner manner;
	int64_t next_us; /* when it says its next byte, or goes */
};

static struct stranger strangers[FDS_MAX];
static struct sockaddr_in door;
static unsigned source_net; /* 127.X, host order, the low half free */
static int poller;
static unsigned idle_now, busy_now;
static uint64_t attempted, connected, sent_away, failed, random_state = 88172645463325252ull;

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static uint64_t draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	return random_state ^= random_state << 17;
}

static void leave(int fd)
{
	struct linger at_once = {1, 0};

	if (strangers[fd].manner == IDLER)
		idle_now--;
	else
		busy_now--;
	strangers[fd].is_used = false;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

static void come(enum manner manner)
{
	struct sockaddr_in from = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(source_net | (uint32_t)(draw() % 65000 + 256))};
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	attempted++;
	if (fd < 0 || fd >= FDS_MAX) {
		failed++;
		if (fd >= 0)
			close(fd);
		return;
	}
	setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    (connect(fd, (struct sockaddr *)&door, sizeof(door)) && errno != EINPROGRESS)) {
		failed++;
		close(fd);
		return;
	}
	strangers[fd] = (struct stranger){true, false, manner, now_us() + 1000000};
	if (manner == IDLER)
		idle_now++;
	else
		busy_now++;
	event.data.fd = fd;
	epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static void arrive(int fd)
{
	uint8_t noise[HANDSHAKE_SIZE];

	strangers[fd].is_connected = true;
	connected++;
	if (strangers[fd].manner == LEAVER) {
		leave(fd);
	} else if (strangers[fd].manner == LIAR) {
		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = i < 2 ? (uint8_t)(48 * i) : (uint8_t)draw();
		if (send(fd, noise, sizeof(noise), MSG_NOSIGNAL) < 0)
			leave(fd);
	}
}

static void see(const struct epoll_event *event)
{
	int fd = event->data.fd;
	uint8_t in[512];
	ssize_t size;

	if (!strangers[fd].is_used)
		return;
	if (event->events & (EPOLLERR | EPOLLHUP)) {
		sent_away += strangers[fd].is_connected;
		failed += !strangers[fd].is_connected;
		leave(fd);
		return;
	}
	if (!strangers[fd].is_connected && event->events & EPOLLOUT)
		arrive(fd);
	if (!strangers[fd].is_used || !(event->events & EPOLLIN))
		return;
	size = recv(fd, in, sizeof(in), 0);
	if (size == 0 || (size < 0 && errno != EAGAIN)) {
		sent_away++;
		leave(fd);
	}
}

/* Whose moment it is: a byte of the slow ones, the end of those that stare. */
static void act(int64_t now)
{
	for (int fd = 0; fd < FDS_MAX; fd++) {
		struct stranger *s = &strangers[fd];
		if (!s->is_used || s->manner == IDLER || s->next_us > now)
			continue;
		s->next_us = now + 200000;
		if (s->manner != MUTTERER || send(fd, "\1", 1, MSG_NOSIGNAL) < 0)
			leave(fd);
	}
}

static void crowd(unsigned idle, unsigned rate, int64_t end)
{
	struct epoll_event events[256];
	int64_t start = now_us(), now, acted = start;
	uint64_t due, come_so_far = 0;

	while ((now = now_us()) < end) {
		due = (uint64_t)(now - start) * rate / 1000000;
		for (unsigned i = 0; come_so_far < due && i < 64; i++, come_so_far++)
			if (busy_now < FDS_MAX / 2)
				come((enum manner)(1 + draw() % (MANNER_COUNT - 1)));
		for (unsigned i = 0; idle_now < idle && i < 16; i++)
			come(IDLER);
		if (now - acted > 50000) {
			act(now);
			acted = now;
		}
		int count = epoll_wait(poller, events, 256, 1);
		for (int i = 0; i < count; i++)
			see(&events[i]);
	}
	printf("attempted %llu connected %llu sent_away %llu failed %llu seconds %.2f\n",
	    (unsigned long long)attempted, (unsigned long long)connected,
	    (unsigned long long)sent_away, (unsigned long long)failed, (double)(now - start) / 1e6);
}

int main(int argc, char **argv)
{
	struct rlimit limit = {FDS_MAX, FDS_MAX};
	struct in_addr net;
	char text[32];

	if (argc != 7 || strncmp(argv[1], "127.", 4) != 0 || strncmp(argv[3], "127.", 4) != 0 ||
	    snprintf(text, sizeof(text), "%s.0.0", argv[3]) >= (int)sizeof(text) ||
	    !inet_aton(text, &net)) {
		fprintf(stderr, "usage: flood 127.A.B.C PORT 127.X IDLE RATE SECONDS\n");
		return 2;
	}
	door =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
	inet_aton(argv[1], &door.sin_addr);
	source_net = ntohl(net.s_addr);
	setrlimit(RLIMIT_NOFILE, &limit);
	poller = epoll_create1(0);
	crowd((unsigned)atoi(argv[4]), (unsigned)atoi(argv[5]),
	    now_us() + (int64_t)atoi(argv[6]) * 1000000);
	return 0;
}
