/* Everything that is printed about the commands, made from their table: help, man pages,
 * completion. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/commands.h"

#include <stdio.h>

void help_all(FILE *to);
void help_command(FILE *to, const struct command *command);
/* roff, section 1. command NULL: commune itself. */
void help_man(FILE *to, const struct command *command);
/* roff, section 7: the fields of every kind. */
void help_kinds(FILE *to);
/* Section 7, or as text: questions and the commands that answer them. */
void help_cookbook(FILE *to, bool is_man);
/* Texts of the tables below the CLI as lines of C, for xgettext; cli/messages.c. */
void help_messages(FILE *to);
/* bash */
void help_completion(FILE *to);

#endif
