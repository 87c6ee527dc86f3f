/* Readers on threads of their own while records are applied and indexed: every answer is whole and proven. */
#include "tests/store/sample.h"

#include <pthread.h>
#include <stdatomic.h>

#include "store/views.h"
#include "tests/one_batch.h"

#define ROUNDS 120
#define READERS 3

static struct sample_home home;
static struct sample_log logs[2];
static _Atomic uint64_t sizes[2]; /* stored for certain */
static _Atomic bool is_over;
static _Atomic unsigned answers;

static const char *read_one(struct store *s, unsigned which, uint64_t size, uint64_t from)
{
	struct read read = {.type = READ_BATCH,
	    .key = logs[which].log.key,
	    .from = from,
	    .size = size,
	    .max = 20000};
	struct writer out = {0};
	struct batch batch;
	const char *fault = NULL;

	if (store_read(s, &read, &out, NULL) != ERR_NONE)
		fault = "a batch cannot be read";
	else if (batch_decode(&batch, writer_view(&out)) != ERR_NONE || batch.count == 0 ||
		 from + batch.count > size)
		fault = "a batch is another one";
	writer_release(&out);
	return fault;
}

static void *reader(void *context)
{
	struct store *s = context;
	const char *fault = NULL;
	uint64_t seed = 1;

	while (!fault && !atomic_load(&is_over)) {
		unsigned which = (unsigned)(seed >> 33) % 2;
		uint64_t size = atomic_load(&sizes[which]);
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		if (size == 0)
			continue;
		fault = read_one(s, which, size, (seed >> 20) % size);
		answers++;
	}
	return (void *)(uintptr_t)fault;
}

static void readers_never_see_half_a_change(void **state)
{
	struct store *s;
	struct views *v;
	pthread_t threads[READERS];

	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	sample_home_make(&home);
	s = sample_open(&home);
	v = views_open(s, home.path, NULL);
	assert_non_null(v);
	for (uint8_t i = 0; i < 2; i++)
		sample_log_init(&logs[i], "sefrou", (uint8_t)(i + 1));
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, s), 0);
	for (unsigned i = 0; i < ROUNDS || atomic_load(&answers) < ROUNDS; i++) {
		bool more;
		sample_fill(s, &logs[i % 2], 1 + i % 150, 200);
		atomic_store(&sizes[i % 2], logs[i % 2].frontier.size);
		assert_int_equal(views_index(v, s, 1000, &more, NULL), ERR_NONE);
	}
	atomic_store(&is_over, true);
	for (int i = 0; i < READERS; i++) {
		void *fault;
		assert_int_equal(pthread_join(threads[i], &fault), 0);
		if (fault)
			fail_msg("%s", (const char *)fault);
	}
	views_close(v);
	store_close(s);
	sample_home_remove(&home);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(readers_never_see_half_a_change)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
