/* Runs the core: turns its actions into calls of the parts, and hands completions back. Decides
 * nothing else. */
#include "daemon/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/control.h"
#include "daemon/disk.h"
#include "daemon/drafts.h"
#include "daemon/indexer.h"
#include "daemon/job.h"
#include "daemon/log.h"
#include "daemon/net.h"
#include "store/store.h"

/* What a stopping daemon waits for handles that close late, such as a resolver. */
#define STOP_MS_MAX 2000
#define READY_MS_MAX 1000
#define REST_MS 500
#define REST_COMMITS_MS 50

struct read_job {
	struct job job;
	struct loop *loop;
	uint64_t id;
	struct read read;
	struct writer out;
	struct why why;
	enum err err;
};

struct core *loop_turn(struct loop *loop)
{
	struct timespec wall;
	struct core_time now;

	if (!loop->is_turn_open) {
		loop->is_turn_open = true;
		uv_update_time(&loop->uv);
		clock_gettime(CLOCK_REALTIME, &wall);
		now.steady_ms = (int64_t)uv_now(&loop->uv);
		loop->wall.ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000;
		now.wall = loop->wall;
		core_time(loop->core, now);
	}
	return loop->core;
}

static void read_run(struct job *job, void *context)
{
	struct read_job *read = (struct read_job *)job;

	read->err = store_read(context, &read->read, &read->out, &read->why);
}

static void read_done(struct job *job)
{
	struct read_job *read = (struct read_job *)job;
	struct loop *loop = read->loop;

	heap_moved(&loop->heap, read->out.size);
	if (read->err == ERR_ROT)
		log_line(LEVEL_ERROR, "%s", read->why.text);
	if (!loop->is_stopping) {
		core_read_done(loop_turn(loop), read->id, read->err, writer_view(&read->out));
		loop_act(loop);
	}
	writer_release(&read->read.args);
	writer_release(&read->out);
	free(read);
}

static void act_read(struct loop *loop, struct act *act)
{
	struct read_job *read = calloc(1, sizeof(*read));

	if (!read) {
		core_read_done(loop_turn(loop), act->id, ERR_MEMORY, (struct bytes){NULL, 0});
		return;
	}
	read->job = (struct job){read_run, read_done, NULL};
	read->loop = loop;
	read->id = act->id;
	read->read = act->read;
	read->err = ERR_CLOSED;
	act->read.args = (struct writer){0};
	job_push(loop->reads, &read->job);
}

static struct request *request_take(struct loop *loop, uint64_t id)
{
	struct request **at = &loop->requests;
	struct request *found;

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	found = *at;
	if (found)
		*at = found->next;
	return found;
}

static void act_reply(struct loop *loop, const struct act *act)
{
	struct request *request = request_take(loop, act->id);

	if (!request)
		return;
	request->reply(request->context, act->err, act->text, writer_view(&act->data));
	free(request);
}

static void act_execute(struct loop *loop, struct act *act)
{
	switch (act->type) {
	case ACT_SEND:
		net_send(loop->net, act->conn, &act->data);
		break;
	case ACT_CLOSE:
		net_close(loop->net, act->conn);
		break;
	case ACT_PAUSE:
		net_pause(loop->net, act->conn);
		break;
	case ACT_RESUME:
		net_resume(loop->net, act->conn);
		break;
	case ACT_DIAL:
		net_dial(loop->net, act->id, act->text);
		break;
	case ACT_CHANGE:
		disk_push(loop->disk, act->id, &act->data);
		break;
	case ACT_READ:
		act_read(loop, act);
		break;
	case ACT_REPLY:
		act_reply(loop, act);
		break;
	case ACT_SAY:
		log_line(act->id ? LEVEL_WARNING : LEVEL_INFO, "%s", act->text);
		break;
	}
}

void loop_act(struct loop *loop)
{
	struct act act;

	/* An action may end in another input; what that one wants is taken by the drain that runs.
	 */
	if (loop->is_acting || loop->is_stopping)
		return;
	loop->is_acting = true;
	while (core_next(loop->core, &act)) {
		act_execute(loop, &act);
		act_release(&act);
	}
	loop->is_acting = false;
}

uint64_t loop_request(struct loop *loop, loop_reply_fn *reply, void *context)
{
	struct request *request = malloc(sizeof(*request));

	if (!request)
		return 0;
	*request = (struct request){++loop->next_request, reply, context, loop->requests};
	loop->requests = request;
	return request->id;
}

static void on_deadline(uv_timer_t *timer)
{
	struct loop *loop = timer->data;

	core_tick(loop_turn(loop));
	loop_act(loop);
}

/* What the core stores first, such as the genesis, is durable before anybody is told to come in; a
 * node that has much to do from the start does not keep them waiting. */
static void ready_check(struct loop *loop)
{
	if (!loop->on_ready || (!disk_is_idle(loop->disk) && uv_now(&loop->uv) < loop->ready_by))
		return;
	if (loop->on_ready(loop->config))
		loop->on_ready = NULL;
}

