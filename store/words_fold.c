/* Decides which letters make a word and which are the same to somebody who searches. Endings,
 * articles and languages are store/words.c's. */
#include "store/words_fold.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "proto/text.h"

/* Marks, letters and digits of the Arabic block; what is between them is punctuation. */
static bool is_arabic_letter(uint32_t c)
{
	return (c >= 0x610 && c <= 0x61a) || (c >= 0x620 && c <= 0x669) ||
	       (c >= 0x66e && c <= 0x6d3) || (c >= 0x6d5 && c <= 0x6dc) ||
	       (c >= 0x6df && c <= 0x6e8) || (c >= 0x6ea && c <= 0x6fc) || c == 0x6ff;
}

/* Soft hyphens and joiners stand inside words and mean nothing. */
static bool is_joiner(uint32_t c)
{
	return c == 0xad || c == 0x200c || c == 0x200d;
}

static bool is_letter(uint32_t c)
{
	utf8proc_category_t category;

	if (c < 0x80)
		return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
	if (c >= 0xc0 && c < 0x250)
		return c != 0xd7 && c != 0xf7;
	if (c >= 0x600 && c < 0x700)
		return is_arabic_letter(c);
	if (c == TEXT_REPLACEMENT)
		return false;
	category = utf8proc_category((utf8proc_int32_t)c);
	return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO) ||
	       is_joiner(c);
}

size_t fold_word_letter(struct bytes at)
{
	struct bytes rest = at;
	uint32_t c;

	if (at.size == 0)
		return 0;
	if (at.data[0] < 0x80)
		return is_letter(at.data[0]);
	if (at.size >= 2 && (at.data[1] & 0xc0) == 0x80 && at.data[0] >= 0xc3 && at.data[0] < 0xe0)
		return is_letter((at.data[0] & 0x1fu) << 6 | (at.data[1] & 0x3fu)) ? 2 : 0;
	return text_next(&rest, &c) && is_letter(c) ? at.size - rest.size : 0;
}

static void put(struct folded *f, uint32_t c)
{
	if (f->size + 4 > FOLD_SIZE_MAX)
		return;
	f->letters++;
	if (c < 0x80)
		f->b[f->size++] = (uint8_t)c;
	else
		f->size += (size_t)utf8proc_encode_char((utf8proc_int32_t)c, f->b + f->size);
}

/* Doubled waw and yeh become one: with the hamza dropped from its seat, both ways of writing it
 * meet. */
static void put_arabic(struct folded *f, uint32_t c)
{
	f->has_arabic = true;
	if ((c == 0x648 || c == 0x64a) && f->size >= 2 && f->b[f->size - 2] == 0xd9 &&
	    f->b[f->size - 1] == (0x80 | (c & 0x3f)))
		return;
	put(f, c);
}

static void fold_arabic(struct folded *f, uint32_t c)
{
	if ((c >= 0x660 && c <= 0x669) || (c >= 0x6f0 && c <= 0x6f9)) {
		f->has_digit = true;
		put(f, '0' + (c & 0xf));
	} else if ((c >= 0x610 && c <= 0x61a) || (c >= 0x64b && c <= 0x65f) || c == 0x670 ||
		   (c >= 0x6d6 && c <= 0x6ed && c != 0x6e5 && c != 0x6e6) || c == 0x640) {
		return; /* vowel signs and the stroke that only stretches a word */
	} else if (c == 0x621 || c == 0x624 || c == 0x626 || c == 0x674) {
		f->has_arabic = true; /* hamza, alone and on waw or yeh */
	} else if (c == 0x622 || c == 0x623 || c == 0x625 || (c >= 0x671 && c <= 0x673)) {
		put_arabic(f, 0x627);
	} else if (c == 0x649 || c == 0x6cc || c == 0x6d2) {
		put_arabic(f, 0x64a);
	} else if (c == 0x6a9) {
		put_arabic(f, 0x643);
	} else if (c == 0x6c1 || c == 0x6be || c == 0x6d5) {
		put_arabic(f, 0x647);
	} else {
		put_arabic(f, c);
	}
}

static void fold_letter(struct folded *f, uint32_t c, bool keeps_accents);

