/* Recognises sentences by their form, each %s standing for something that was quoted. A sentence that changes where it
 * is said and not here comes out in English; tests/lint/said.py finds it. */
#include "cli/said.h"

#include "cli/lang.h"
#include "proto/err.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PARTS_MAX 4

static const char *const forms[] = {
    /* proto/kinds: fields */
    N_("is required"),
    N_("is required: %s"),
    N_("is empty: leave it out"),
    N_("is null: leave it out"),
    N_("is no field here: did you mean '%s'?"),
    N_("is no field here"),
    N_("is no language of the network: ar, fr, en or zgh"),
    N_("is an amount in the minor unit and a currency: amount=500000 currency=MAD"),
    N_("is no part of an amount"),
    N_("is no ISO 4217 code such as MAD"),
    N_("has more than %s columns"),
    N_("has %s elements, at most %s are allowed"),
    N_("is %s bytes long, at most %s are allowed"),
    N_("the record is %s bytes large, at most %s are allowed"),
    N_("is longer than %s bytes"),
    N_("is above %s: %s"),
    N_("needs one of %s: %s"),
    N_("is no language tag such as ar, fr or zgh"),
    N_("is no code of a member such as larache"),
    N_("is no code of a territory such as 01, 01.151, 01.151.01.03 or MA-01"),
    N_("is no number such as 12.5, of at most six places"),
    N_("is to be a year YYYY"),
    N_("names no member of this network"),
    N_("is none of the shared %s: did you mean '%s'?"),
    N_("is none of the shared %s"),
    N_("is none of the %s: did you mean '%s'?"),
    N_("is none of the %s"),
    N_("is to be one of %s"),
    N_("is to begin with https:// or http://"),
    N_("holds a character that no address has"),
    N_("is no date YYYY, YYYY-MM or YYYY-MM-DD"),
    N_("is to be from %s to %s"),
    N_("is to be 64 hex digits"),
    N_("is to be %s"),
    N_("names no record that is known here"),
    N_("is no link to a record"),
    N_("is not valid UTF-8"),
    N_("holds a control character"),
    N_("holds a control of writing direction"),
    N_("holds a line break or a tab"),
    N_("holds what looks like an e-mail address"),
    N_("holds what looks like a telephone number"),
    N_("holds what looks like the number of an identity card"),
    /* store/search */
    N_("there is no word to search for: single letters, and words that stand in every text, are "
       "none"),
    N_("more than 16 words are searched for at once"),
    N_("more than 4 phrases are searched for at once"),
    N_("a phrase has at most 15 words"),
    N_("too many words begin like this: write more of them before the *"),
    /* what %s stands for above */
    N_("a date YYYY, YYYY-MM or YYYY-MM-DD"),
    N_("text"),
    N_("text by language, such as {\"fr\": \"…\"}"),
    N_("a whole number"),
    N_("true or false"),
    N_("a list"),
    N_("a map of fields"),
    N_("it ends before it starts"),
    N_("a withdrawal says why"),
    N_("who does not agree says in what"),
    N_("a group is not larger than the total"),
    N_("what is merged, deferred or refused says why"),
    N_("a score is not above its highest"),
    N_("no answer has more people than answered"),
    N_("a document says what it holds or where it is"),
    N_("a number such as \"12.5\""),
    /* proto/kinds: links */
    N_("leads to a record of kind %s: a version replaces one of its own kind, %s"),
    N_("leads to a record of kind %s; one of kind %s is wanted"),
    N_("leads to a record of another member: only its own member can do that"),
    N_("leads to a record of this member: nobody attests their own"),
    N_("leads to a record of this member: it is to be another member's"),
    /* store: questions */
    N_("there is no record %s"),
    N_("'%s' is no name of a record: CODE/INDEX, CODE.N/INDEX or 8 and more hex digits"),
    N_("there is no log %s"),
    N_("more than one log has this name: give its key in hex"),
    N_("no name of a log: CODE, CODE.N or 64 hex digits"),
    N_("the key of this log is not known to have signed two histories"),
    N_("the log holds %s records: sizes are 0 <= A <= B <= %s"),
    N_("no checkpoint of its log covers this record yet: it arrives with the next one"),
    N_("a region is given by its number, 01 to 12, or by a member that lies in it"),
    N_("the cursor is not one that a page gave"),
    N_("%s.%s/%s does not match its hash"),
    /* proto/json */
    N_("not JSON: line %s, column %s: %s"),
    /* daemon: members */
    N_("%s has not asked to join: hand out an invite with `commune invite %s`"),
    N_("%s is a coordinator: the set of coordinators changes first"),
    N_("%s is a member already"),
    N_("%s is no member"),
    N_("an invite is good for a second to a year"),
    N_("bad code: it is a small letter, then at most 31 small letters, digits or dashes"),
    N_("bad fingerprint: it is 8 to 32 hex digits"),
    N_("bad reason: it is request, merged, breach or error"),
    N_("bad key: it cannot be a member key"),
    N_("%s has this member key already"),
    N_("%s has no frozen log of this key"),
    N_("the roster names this branch already"),
    N_("a branch is log, size and root"),
    N_("this node may not sign now: a coordinator can enter the key with --key"),
    N_("only a coordinator approves entries"),
    N_("only a coordinator decides on members"),
    N_("only a coordinator's node hands out invites"),
    N_("the request of %s has the fingerprint %s"),
    N_("the requests of %s have the fingerprints %s"),
    N_("%s nodes ask to join as %s: choose with --fingerprint one of %s"),
    N_("this node has no address that others could reach: set announce in its config"),
    N_("an address is KEY@HOST:PORT, KEY being 64 hex digits: see `commune id` there"),
    N_("%s: passphrase of the member key is missing"),
    N_("%s: passphrase of the member key is wrong"),
    N_("start communed with --passphrase-file, or say --passphrase-file here"),
    /* daemon: publishing */
    N_("is not that of %s, which is a %s"),
    N_("nothing is published; fields that are refused: %s"),
    N_("this node may not sign yet: it waits for peers to tell the head of its log"),
    N_("this node signs nothing more for now: others know later records of its log, or a second "
       "node uses its keys (see the alarms in status)"),
    N_("this node's log has ended: stop communed and open the next one with `commune log open`"),
    N_("this node's log is frozen, its key signed two histories: stop communed and open the next "
       "one with `commune log open`"),
    N_("the roster is frozen: its keeper's key signed two histories"),
    N_("this node's log is not signed any more, its head.lock is missing or of another place: stop "
       "communed and open the next one with `commune log open`"),
    N_("a log is closed while it may be signed: this one may not be now"),
    /* head.lock */
    N_("this home was moved: another one signs its log now"),
    N_("head.lock is damaged"),
    N_("head.lock does not name this log"),
    N_("head.lock was written on another machine"),
    N_("head.lock is a copy of another file"),
    N_("make room on the disk of the home, then try again"),
    /* alarms */
    N_("a later history of this node's log that others hold does not fit what is stored here"),
    N_("the request to join was refused: this code is admitted under another key"),
    N_("the invite is not taken any more: unless the request waits with the coordinator already, "
       "ask for another one and join with it in a new home"),
    N_("the request to join was refused: ask the coordinator for another invite"),
    N_("another running node uses this node's keys: neither signs until one of them is stopped"),
    N_("this node runs with more power than it should: %s"),
    N_("the store is full: nothing more is taken until there is room"),
    N_("a log is cut at a root that this node does not hold"),
    N_("a member sends more in a day than this node takes: the rest waits until tomorrow (the "
       "node's log names it)"),
    N_("more ask to join in a day than this node takes: the others ask again tomorrow"),
    N_("what was stored differs from what was written: not signed"),
    N_("log %s: %s stored records do not match their hashes, to be fetched again from peers"),
    N_("the database is damaged beyond mending in place: see \"A damaged database\" in "
       "communed(1)"),
    N_("%s fits more than one record: %s"),
};

