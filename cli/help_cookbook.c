/* The manual's page of questions: what officers and coordinators ask, and the command that answers. tests/golden holds the
 * same questions and commands with their answers on a network of 126 members. */
#include "cli/help.h"

#include "cli/lang.h"
#include "cli/roff.h"

#define COMMANDS_MAX 3

static const struct {
	const char *question;
	const char *commands[COMMANDS_MAX];
} entries[] = {
    {N_("Which members have not adopted an openness programme?"),
	{"commune audit --finding no-programme --today 2026-06-30"}},
    {N_("One member's five commitments: completion, evidence, who attested."),
	{"commune audit sefrou --kind commitment --attesters --today 2026-06-30"}},
    {N_("What is marked complete without another's attestation?"),
	{"commune audit --finding complete-without-attestation --today 2026-06-30"}},
    {N_("Which milestones are overdue, by region, worst first?"),
	{"commune audit --kind milestone --finding overdue --sort region,-days --today "
	 "2026-06-30"}},
    {N_("Which practices are about complaints handling, in Arabic or French words?"),
	{"commune search شكايات --kind practice", "commune search réclamations --kind practice"}},
    {N_("Who adopted Sefrou's civil-status practice, with what result?"),
	{"commune list adoption --about sefrou/7 --field start --field result"}},
    {N_("How many members of each kind are there, against the declared total?"),
	{"commune audit --kind claim", "commune roster list --group-by kind"}},
    {N_("Who joined since a date?"), {"commune roster list --since 2026-01-01 --until 2026-06-30"}},
    {N_("What is the share of women, youth and people with disabilities in a region's workshops; "
	"which are below 33%?"),
	{"commune shares --region 05 --threshold 33"}},
    {N_("How did Agadir's score change from 2019 to 2020, per indicator?"),
	{"commune scores agadir --from 2019 --to 2020"}},
    {N_("Which ideas of a workshop became projects, which were refused and why?"),
	{"commune outcomes chefchaouen/7"}},
    {N_("What changed in this commitment, when, by whom?"), {"commune history sefrou/13"}},
    {N_("What was its state on 2024-12-31?"),
	{"commune audit sefrou/5 --as-of 2024-12-31 --today 2024-12-31"}},
    {N_("What does my node lack that another has?"), {"commune missing other.ndjson"}},
    {N_("Prove offline that Chefchaouen signed this."),
	{"commune prove chefchaouen/13 | commune check - --network $(commune id --json | jq -r "
	 ".network)"}},
    {N_("Where do coordinators and observers code one commitment differently?"),
	{"commune audit --finding coding-differs --today 2026-06-30"}},
    {N_("Which publication items has Larache not published?"),
	{"commune audit larache --kind publication --finding not-published"}},
    {N_("Export a region's commitments in OGP columns."),
	{"commune export ogp --region 12 --output region.csv"}},
    {N_("How many practices on digitalisation does each region have?"),
	{"commune list practice --latest --theme digitalisation --group-by region --sort "
	 "count,desc"}},
    {N_("How far are the commitments of the communes of one province?"),
	{"commune list commitment --latest --province 03.451 --group-by status"}},
    {N_("What did a region's members say on participation in the summer of 2024, the newest "
	"first?"),
	{"commune list --kind workshop,practice,event --theme citizen_participation --region 01 "
	 "--since 2024-06 --until 2024-08 --sort time,desc"}},
    {N_("How many communes joined in each year?"),
	{"commune roster list --kind commune --group-by year"}},
};

#define ENTRY_COUNT (sizeof(entries) / sizeof(*entries))

static void put_page(FILE *to)
{
	for (size_t i = 0; i < ENTRY_COUNT; i++) {
		fprintf(to, ".SH \"%zu\"\n", i + 1);
		roff_text(to, _(entries[i].question));
		fputs("\n.PP\n.nf\n.RS 4\n", to);
		for (size_t c = 0; c < COMMANDS_MAX && entries[i].commands[c]; c++) {
			roff_text(to, entries[i].commands[c]);
			fputc('\n', to);
		}
		fputs(".RE\n.fi\n", to);
	}
}

void help_cookbook(FILE *to, bool is_man)
{
	if (is_man) {
		fputs(".\\\" Made from the table of questions; do not edit.\n.TH "
		      "COMMUNE\\-COOKBOOK 7 \"\" "
		      "\"Open Communes " VERSION "\" \"Open Communes\"\n.SH NAME\n"
		      "commune\\-cookbook \\- ",
		    to);
		roff_text(to, _("questions, and the commands that answer them"));
		fputs("\n.SH DESCRIPTION\n", to);
		roff_paragraphs(to,
		    _("Each question is answered by one command. Codes, references and dates stand "
		      "for your own; without --today things are judged by today's date in the "
		      "network's time zone. All filters compose, --json and --csv make an answer "
		      "that a program or a spreadsheet reads."));
		put_page(to);
		fputs(".SH \"SEE ALSO\"\n.BR commune (1),\n.BR commune\\-audit (1),\n.BR "
		      "commune\\-list (1)\n",
		    to);
		return;
	}
	for (size_t i = 0; i < ENTRY_COUNT; i++) {
		fprintf(to, "%zu. %s\n", i + 1, _(entries[i].question));
		for (size_t c = 0; c < COMMANDS_MAX && entries[i].commands[c]; c++)
			fprintf(to, "   %s\n", entries[i].commands[c]);
	}
}
