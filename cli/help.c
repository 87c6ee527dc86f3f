/* Help, man pages and completion, all out of the table. It decides the form; every word of content
 * stands in a descriptor. */
#include "cli/help.h"

#include "cli/cmd.h"
#include "cli/lang.h"
#include "cli/roff.h"
#include "proto/audit.h"
#include "proto/kinds.h"
#include "proto/text.h"

#include <ctype.h>
#include <string.h>

/* Everything up to the width that man pages and terminals share. */
#define HELP_WIDTH 80

static void put_wrapped(FILE *to, const char *text, size_t indent)
{
	size_t column = 0;

	while (*text) {
		size_t size = strcspn(text, " \n");
		size_t width = text_width(bytes_of(text, size));

		if (column && column + 1 + width > HELP_WIDTH - indent) {
			fputc('\n', to);
			column = 0;
		}
		fprintf(to, "%*s%.*s", column ? 1 : (int)indent, "", (int)size, text);
		column += width + (column ? 1 : 0);
		text += size;
		if (*text == '\n') {
			fputc('\n', to);
			column = 0;
		}
		text += *text != 0;
	}
	fputc('\n', to);
}

static void put_synopsis(FILE *to, const struct command *command)
{
	const struct option_desc *o = command->options;
	const struct positional *p = command->positionals;

	fprintf(to, command == &cmd_communed ? "%s" : "commune %s", command->verb);
	for (; p && p->name; p++)
		fprintf(to, p->is_optional ? " [%s]" : " %s", p->name);
	fputs(command->flags & COMMAND_MANY ? "…" : "", to);
	for (; o && o->name; o++)
		fprintf(to, o->argument ? " [%s %s]%s" : " [%s]%s%s", o->name,
		    o->argument ? o->argument : "", o->is_list ? "…" : "");
	fputc('\n', to);
}

static void put_option(FILE *to, const struct option_desc *o)
{
	fprintf(to, o->argument ? "  %s %s\n" : "  %s\n", o->name, o->argument);
	put_wrapped(to, _(o->help), 6);
}

static const char *shape_name(enum shape shape)
{
	switch (shape) {
	case SHAPE_SAID:
	case SHAPE_TEXT:
		return N_("text");
	case SHAPE_NUMBER:
		return N_("whole number");
	case SHAPE_TIME:
		return N_("time, ms since 1970 UTC");
	case SHAPE_HEX:
		return N_("hex");
	case SHAPE_BASE64:
		return N_("bytes in base64");
	case SHAPE_WORD:
		return N_("word");
	case SHAPE_MARKED:
		return N_("text");
	case SHAPE_NESTED:
	case SHAPE_PAIRS:
		return N_("object or list");
	}
	return "";
}

void help_command(FILE *to, const struct command *command)
{
	const struct positional *p = command->positionals;
	const struct example *e = command->examples;

	put_synopsis(to, command);
	fputc('\n', to);
	put_wrapped(to, _(command->summary), 0);
	if (command->help) {
		fputc('\n', to);
		put_wrapped(to, _(command->help), 0);
	}
	for (; p && p->name; p++) {
		fprintf(to, "\n  %s\n", p->name);
		put_wrapped(to, _(p->help), 6);
	}
	fprintf(to, "\n%s\n", _("Options"));
	for (const struct option_desc *o = command->options; o && o->name; o++)
		put_option(to, o);
	for (const struct option_desc *o = commands_options; o->name && command != &cmd_communed;
	     o++)
		if (command_takes(command, o))
			put_option(to, o);
	if (command->columns)
		fprintf(to, "\n%s\n", _("Fields"));
	for (const struct column *c = command->columns; c && c->field; c++)
		fprintf(to, "  %-16s %s\n", c->field, _(shape_name(c->shape)));
	if (e && e->line)
		fprintf(to, "\n%s\n", _("Examples"));
	for (; e && e->line; e++) {
		fprintf(to, "  %s\n", e->line);
		put_wrapped(to, _(e->says), 6);
	}
}

void help_all(FILE *to)
{
	fprintf(to, "%s\n\n", _("usage: commune COMMAND [arguments] [options]"));
	for (size_t i = 0; commands[i]; i++)
		fprintf(to, "  %-19s %s\n", commands[i]->verb, _(commands[i]->summary));
	fprintf(to, "\n%s\n", _("`commune help COMMAND` says more about one of them."));
}