/* A commit failed at some time before: everything has been looked through since, and is as it should be. */
static void doubt_check(struct loop *loop)
{
	struct core_status status;
	struct why why = {0};

	if (!store_is_in_doubt(loop->store) || loop->keeps_doubt)
		return;
	core_status(loop->core, &status);
	if (status.rot_clean == 0)
		return;
	loop->keeps_doubt = store_settle(loop->store, &why) != ERR_NONE;
	if (loop->keeps_doubt)
		log_line(LEVEL_ERROR, "%s", why.text);
	else
		log_line(LEVEL_INFO,
		    "what is stored was looked through after a commit that failed, and is whole");
}

/* Before the loop sleeps: the turn is over, and the core says when it wants to be woken. */
static void on_prepare(uv_prepare_t *prepare)
{
	struct loop *loop = prepare->data;
	int64_t now = (int64_t)uv_now(&loop->uv), deadline;

	/* Whatever was read by whichever thread has woken the loop since. */
	if (store_take_rot(loop->store)) {
		core_rot(loop_turn(loop));
		loop_act(loop);
	}
	doubt_check(loop);
	deadline = core_deadline(loop->core);
	loop->is_turn_open = false;
	ready_check(loop);
	if (deadline == INT64_MAX)
		uv_timer_stop(&loop->deadline);
	else
		uv_timer_start(&loop->deadline, on_deadline,
		    deadline > now ? (uint64_t)(deadline - now) : 0, 0);
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct loop *loop = signal->data;

	if (number == SIGCHLD) {
		if (!loop->is_stopping && signer_has_ended(&loop->signer))
			loop_fatal(loop, "the signer has ended: nothing can be signed");
		return;
	}
	log_line(LEVEL_INFO, "stopping on %s", number == SIGTERM ? "SIGTERM" : "SIGINT");
	loop_stop(loop, 0);
}

enum err loop_init(struct loop *loop)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGCHLD};

	if (uv_loop_init(&loop->uv) || uv_timer_init(&loop->uv, &loop->deadline) ||
	    uv_prepare_init(&loop->uv, &loop->prepare) ||
	    !heap_init(&loop->heap, &loop->uv, REST_MS) ||
	    !heap_init(&loop->commits, &loop->uv, REST_COMMITS_MS))
		return ERR_MEMORY;
	loop->deadline.data = loop->prepare.data = loop;
	for (int i = 0; i < 3; i++) {
		if (uv_signal_init(&loop->uv, &loop->signals[i]) ||
		    uv_signal_start(&loop->signals[i], on_signal, numbers[i]))
			return ERR_IO;
		loop->signals[i].data = loop;
	}
	return uv_prepare_start(&loop->prepare, on_prepare) ? ERR_MEMORY : ERR_NONE;
}

void loop_stop(struct loop *loop, int exit_code)
{
	if (loop->is_stopping)
		return;
	if (!exit_code && loop->core) {
		core_settle(loop_turn(loop));
		loop_act(loop);
	}
	loop->is_stopping = true;
	loop->exit_code = exit_code;
	uv_stop(&loop->uv);
}

void loop_fatal(struct loop *loop, const char *text)
{
	log_line(LEVEL_ERROR, "%s", text);
	log_line(LEVEL_ERROR, "stopped for the sake of what is stored: start again; if that does "
			      "not help, see \"A damaged database\" in communed(1)");
	loop_stop(loop, 1);
}

static void on_grace(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

static void loop_close_parts(struct loop *loop)
{
	struct request *request;

	if (loop->control)
		control_stop(loop->control);
	if (loop->net)
		net_stop(loop->net);
	if (loop->disk)
		disk_stop(loop->disk);
	if (loop->reads)
		job_pool_stop(loop->reads);
	if (loop->queries)
		job_pool_stop(loop->queries);
	if (loop->checks)
		job_pool_stop(loop->checks);
	if (loop->indexer)
		indexer_stop(loop->indexer);
	if (loop->drafts)
		drafts_stop(loop->drafts);
	while ((request = loop->requests)) {
		loop->requests = request->next;
		request->reply(
		    request->context, ERR_CLOSED, "the daemon stops", (struct bytes){NULL, 0});
		free(request);
	}
	heap_stop(&loop->heap);
	heap_stop(&loop->commits);
	uv_close((uv_handle_t *)&loop->prepare, NULL);
	for (int i = 0; i < 3; i++)
		uv_close((uv_handle_t *)&loop->signals[i], NULL);
}

int loop_run(struct loop *loop)
{
	loop->ready_by = uv_now(&loop->uv) + READY_MS_MAX;
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	loop->is_stopping = true;
	loop_close_parts(loop);
	/* The deadline's timer now bounds the wait, without keeping the loop alive by itself. */
	uv_timer_start(&loop->deadline, on_grace, STOP_MS_MAX, 0);
	uv_unref((uv_handle_t *)&loop->deadline);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&loop->deadline, NULL);
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	return loop->exit_code;
}

void loop_release(struct loop *loop)
{
	control_free(loop->control);
	net_free(loop->net);
	disk_free(loop->disk);
	job_pool_free(loop->reads);
	job_pool_free(loop->queries);
	job_pool_free(loop->checks);
	indexer_free(loop->indexer);
	drafts_free(loop->drafts);
	core_free(loop->core);
	uv_loop_close(&loop->uv);
}
