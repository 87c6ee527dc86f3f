/* How fast the views follow and how fast a search answers: one store on disk, records of about 600
 * bytes in French and Arabic whose words are as unevenly frequent as those of prose, searches of one to
 * three of these words, a page of 20 rows each.
 *
 *     search [RECORDS [FOLDER]]
 *
 * FOLDER is kept: searched again without filling it when it has a store already. Times are the processor's, so that whatever else the machine does counts for nothing. Prints one JSON object a line, {"name","value","unit","conditions"}; floor_tokens is the bare analysis of the same
 * texts. It judges nothing. */
#include <math.h>
#include <time.h>

#include "store/query_run.h"
#include "store/view_rows.h"
#include "store/words.h"
#include "tests/store/sample.h"

#define VOCABULARY 20000
#define BATCH 8192
#define SEARCHES 1000

static const char *const stems_fr[] = {"citoyen", "réclamation", "budget", "commune", "marché",
    "école", "voirie", "éclairage", "déchet", "quartier", "conseil", "association", "projet",
    "délibération", "transparence", "numérique", "service", "agent", "état", "dossier", "atelier",
    "forum", "participation", "information", "plainte", "guichet", "jeunesse", "femme", "handicap",
    "territoire"};
static const char *const stems_ar[] = {"مواطن", "شكاية", "ميزانية", "جماعة", "سوق", "مدرسة", "طريق",
    "إنارة", "نفايات", "حي", "مجلس", "جمعية", "مشروع", "مداولة", "شفافية", "رقمنة", "خدمة", "موظف",
    "حالة", "ملف", "ورشة", "ملتقى", "مشاركة", "معلومة", "تدبير", "شباك", "شباب", "نساء", "إعاقة",
    "تراب"};
#define STEMS 30

static char words[VOCABULARY][48];
static double cumulated[VOCABULARY];
static uint64_t random_state = 88172645463325252u;

static double chance(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (double)(random_state >> 11) / 9007199254740992.0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Zipf's law over stems with syllables behind them. */
static void make_vocabulary(void)
{
	static const char *const more_fr[] = {
	    "ba", "ro", "li", "mu", "ne", "to", "ci", "da", "vo", "ru"};
	static const char *const more_ar[] = {"ب", "ر", "ل", "م", "د", "س", "ج", "ح", "ق", "ف"};
	double sum = 0;

	for (int i = 0; i < VOCABULARY; i++) {
		bool is_arabic = i % 2;
		int rest = i / 2;
		char *word = words[i];
		strcpy(word, (is_arabic ? stems_ar : stems_fr)[rest % STEMS]);
		for (rest /= STEMS; rest > 0; rest /= 10)
			strcat(word, (is_arabic ? more_ar : more_fr)[rest % 10]);
		sum += 1.0 / (i + 2.7);
		cumulated[i] = sum;
	}
	for (int i = 0; i < VOCABULARY; i++)
		cumulated[i] /= sum;
}

static const char *draw_word(void)
{
	double c = chance();
	int low = 0, high = VOCABULARY - 1;

	while (low < high) {
		int middle = (low + high) / 2;
		if (cumulated[middle] < c)
			low = middle + 1;
		else
			high = middle;
	}
	return words[low];
}

static void put_text(struct writer *w, const char *field, size_t size, uint64_t number)
{
	struct writer text = {0};

	while (text.size + 24 < size) {
		writer_str(&text, draw_word());
		writer_str(&text, " ");
	}
	writer_printf(&text, "a%llu", (unsigned long long)number);
	mp_put_cstr(w, field);
	mp_put_map(w, 1);
	mp_put_cstr(w, "fr");
	mp_put_str(w, writer_view(&text));
	writer_release(&text);
}

static void put_payload(struct writer *w, uint64_t number)
{
	mp_put_map(w, 3);
	put_text(w, "solution", 520, number);
	mp_put_cstr(w, "themes");
	mp_put_array(w, 1);
	mp_put_cstr(w, "transparency");
	put_text(w, "title", 50, number);
}

static uint64_t fill(struct store *s, unsigned records)
{
	static struct sample_log log;
	struct writer payload = {0}, body = {0}, change = {0};
	uint64_t bytes = 0;

	sample_log_init(&log, "sefrou", 1);
	change_put_log(&change, &log.log);
	for (unsigned done = 0; done < records; writer_clear(&change)) {
		unsigned count = records - done < 4000 ? records - done : 4000;
		writer_clear(&body);
		for (unsigned i = 0; i < count; i++) {
			writer_clear(&payload);
			put_payload(&payload, done + i);
			bytes += payload.size;
			sample_record(&body, 128, done + i, writer_view(&payload));
		}
		sample_append_body(&change, &log, writer_view(&body), count, false);
		sample_head(&change, &log);
		sample_apply(s, &change, NULL);
		done += count;
	}
	writer_release(&payload);
	writer_release(&body);
	writer_release(&change);
	return bytes;
}

static void report(const char *name, double value, const char *unit, unsigned records)
{
	printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"conditions\":\"%u records of 600 "
	       "bytes, %d words by Zipf's law, processor time\"}\n",
	    name, value, unit, records, VOCABULARY);
	fflush(stdout);
}

