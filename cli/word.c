/* Labels of words, out of the vocabularies that are shipped as data (deploy/vocabularies): adding a
 * word there is all that is needed. Read once, when the first word is shown to a person. */
#include "cli/word.h"

#include "cli/file.h"
#include "cli/lang.h"
#include "cli/network_words.h"
#include "proto/json.h"
#include "proto/mp.h"

#include <stdio.h>
#include <string.h>

#define VOCABULARY_SIZE_MAX (256u * 1024)

static const char *const vocabularies[] = {"audit_subjects", "completion", "record_states",
    "member_states", "node_states", "member_kinds", "record_kinds", "audit_sources",
    "audit_findings", "attester_roles", "themes", "verifiable", "potential", "early_results",
    "adoption_stages", "decisions", "unknowns", "territory_types", "relations", "directions",
    "record_labels", "measures", "instruments", "stages", "axis_levels", "event_types",
    "cooperation_types", "participant_groups", "publication_items", "changes", "log_states",
    "outcomes"};

#define VOCABULARY_COUNT (sizeof(vocabularies) / sizeof(*vocabularies))

static struct writer loaded[VOCABULARY_COUNT];
static bool is_loaded;

static void load(void)
{
	char name[64];
	char path[FILE_PATH_MAX];
	struct writer text = {0};

	is_loaded = true;
	for (size_t i = 0; i < VOCABULARY_COUNT; i++) {
		snprintf(name, sizeof(name), "vocabularies/%s.json", vocabularies[i]);
		writer_clear(&text);
		/* A missing vocabulary costs labels, nothing else. */
		if (file_shipped(path, name) && !file_read(&text, path, VOCABULARY_SIZE_MAX, NULL))
			json_parse(&loaded[i], writer_view(&text), NULL);
	}
	writer_release(&text);
}

static struct bytes text_of(struct bytes map, const char *key)
{
	struct reader r;

	reader_init(&r, mp_get(map, key));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

/* Findings are hyphenated where programs read them; ids of vocabularies are not. */
static bool is_same(struct bytes id, struct bytes word)
{
	bool is_equal = id.size == word.size;

	for (size_t i = 0; is_equal && i < id.size; i++)
		is_equal = id.data[i] == (word.data[i] == '-' ? '_' : word.data[i]);
	return is_equal;
}

static struct bytes find(struct bytes vocabulary, struct bytes word)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(vocabulary, "entries"));
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes entry = mp_raw(&r);

		if (is_same(text_of(entry, "id"), word))
			return text_of(entry, lang_code());
	}
	return (struct bytes){NULL, 0};
}

/* A table has the same few words in thousands of rows. Found ones alone: what is in none of the vocabularies may still turn
 * up in a network's. */
#define MEMOS 64
#define MEMO_SIZE 32

static struct bytes shared_label(struct bytes word)
{
	static struct {
		uint8_t word[MEMO_SIZE];
		size_t size;
		struct bytes label;
	} memos[MEMOS];
	struct bytes label = {NULL, 0};
	size_t at = word.size;

	for (size_t i = 0; i < word.size; i++)
		at = 31 * at + word.data[i];
	at %= MEMOS;
	if (word.size && memos[at].size == word.size &&
	    !memcmp(memos[at].word, word.data, word.size))
		return memos[at].label;
	for (size_t i = 0; i < VOCABULARY_COUNT && !label.size; i++)
		label = find(writer_view(&loaded[i]), word);
	if (label.size && word.size <= MEMO_SIZE) {
		memcpy(memos[at].word, word.data, word.size);
		memos[at].size = word.size;
		memos[at].label = label;
	}
	return label;
}

void word_put(struct writer *w, struct bytes word)
{
	struct bytes label;

	if (!is_loaded)
		load();
	label = shared_label(word);
	if (!label.size)
		label = network_words_label(word);
	writer_bytes(w, label.size ? label : word);
}

void word_put_in(struct writer *w, const char *vocabulary, struct bytes word)
{
	struct bytes label = {NULL, 0};

	if (!is_loaded)
		load();
	for (size_t i = 0; i < VOCABULARY_COUNT && !label.size; i++)
		if (strcmp(vocabularies[i], vocabulary) == 0)
			label = find(writer_view(&loaded[i]), word);
	if (label.size)
		writer_bytes(w, label);
	else
		word_put(w, word);
}