static void roff_name(FILE *to, const char *verb)
{
	bool is_daemon = !strcmp(verb, "communed");

	fputs(is_daemon ? "communed" : "commune", to);
	for (const char *at = is_daemon ? "" : verb; *at; at++) {
		if (at == verb)
			fputc('-', to);
		fputc(*at == ' ' ? '-' : *at, to);
	}
}

static void roff_head(FILE *to, const char *verb, const char *summary)
{
	fputs(".\\\" Made from the table of commands; do not edit.\n.TH ", to);
	for (const char *at = strcmp(verb, "communed") ? "COMMUNE" : "COMMUNED"; *at; at++)
		fputc(*at, to);
	for (const char *at = strcmp(verb, "communed") ? verb : ""; *at; at++) {
		if (at == verb)
			fputc('-', to);
		fputc(*at == ' ' ? '-' : toupper((unsigned char)*at), to);
	}
	fputs(" 1 \"\" \"Open Communes " VERSION "\" \"Open Communes\"\n.SH NAME\n", to);
	roff_name(to, verb);
	fputs(" \\- ", to);
	roff_text(to, summary);
	fputs("\n.SH SYNOPSIS\n.B ", to);
}

static void roff_options(FILE *to, const struct command *command)
{
	fputs(".SH OPTIONS\n", to);
	for (const struct positional *p = command->positionals; p && p->name; p++)
		roff_term(to, p->name, NULL, _(p->help));
	for (const struct option_desc *o = command->options; o && o->name; o++)
		roff_term(to, o->name, o->argument, _(o->help));
	for (const struct option_desc *o = commands_options; o->name && command != &cmd_communed;
	     o++)
		if (command_takes(command, o))
			roff_term(to, o->name, o->argument, _(o->help));
}

static void roff_exit_codes(FILE *to)
{
	static const struct {
		const char *code;
		const char *says;
	} codes[] = {
	    {"0", N_("Done.")},
	    {"1", N_("It failed: no daemon, input or output, time-out.")},
	    {"2", N_("Wrong usage, unknown command or kind, unreadable file.")},
	    {"3", N_("A check found problems.")},
	    {"4", N_("Refused, and nothing was changed: a bad field, an unknown member, no "
		     "permission, a home that exists.")},
	};

	fputs(".SH \"EXIT STATUS\"\n", to);
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		roff_term(to, codes[i].code, NULL, _(codes[i].says));
}

static void roff_main(FILE *to)
{
	roff_head(to, "", _("publish, query and audit the records of open communes"));
	fputs("commune\n.I COMMAND\n[arguments] [options]\n.SH DESCRIPTION\n", to);
	roff_paragraphs(to, _("commune speaks to the communed of a home directory: it publishes "
			      "records of the member, answers questions "
			      "about everybody's, and proves them to others. Some commands need no "
			      "daemon: init, join, check, schema and "
			      "help.\n\nEvery command prints a table for people; with --json one "
			      "JSON object a line, with --csv a "
			      "table for spreadsheets. What a command prints in a pipe holds no "
			      "progress and no colour."));
	fputs(".SH COMMANDS\n", to);
	for (size_t i = 0; commands[i]; i++)
		roff_term(to, commands[i]->verb, NULL, _(commands[i]->summary));
	fputs(".SH ENVIRONMENT\n", to);
	roff_term(to, "COMMUNE_HOME", NULL, _("The home directory when --home is not given."));
	roff_term(to, "COMMUNE_DATA", NULL,
	    _("Where the shipped networks and territories are, instead of the installed ones."));
	roff_exit_codes(to);
	fputs(".SH \"SEE ALSO\"\n.BR communed (1),\n.BR commune\\-kinds (7)\n", to);
}

void help_man(FILE *to, const struct command *command)
{
	if (!command) {
		roff_main(to);
		return;
	}
	roff_head(to, command->verb, _(command->summary));
	put_synopsis(to, command);
	fputs(".SH DESCRIPTION\n", to);
	roff_text(to, _(command->summary));
	fputs(".\n", to);
	if (command->help) {
		fputs(".PP\n", to);
		roff_paragraphs(to, _(command->help));
	}
	roff_options(to, command);
	if (command->columns)
		fputs(".SH FIELDS\n", to);
	for (const struct column *c = command->columns; c && c->field; c++)
		roff_term(to, c->field, NULL, _(shape_name(c->shape)));
	if (command->examples && command->examples->line)
		fputs(".SH EXAMPLES\n", to);
	for (const struct example *e = command->examples; e && e->line; e++)
		roff_term(to, e->line, NULL, _(e->says));
	roff_exit_codes(to);
	fputs(".SH \"SEE ALSO\"\n.BR commune (1),\n.BR communed (1)\n", to);
}

