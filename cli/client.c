/* Speaks with the daemon. Decides nothing about methods or rows. Writing never blocks reading: both
 * sides may have megabytes under way, and a daemon that waits for us to read must not wait for
 * ever. */
#include "cli/client.h"

#include "cli/home_path.h"
#include "cli/index_wait.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/say.h"
#include "proto/home.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_SIZE (256u * 1024)
/* A daemon that does not answer for so long is stuck; `verify --deep` and waits bring their own
 * time. */
#define ANSWER_MS_MAX 60000
/* Some 300,000 records are indexed meanwhile. A node that takes more from others answers from what it has, and says so. */
#define SETTLE_MS_MAX 10000

/* False only where it is certain: what may not be looked into may be there. */
static bool has_home(const char *path)
{
	char config[HOME_SOCKET_PATH_MAX + 64];
	int size = snprintf(config, sizeof(config), "%s/%s", path, HOME_CONFIG);

	return size < 0 || (size_t)size >= sizeof(config) || access(config, F_OK) == 0 ||
	       errno != ENOENT;
}

int client_open(struct client *c, const struct args *args)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *home = home_path(args);
	char hint[HOME_SOCKET_PATH_MAX + 64];

	memset(c, 0, sizeof(*c));
	c->args = args;
	c->fd = -1;
	if (!home)
		return EXIT_USAGE;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", home, HOME_SOCKET);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof(address))) {
		int cause = errno;

		client_close(c);
		if (cause == EACCES)
			return say_error(args, ERR_IO,
			    _("ask for membership in the group of the home"),
			    _("no permission to use %s"), address.sun_path);
		if (!has_home(home))
			return say_error(args, ERR_IO,
			    _("make one with commune init or commune join, or say --home DIR"),
			    _("there is no home at %s"), home);
		snprintf(hint, sizeof(hint), _("start it with: communed --home %s"),
		    home_path_word(home));
		return say_error(
		    args, ERR_IO, hint, _("no daemon answers at %s"), address.sun_path);
	}
	fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
	return EXIT_DONE;
}

int client_open_settled(struct client *c, const struct args *args)
{
	unsigned long long behind = 0;
	int code = client_open(c, args);

	if (!code)
		code = index_wait(c, SETTLE_MS_MAX, &behind);
	if (behind && args->output != OUTPUT_JSON)
		fprintf(stderr,
		    ngettext("commune: %llu record is not indexed yet and not in this answer\n",
			"commune: %llu records are not indexed yet and not in this answer\n",
			(unsigned long)behind),
		    behind);
	return code;
}

void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	writer_release(&c->in);
	writer_release(&c->out);
}

static enum err read_some(struct client *c)
{
	uint8_t *at;
	ssize_t got;

	if (c->in_start && c->in_start == c->in.size) {
		writer_clear(&c->in);
		c->in_start = 0;
	}
	at = writer_grow(&c->in, READ_SIZE);
	if (!at)
		return ERR_MEMORY;
	got = read(c->fd, at, READ_SIZE);
	c->in.size -= READ_SIZE - (got > 0 ? (size_t)got : 0);
	if (got > 0)
		return ERR_NONE;
	return got < 0 && (errno == EAGAIN || errno == EINTR) ? ERR_NONE : ERR_CLOSED;
}

static enum err write_some(struct client *c)
{
	ssize_t put =
	    send(c->fd, c->out.data + c->out_start, c->out.size - c->out_start, MSG_NOSIGNAL);

	if (put < 0)
		return errno == EAGAIN || errno == EINTR ? ERR_NONE : ERR_CLOSED;
	c->out_start += (size_t)put;
	if (c->out_start == c->out.size) {
		writer_clear(&c->out);
		c->out_start = 0;
	}
	return ERR_NONE;
}

/* Waits until something can be done and does it. */
static enum err turn(struct client *c, int timeout_ms)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	enum err err = ERR_NONE;
	int ready;

	if (c->out.size)
		p.events |= POLLOUT;
	ready = poll(&p, 1, timeout_ms);
	if (ready < 0)
		return errno == EINTR ? ERR_NONE : ERR_CLOSED;
	if (ready == 0)
		return ERR_TIMEOUT;
	if (p.revents & POLLOUT)
		err = write_some(c);
	if (!err && p.revents & (POLLIN | POLLHUP | POLLERR))
		err = read_some(c);
	return err;
}

enum err client_ask(struct client *c, const char *method, struct bytes params, uint32_t *id)
{
	*id = c->next_id++;
	rpc_request_encode(&c->out, *id, method, params);
	return c->out.err ? ERR_MEMORY : write_some(c);
}

