/* After a scrub no byte of the views' file tells what an erased record said, and all else is answered as before. */
#include <pthread.h>

#include "store/view_rows.h"
#include "tests/store/network.h"

static struct network net;
static struct author sefrou;
static struct writer out;

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	network_make(&net);
	network_admit(&net, "sefrou", &net.commune.pk, "03.231.01.01");
	network_log(&net, &sefrou, "sefrou", &net.commune, 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	network_remove(&net);
	writer_release(&out);
	return 0;
}

static void put_text(struct writer *w, const char *field, const char *text)
{
	mp_put_cstr(w, field);
	mp_put_map(w, 1);
	mp_put_cstr(w, "fr");
	mp_put_cstr(w, text);
}

static struct record_ref publish(const char *title, const char *text, const char *theme)
{
	struct writer payload = {0};
	struct record_ref ref;

	mp_put_map(&payload, 3);
	put_text(&payload, "solution", text);
	mp_put_cstr(&payload, "themes");
	mp_put_array(&payload, 1);
	mp_put_cstr(&payload, theme);
	put_text(&payload, "title", title);
	ref = network_publish(&net, &sefrou, KIND_PRACTICE, writer_view(&payload));
	writer_release(&payload);
	return ref;
}

static void erase(const struct record_ref *ref)
{
	struct record erased = {.state = RECORD_ERASED};
	struct writer rest = {0}, change = {0};
	struct change_payload op = {.key = ref->log, .index = ref->index};

	memset(erased.erasure.log.b, 3, KEY_SIZE);
	record_write_rest(&rest, &erased);
	op.rest = writer_view(&rest);
	change_put_payload(&change, &op);
	sample_apply(net.store, &change, NULL);
	writer_release(&rest);
	writer_release(&change);
}

/* How often the bytes stand in the file. */
static unsigned in_file(const char *bytes)
{
	size_t size = strlen(bytes), found = 0;
	char path[300];
	struct stat st;
	uint8_t *data;
	FILE *f;

	snprintf(path, sizeof(path), "%s/views/data.mdb", net.home.path);
	f = fopen(path, "rb");
	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	data = malloc((size_t)st.st_size);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, (size_t)st.st_size, f), st.st_size);
	for (size_t i = 0; i + size <= (size_t)st.st_size; i++)
		found += memcmp(data + i, bytes, size) == 0;
	free(data);
	fclose(f);
	return (unsigned)found;
}

static unsigned rows_of(const char *words)
{
	struct writer params = {0};
	struct reader r;
	unsigned count;

	mp_put_map(&params, 1);
	mp_put_cstr(&params, "words");
	mp_put_cstr(&params, words);
	reader_init(&r, mp_get(network_query(&net, "search", &params, &out), "rows"));
	count = mp_array(&r);
	writer_release(&params);
	return count;
}

static const char *const secrets[] = {"xylophon", "quetzal", "wombat", "zirconium"};

/* Enough around it that pages are split and written again; one record says what is to be forgotten, one of its words
 * stands elsewhere too. */
static struct record_ref fill(void)
{
	struct record_ref ref;

	for (int i = 0; i < 60; i++) {
		char text[60];
		snprintf(text, sizeof(text), "reclamation %d voirie xylo%d quetz%d", i, i, i);
		publish("Budget du quartier", text, "transparency");
		network_index(&net);
	}
	publish("Un autre", "transhumance partout", "transparency");
	ref = publish("Quetzal de Fes", "Le xylophone des wombats, transhumance", "zirconium");
	network_index(&net);
	for (int i = 0; i < 30; i++) {
		publish("Suite", "rien de neuf", "transparency");
		network_index(&net);
	}
	return ref;
}