struct part {
	const char *text;
	int size;
};

/* Where the parts that %s stands for lie in text; -1 when it has another form. */
static int match(const char *form, const char *text, struct part parts[static PARTS_MAX])
{
	int count = 0;

	for (;;) {
		const char *quoted = strstr(form, "%s");
		size_t size = quoted ? (size_t)(quoted - form) : strlen(form);
		const char *end;

		if (strncmp(text, form, size) != 0)
			return -1;
		text += size;
		if (!quoted)
			return *text ? -1 : count;
		if (count == PARTS_MAX)
			return -1;
		form = quoted + 2;
		size = strcspn(form, "%");
		end = size ? NULL : text + strlen(text);
		for (const char *at = text; size && (at = strchr(at, *form)) && !end; at++)
			if (strncmp(at, form, size) == 0)
				end = at;
		if (!end || end == text)
			return -1;
		parts[count++] = (struct part){text, (int)(end - text)};
		text = end;
	}
}

static bool is_text(const char *form, const char *text, size_t size)
{
	return strlen(form) == size && strncmp(form, text, size) == 0;
}

static bool is_form(const char *text, size_t size, const char **found)
{
	for (int err = ERR_NONE; err < ERR_COUNT; err++)
		if (is_text(err_text((enum err)err), text, size)) {
			*found = _(err_text((enum err)err));
			return true;
		}
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (is_text(forms[i], text, size)) {
			*found = _(forms[i]);
			return true;
		}
	return false;
}

/* The translation with the parts in it, in their order; a part that is a sentence itself is translated too. */
static void fill(char *buffer, const char *form, const struct part *parts, int count)
{
	size_t used = 0;

	for (int i = 0; used < SAID_SIZE; i++) {
		const char *quoted = strstr(form, "%s");
		const char *part;

		used += (size_t)snprintf(buffer + used, SAID_SIZE - used, "%.*s",
		    quoted ? (int)(quoted - form) : (int)strlen(form), form);
		if (!quoted || i == count || used >= SAID_SIZE)
			return;
		if (is_form(parts[i].text, (size_t)parts[i].size, &part))
			used += (size_t)snprintf(buffer + used, SAID_SIZE - used, "%s", part);
		else
			used += (size_t)snprintf(
			    buffer + used, SAID_SIZE - used, "%.*s", parts[i].size, parts[i].text);
		form = quoted + 2;
	}
}

const char *said(char buffer[static SAID_SIZE], const char *text)
{
	struct part parts[PARTS_MAX];
	const char *whole;

	if (is_form(text, strlen(text), &whole))
		return whole;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		int count = match(forms[i], text, parts);

		if (count <= 0)
			continue;
		fill(buffer, _(forms[i]), parts, count);
		return buffer;
	}
	return text;
}
