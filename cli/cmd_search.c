/* commune search: records by their words. */
#include "cli/cmd.h"

#include "cli/filter.h"
#include "cli/lang.h"
#include "cli/page.h"
#include "cli/say.h"
#include "proto/text.h"

/* Words may come as one argument or as several. */
static int take_words(const struct args *args, struct row *params)
{
	struct writer words = {0};
	int code = EXIT_DONE;

	for (int i = 0; i < args->count; i++) {
		writer_str(&words, i > 0 ? " " : "");
		writer_str(&words, args->positional[i]);
	}
	if (!text_is_utf8(writer_view(&words)))
		code = say_usage(args, NULL, _("the words are no valid UTF-8"));
	else
		row_str(params, "words", writer_view(&words));
	writer_release(&words);
	return code;
}

static int run(const struct args *args)
{
	struct row params = {0};
	int code = filter_take(args, &params);

	if (!code)
		code = filter_kinds(args, NULL, &params);
	if (!code)
		code = take_words(args, &params);
	if (code) {
		row_release(&params);
		return code;
	}
	return page_show(args, "search", &params);
}

const struct command cmd_search = {
    .verb = "search",
    .summary = N_("find records by their words"),
    .help =
	N_("Finds the records that hold all the words, in Arabic, French or English, the best "
	   "first: whatever the case, the accents, the vowel signs, the article and the ending. "
	   "\"a phrase\" finds words that follow each other, begin* words that begin so, and "
	   "behind -- a -word leaves out what holds it. What is superseded, withdrawn or erased "
	   "is not found."),
    .positionals =
	(const struct positional[]){
	    {"WORDS", N_("what to look for"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    KIND_OPTION FILTER_OPTIONS PAGE_OPTIONS{NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"id", N_("id"), SHAPE_HEX, 0},
	    {"kind", N_("kind"), SHAPE_WORD, COLUMN_TABLE | COLUMN_SPARE},
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_SPARE},
	    {"time", N_("time"), SHAPE_TIME, 0},
	    {"title", N_("title"), SHAPE_TEXT, COLUMN_TABLE},
	    {"score", N_("score"), SHAPE_NUMBER, 0},
	    {"lang", N_("language"), SHAPE_TEXT, 0},
	    {"excerpt", N_("excerpt"), SHAPE_MARKED, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune search 'gestion des réclamations' --kind practice",
		N_("practices on complaints handling")},
	    {"commune search تدبير الشكايات", N_("the same in Arabic")},
	    {"commune search '\"état civil\" numéris*' --region 03 --json", N_("for a program")},
	    {NULL, NULL},
	},
    .flags = COMMAND_MANY,
    .run = run,
};