static void a_scrub_leaves_nothing_of_what_was_erased(void **state)
{
	struct record_ref ref = fill();
	struct why why = {0};

	(void)state;
	assert_false(views_want_scrub(net.views));
	for (size_t i = 0; i < 4; i++)
		assert_true(in_file(secrets[i]) > 0);
	assert_int_equal(rows_of("transhumance"), 2);
	erase(&ref);
	network_index(&net);
	assert_int_equal(rows_of("xylophone"), 0);
	assert_true(in_file("xylophon") > 0); /* which is why */
	assert_true(views_want_scrub(net.views));
	assert_int_equal(views_scrub(net.views, net.store, &why), ERR_NONE);
	assert_false(views_want_scrub(net.views));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(in_file(secrets[i]), 0);
	assert_true(in_file("transhum") > 0);
	assert_int_equal(rows_of("transhumance"), 1);
	assert_int_equal(rows_of("voirie"), 60);
	/* The views go on, and are trusted at the next start. */
	publish("Encore", "transhumance encore", "transparency");
	network_index(&net);
	assert_int_equal(rows_of("transhumance"), 2);
	views_close(net.views);
	net.views = views_open(net.store, net.home.path, &why);
	assert_non_null(net.views);
	assert_true(views_arrival(net.views) > 0);
	assert_int_equal(rows_of("transhumance"), 2);
}

/* It is known after a start too, and what a scrub left that did not end is removed. */
static void a_start_knows_what_is_to_be_scrubbed(void **state)
{
	struct record_ref ref = fill();
	struct why why = {0};
	char path[300];
	struct stat st;

	(void)state;
	erase(&ref);
	network_index(&net);
	views_close(net.views);
	snprintf(path, sizeof(path), "%s/views/scrub", net.home.path);
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/data.mdb");
	sample_text(path, "half of a copy");
	net.views = views_open(net.store, net.home.path, &why);
	assert_non_null(net.views);
	assert_int_equal(stat(path, &st), -1);
	assert_true(views_want_scrub(net.views));
	assert_true(in_file("xylophon") > 0);
	assert_int_equal(views_scrub(net.views, net.store, &why), ERR_NONE);
	assert_int_equal(in_file("xylophon"), 0);
	views_close(net.views);
	net.views = views_open(net.store, net.home.path, &why);
	assert_false(views_want_scrub(net.views));
}

/* Somebody who reads all the time. */
static _Atomic bool is_over;

static void *read_on(void *context)
{
	struct query_source source = {
	    .store = net.store, .views = net.views, .network = net.id, .today = "2026-06-15"};
	struct writer params = {0}, answer = {0};
	unsigned *asked = context;

	mp_put_map(&params, 1);
	mp_put_cstr(&params, "words");
	mp_put_cstr(&params, "voirie");
	while (!is_over) {
		struct reader r;
		writer_clear(&answer);
		if (query_run(&source, "search", writer_view(&params), &answer, NULL) != ERR_NONE)
			break;
		reader_init(&r, mp_get(writer_view(&answer), "rows"));
		if (mp_array(&r) != 60)
			break;
		++*asked;
	}
	writer_release(&params);
	writer_release(&answer);
	return is_over ? NULL : context;
}

static void queries_go_on_meanwhile(void **state)
{
	struct record_ref ref = fill();
	unsigned asked = 0;
	pthread_t thread;
	void *failed;

	(void)state;
	erase(&ref);
	network_index(&net);
	is_over = false;
	assert_int_equal(pthread_create(&thread, NULL, read_on, &asked), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(views_scrub(net.views, net.store, NULL), ERR_NONE);
	is_over = true;
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	assert_true(asked > 0);
}

static void one_who_reads_for_long_is_not_waited_for(void **state)
{
	struct record_ref ref = fill();
	struct why why = {0};

	(void)state;
	erase(&ref);
	network_index(&net);
	pthread_rwlock_rdlock(&net.views->in_use);
	assert_int_equal(views_scrub(net.views, net.store, &why), ERR_BUSY);
	pthread_rwlock_unlock(&net.views->in_use);
	assert_true(views_want_scrub(net.views));
	assert_int_equal(rows_of("transhumance"), 1);
	assert_int_equal(views_scrub(net.views, net.store, &why), ERR_NONE);
	assert_int_equal(in_file("xylophon"), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_scrub_leaves_nothing_of_what_was_erased),
	    TEST(a_start_knows_what_is_to_be_scrubbed),
	    TEST(queries_go_on_meanwhile),
	    TEST(one_who_reads_for_long_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