static void completion_verbs(FILE *to, const char *before)
{
	size_t size = strlen(before);
	const char *last = "";

	for (size_t i = 0; commands[i]; i++) {
		const char *verb = commands[i]->verb;
		const char *word = verb + size;
		int word_size;

		if (strncmp(verb, before, size) || (size && !strchr(verb, ' ')))
			continue;
		word_size = (int)strcspn(word, " ");
		/* "roster" stands once though four verbs begin with it: they follow each other in
		 * the table. */
		if (!strncmp(last, word, (size_t)word_size) && last[word_size] == ' ')
			continue;
		fprintf(to, " %.*s", word_size, word);
		last = size ? "" : word;
	}
}

/* The words that an option or an argument takes: what its placeholder lists, as ar|fr|en, or the kinds. */
static void completion_values(FILE *to)
{
	fputs("\tcase $before in\n\t--lang) words=\"ar fr en\" ;;\n\t--text-lang) words=\"ar fr en "
	      "zgh\" ;;\n"
	      "\t--kind) words=\"region province commune arrondissement coordinator observer\" ;;\n"
	      "\t--fail-on) words=\"any",
	    to);
	for (unsigned i = 0; i < FINDING_COUNT; i++)
		fprintf(to, " %s", audit_finding_name(i));
	fputs("\" ;;\n\tesac\n", to);
}

static void completion_kinds(FILE *to)
{
	const struct kind *kind;

	for (size_t i = 0; (kind = kind_at(i)); i++)
		if (kind->is_published)
			fprintf(to, " %s", kind->name);
}

static void completion_options(FILE *to)
{
	fputs("\tif [[ $word == -* ]]; then\n\t\tcase \"$verb $second \" in\n", to);
	for (size_t i = 0; commands[i]; i++) {
		fprintf(to, "\t\t\"%s \"*) words=\"", commands[i]->verb);
		for (const struct option_desc *o = commands[i]->options; o && o->name; o++)
			fprintf(to, " %s", o->name);
		for (const struct option_desc *o = commands_options; o->name; o++)
			if (command_takes(commands[i], o))
				fprintf(to, " %s", o->name);
		fputs("\" ;;\n", to);
	}
	fputs("\t\t*) words=\"", to);
	for (const struct option_desc *o = commands_options; o->name; o++)
		fprintf(to, " %s", o->name);
	fputs("\" ;;\n\t\tesac\n\tfi\n", to);
}

void help_completion(FILE *to)
{
	/* Options may stand before the verb: the words that are none are counted. */
	fputs("# bash completion for commune, made from the table of commands by `commune help "
	      "--completion`.\n"
	      "_commune()\n{\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb= "
	      "second= words= i n=0\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tcase ${COMP_WORDS[i]} in\n"
	      "\t\t--home|--lang) ((i++)) ;;\n"
	      "\t\t-*) ;;\n"
	      "\t\t*) ((n++)); ((n == 1)) && verb=${COMP_WORDS[i]}; ((n == 2)) && "
	      "second=${COMP_WORDS[i]} ;;\n"
	      "\t\tesac\n\tdone\n"
	      "\tcase $n-$verb in\n"
	      "\t0-) words=\"",
	    to);
	completion_verbs(to, "");
	fputs("\" ;;\n\t1-roster) words=\"", to);
	completion_verbs(to, "roster ");
	fputs("\" ;;\n\t1-peer) words=\"", to);
	completion_verbs(to, "peer ");
	fputs("\" ;;\n\t1-help) words=\"", to);
	completion_verbs(to, "");
	fputs("\" ;;\n\t1-import) words=\"ogp ndjson\" ;;\n"
	      "\t1-publish|1-list|1-schema) words=\"",
	    to);
	completion_kinds(to);
	fputs("\" ;;\n\tesac\n", to);
	completion_options(to);
	completion_values(to);
	fputs("\tif [[ -n $words ]]; then\n\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
	      "\telse\n\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n\tfi\n}\n"
	      "complete -o filenames -F _commune commune\n"
	      "complete -o default -W \"",
	    to);
	for (const struct option_desc *o = cmd_communed.options; o->name; o++)
		fprintf(to, " %s", o->name);
	fputs("\" communed\n", to);
}