static void floor_tokens(unsigned records)
{
	struct words *w = words_new();
	struct writer text = {0};
	unsigned count = records < 20000 ? records : 20000;
	double start, spent = 0;

	for (unsigned i = 0; i < count; i++) {
		struct bytes rest, word;
		struct term term;
		writer_clear(&text);
		put_payload(&text, i);
		start = now();
		for (rest = writer_view(&text); words_next(&rest, &word);)
			words_term(w, word, WORDS_FR, &term);
		spent += now() - start;
	}
	report("floor_tokens", count / spent, "records/s", count);
	writer_release(&text);
	words_free(w);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void search(const struct query_source *source, unsigned records)
{
	static double times[SEARCHES];
	struct writer params = {0}, result = {0};
	struct why why = {0};
	uint64_t rows = 0;

	for (int i = 0; i < SEARCHES; i++) {
		char text[200] = "";
		double start;
		for (int j = 0; j <= i % 3; j++) {
			strcat(text, draw_word());
			strcat(text, " ");
		}
		writer_clear(&params);
		mp_put_map(&params, 2);
		mp_put_cstr(&params, "limit");
		mp_put_int(&params, 20);
		mp_put_cstr(&params, "words");
		mp_put_cstr(&params, text);
		writer_clear(&result);
		start = now();
		if (query_run(source, "search", writer_view(&params), &result, &why) != ERR_NONE)
			fail_msg("search: %s", why.text);
		times[i] = (now() - start) * 1000;
		rows += result.size > 100;
	}
	qsort(times, SEARCHES, sizeof(*times), compare);
	report("search_p50", times[SEARCHES / 2], "ms", records);
	report("search_p99", times[SEARCHES * 99 / 100], "ms", records);
	report("search_max", times[SEARCHES - 1], "ms", records);
	report("search_answered", (double)rows * 100 / SEARCHES, "%", records);
	writer_release(&params);
	writer_release(&result);
}

static uint64_t disk_of(const struct sample_home *home)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/views/data.mdb", home->path);
	return stat(path, &st) == 0 ? (uint64_t)st.st_blocks * 512 : 0;
}

/* Pages of one table, those to be used again left out. */
static double bytes_of_table(const struct query_source *source, unsigned table)
{
	struct views *v = source->views;
	MDB_stat st = {0};
	struct txn t;

	txn_begin(&t, &v->env, TXN_READ);
	assert_int_equal(mdb_stat(t.handle, v->env.dbis[table], &st), 0);
	txn_end(&t, NULL);
	return (double)(st.ms_leaf_pages + st.ms_branch_pages + st.ms_overflow_pages) * st.ms_psize;
}

int main(int argc, char **argv)
{
	unsigned records = argc > 1 ? (unsigned)atoi(argv[1]) : 200000;
	struct query_source source = {.today = "2026-06-15"};
	struct sample_home home;
	struct why why = {0};
	bool more = true, is_kept = argc > 2, is_filled = is_kept && access(argv[2], F_OK) == 0;
	bool is_anew;
	uint64_t bytes = 1;
	double start;

	assert_int_equal(seal_init(), ERR_NONE);
	make_vocabulary();
	floor_tokens(records);
	if (is_kept && !is_filled)
		assert_int_equal(mkdir(argv[2], 0700), 0);
	if (is_kept)
		sample_home_at(&home, argv[2]);
	else
		sample_home_make(&home);
	source.store = sample_open(&home);
	if (!is_filled)
		bytes = fill(source.store, records);
	source.views = views_open(source.store, home.path, &why);
	assert_non_null(source.views);
	is_anew = views_arrival(source.views) == 0;
	start = now();
	while (more)
		assert_int_equal(
		    views_index(source.views, source.store, BATCH, &more, &why), ERR_NONE);
	if (is_anew)
		report("index", records / (now() - start), "records/s", records);
	search(&source, records);
	for (unsigned i = 0; i < VIEW_TABLE_COUNT; i++) {
		char name[40];
		snprintf(name, sizeof(name), "disk_%s", view_tables[i].name);
		report(name, bytes_of_table(&source, i) / records, "bytes a record", records);
	}
	if (!is_filled)
		report("disk_views_part", (double)disk_of(&home) / (double)bytes, "of the payloads",
		    records);
	views_close(source.views);
	store_close(source.store);
	if (!is_kept)
		sample_home_remove(&home);
	return 0;
}