enum err client_take(struct client *c, struct rpc_response *answer, int timeout_ms)
{
	struct rpc_frame frame = {0};
	size_t size;

	for (;;) {
		struct bytes waiting = bytes_of(c->in.data + c->in_start, c->in.size - c->in_start);
		enum err err = rpc_frame_end(&frame, waiting, &size);

		if (!err && size) {
			c->in_start += size;
			return rpc_response_decode(answer, bytes_of(waiting.data, size));
		}
		if (!err)
			err = turn(c, timeout_ms);
		if (err)
			return err;
	}
}

static struct bytes text_in(struct bytes map, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

static void copy_text(char *out, size_t size, struct bytes text)
{
	snprintf(out, size, "%.*s", (int)text.size, text.data ? (const char *)text.data : "");
}

static void say_fields(const struct client *c, struct bytes fields)
{
	struct client_rows rows;
	struct bytes row;
	struct reader r;

	client_rows_init(&rows, fields);
	while (client_rows_next(&rows, &row)) {
		char field[100];
		char text[400];

		copy_text(field, sizeof(field), text_in(row, "field"));
		copy_text(text, sizeof(text), text_in(row, "text"));
		reader_init(&r, mp_get(row, "row"));
		say_bad_line(c->args, mp_peek(&r) == MP_INT ? (unsigned long)mp_uint(&r) : 0,
		    field[0] ? field : NULL, ERR_FIELD, text, NULL);
	}
}

int client_say(const struct client *c, const struct rpc_error *error)
{
	enum err err = error->err ? error->err : ERR_IO;
	char text[800];
	char hint[400];

	copy_text(text, sizeof(text), error->text_read);
	copy_text(hint, sizeof(hint), error->hint_read);
	say_fields(c, error->fields);
	say_error(c->args, err, hint[0] ? hint : NULL, "%s", text[0] ? text : err_text(err));
	return error->code >= EXIT_FAILED && error->code <= EXIT_REFUSED ? error->code
									 : exit_code_of(err);
}

int client_say_broken(const struct client *c, enum err err)
{
	const char *hint = _("see its log");

	if (err == ERR_TIMEOUT)
		say_error(c->args, err, hint, _("the daemon does not answer"));
	else if (err == ERR_CLOSED)
		say_error(c->args, err, hint, _("the daemon has closed the connection"));
	else
		say_error(c->args, err, hint, _("the daemon's answer is not understood: %s"),
		    err_text(err));
	return EXIT_FAILED;
}

int client_call_waiting(
    struct client *c, const char *method, struct bytes params, int wait_ms, struct bytes *result)
{
	struct rpc_response answer;
	uint32_t id;
	enum err err = client_ask(c, method, params, &id);

	do
		err = err ? err : client_take(c, &answer, wait_ms + ANSWER_MS_MAX);
	while (!err && answer.id != id);
	if (err)
		return client_say_broken(c, err);
	if (answer.is_error)
		return client_say(c, &answer.error);
	*result = answer.result;
	return EXIT_DONE;
}

int client_call(struct client *c, const char *method, struct bytes params, struct bytes *result)
{
	return client_call_waiting(c, method, params, 0, result);
}

void client_rows_init(struct client_rows *rows, struct bytes result)
{
	reader_init(&rows->r, result);
	if (mp_peek(&rows->r) == MP_MAP)
		reader_init(&rows->r, mp_get(result, "rows"));
	rows->left = mp_peek(&rows->r) == MP_ARRAY ? mp_array(&rows->r) : 0;
}

bool client_rows_next(struct client_rows *rows, struct bytes *row)
{
	if (!rows->left)
		return false;
	rows->left--;
	*row = mp_raw(&rows->r);
	return rows->r.err == ERR_NONE;
}

static int show(const struct args *args, const char *method, struct row *params, bool are_rows)
{
	struct client c;
	struct bytes result;
	struct client_rows rows;
	struct out out;
	int code = are_rows ? client_open_settled(&c, args) : client_open(&c, args);

	if (!code)
		code = client_call(&c, method, row_view(params), &result);
	if (!code) {
		struct bytes row = result;

		out_init(&out, args);
		client_rows_init(&rows, result);
		if (!are_rows)
			out_row(&out, row);
		while (are_rows && client_rows_next(&rows, &row))
			out_row(&out, row);
		out_end(&out);
	}
	client_close(&c);
	row_release(params);
	return code;
}

int client_show(const struct args *args, const char *method, struct row *params)
{
	return show(args, method, params, false);
}

int client_show_rows(const struct args *args, const char *method, struct row *params)
{
	return show(args, method, params, true);
}