/* Whatever Unicode knows to be another way of writing simpler letters. */
static void fold_rare(struct folded *f, uint32_t c, bool keeps_accents)
{
	utf8proc_int32_t simple[32];
	int boundary = 0;
	utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)c, simple, 32,
	    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK |
		UTF8PROC_IGNORE,
	    &boundary);

	for (utf8proc_ssize_t i = 0; i < count && i < 32; i++) {
		uint32_t letter = (uint32_t)simple[i];

		if (letter != c && (letter < 0x80 || (letter >= 0x600 && letter < 0x700))) {
			if (is_letter(letter))
				fold_letter(f, letter, keeps_accents);
		} else if (is_letter(letter) && !is_joiner(letter)) {
			f->has_other = true;
			put(f, letter);
		}
	}
}

static void fold_letter(struct folded *f, uint32_t c, bool keeps_accents)
{
	if (c >= 'A' && c <= 'Z')
		c |= 0x20;
	if (c >= 0xc0 && c <= 0xde && c != 0xd7)
		c += 0x20;
	if (c < 0x80) {
		f->has_digit |= c <= '9';
		f->has_latin |= c > '9';
		put(f, c);
	} else if (c == 0xe6 || c == 0x152 || c == 0x153) {
		f->has_latin = true;
		put(f, c == 0xe6 ? 'a' : 'o');
		put(f, 'e');
	} else if (c >= 0xe0 && c <= 0xff && c != 0xf7 && keeps_accents) {
		f->has_latin = f->has_accent = true;
		put(f, c);
	} else if (c >= 0x600 && c < 0x700) {
		fold_arabic(f, c);
	} else {
		fold_rare(f, c, keeps_accents);
	}
}

void fold_word(struct folded *out, struct bytes word, bool keeps_accents)
{
	uint32_t c;

	*out = (struct folded){.size = 0};
	while (out->size + 4 <= FOLD_SIZE_MAX && text_next(&word, &c))
		fold_letter(out, c, keeps_accents);
	/* At an end ه is mostly ة without its dots. */
	if (out->has_arabic && out->size >= 2 && out->b[out->size - 2] == 0xd9 &&
	    out->b[out->size - 1] == 0x87) {
		out->b[out->size - 2] = 0xd8;
		out->b[out->size - 1] = 0xa9;
	}
}

void fold_accents(struct folded *f)
{
	struct folded kept = *f;

	if (f->has_accent)
		fold_word(f, bytes_of(kept.b, kept.size), false);
}

/* Sorted by bytes, folded: tests hold both. */
static const char *const everywhere[] = {"an", "and", "are", "as", "at", "au", "aux", "avec", "be",
    "by", "ce", "ces", "cet", "cette", "dans", "de", "des", "du", "elle", "elles", "en", "est",
    "et", "etre", "for", "from", "has", "have", "il", "ils", "in", "is", "it", "its", "jusqu", "la",
    "le", "les", "leur", "leurs", "lorsqu", "ne", "nous", "of", "on", "ont", "or", "ou", "par",
    "pas", "pour", "puisqu", "qu", "que", "qui", "quoiqu", "sa", "se", "ses", "son", "sont", "sur",
    "that", "the", "this", "to", "un", "une", "vous", "was", "were", "with", "التي", "الذي",
    "الذين", "الي", "ان", "او", "بين", "تلك", "ثم", "حتي", "ذلك", "علي", "عن", "في", "قد", "كان",
    "كانت", "كل", "لا", "ما", "مع", "من", "هذا", "هذة", "هم", "هو", "هي", "وعلي", "وفي", "ومن"};

static int compare_everywhere(const void *key, const void *element)
{
	const struct folded *f = key;

	return bytes_compare(bytes_of(f->b, f->size), bytes_str(*(const char *const *)element));
}

bool fold_is_everywhere(const struct folded *f)
{
	return f->size <= (f->has_arabic ? 10u : 6u) &&
	       bsearch(f, everywhere, sizeof(everywhere) / sizeof(*everywhere), sizeof(*everywhere),
		   compare_everywhere) != NULL;
}

size_t fold_cut(const uint8_t *b, size_t size, size_t size_max)
{
	if (size <= size_max)
		return size;
	while (size_max > 0 && (b[size_max] & 0xc0) == 0x80)
		size_max--;
	return size_max;
}
