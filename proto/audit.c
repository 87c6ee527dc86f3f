/* The rules of the audit. What was attested goes before what is claimed, the cautious before the hopeful; what is missing
 * is said, never guessed. */
#include "proto/audit.h"

#include <string.h>

#include "proto/kinds_table.h"
#include "proto/mp.h"

static const char *const finding_names[] = {
#define X(id, name) [FINDING_##id] = name,
    AUDIT_FINDING_MAP(X)
#undef X
};

const char *audit_finding_name(unsigned finding)
{
	return finding < FINDING_COUNT ? finding_names[finding] : "";
}

static const char *const caution_words[] = {
    "no_evidence", "not_started", "limited", "substantial", "complete", "withdrawn"};
#define CAUTION_COUNT ((int)(sizeof(caution_words) / sizeof(caution_words[0])))
enum { CAUTION_COMPLETE = 4, CAUTION_WITHDRAWN = 5 };

int audit_caution(struct bytes status)
{
	for (int i = 0; i < CAUTION_COUNT; i++)
		if (bytes_equal(bytes_str(caution_words[i]), status))
			return i;
	return -1;
}

const char *audit_caution_word(int caution)
{
	return caution >= 0 && caution < CAUTION_COUNT ? caution_words[caution] : "";
}

/* --- facts ----------------------------------------------------------------------------------- */

bool audit_role_fits(enum audit_role role, enum member_kind kind, bool is_coordinator)
{
	switch (role) {
	case AUDIT_AS_COORDINATOR:
		return is_coordinator || kind == MEMBER_COORDINATOR;
	case AUDIT_AS_OBSERVER:
		return kind == MEMBER_OBSERVER;
	case AUDIT_AS_MEMBER:
		return true;
	}
	return false;
}

enum audit_role audit_role_read(struct bytes payload)
{
	struct bytes role = kinds_str(payload, "role");

	if (bytes_equal(role, BYTES_STR("coordinator")))
		return AUDIT_AS_COORDINATOR;
	return bytes_equal(role, BYTES_STR("observer")) ? AUDIT_AS_OBSERVER : AUDIT_AS_MEMBER;
}

static bool has_evidence(struct bytes payload)
{
	struct reader r;

	reader_init(&r, mp_get(payload, "evidence"));
	return mp_peek(&r) == MP_ARRAY && mp_array(&r) > 0;
}

void audit_fact_read(struct audit_fact *fact, uint16_t kind, struct bytes payload)
{
	struct reader r;
	bool agrees;

	fact->caution = audit_caution(
	    kinds_str(payload, kind == KIND_ATTESTATION ? "coding.completion" : "status"));
	fact->is_withdrawn = kinds_is_withdrawn(payload);
	fact->has_evidence = has_evidence(payload);
	fact->agrees = fact->disagrees = false;
	fact->role = AUDIT_AS_MEMBER;
	if (kind != KIND_ATTESTATION)
		return;
	fact->role = audit_role_read(payload);
	reader_init(&r, mp_get(payload, "agrees"));
	if (mp_peek(&r) != MP_BOOL)
		return;
	agrees = mp_bool(&r);
	fact->agrees = agrees;
	fact->disagrees = !agrees;
}

void audit_begin(struct audit *a, uint32_t member, bool is_withdrawn)
{
	struct writer room = a->attestations;

	*a = (struct audit){.member = member, .is_withdrawn = is_withdrawn, .attestations = room};
	writer_clear(&a->attestations);
}

void audit_release(struct audit *a)
{
	writer_release(&a->attestations);
}

static unsigned attester_count(const struct audit *a)
{
	return (unsigned)(a->attestations.size / sizeof(struct audit_fact));
}

static struct audit_fact attestation_at(const struct audit *a, unsigned position)
{
	struct audit_fact fact;

	memcpy(&fact, a->attestations.data + position * sizeof(fact), sizeof(fact));
	return fact;
}

static bool is_newer(const struct audit_fact *a, const struct audit_fact *b)
{
	if (a->log_number != b->log_number)
		return a->log_number > b->log_number;
	return a->index > b->index;
}

/* Only its own member reports progress. */
void audit_progress(struct audit *a, const struct audit_fact *fact)
{
	if (fact->member != a->member || fact->is_withdrawn)
		return;
	a->is_evidenced |= fact->has_evidence;
	if (a->has_progress && !is_newer(fact, &a->newest))
		return;
	a->has_progress = true;
	a->newest = *fact;
}

/* The newest of each attester counts; nobody attests their own. */
void audit_attestation(struct audit *a, const struct audit_fact *fact)
{
	if (fact->is_withdrawn)
		return;
	if (fact->member == a->member) {
		a->is_self_attested = true;
		return;
	}
	for (unsigned i = 0; i < attester_count(a); i++) {
		struct audit_fact other = attestation_at(a, i);

		if (other.member != fact->member)
			continue;
		if (is_newer(fact, &other))
			memcpy(a->attestations.data + i * sizeof(*fact), fact, sizeof(*fact));
		return;
	}
	writer_put(&a->attestations, fact, sizeof(*fact));
}

/* --- status ---------------------------------------------------------------------------------- */

static void take_cautious(int *status, int said)
{
	if (*status < 0 || said < *status)
		*status = said;
}

/* Coordinators and observers are separate roles, so the word of each is kept beside that of the other. */
static void judge_role(struct audit_verdict *v, enum audit_role role, int status)
{
	if (role == AUDIT_AS_COORDINATOR)
		take_cautious(&v->coordinator_status, status);
	else if (role == AUDIT_AS_OBSERVER)
		take_cautious(&v->observer_status, status);
}

static void judge_attestation(struct audit_verdict *v, const struct audit_fact *fact)
{
	/* Coded, or the member's own word when they agree without coding it. */
	int status = fact->caution >= 0 ? fact->caution : fact->agrees ? v->self_status : -1;

	if (fact->disagrees)
		v->findings |= 1u << FINDING_DISSENT;
	if (status < 0)
		return;
	if ((v->self_status >= 0 && status != v->self_status) ||
	    (v->is_attested && status != v->attested_status))
		v->findings |= 1u << FINDING_DISSENT;
	take_cautious(&v->attested_status, status);
	v->is_attested = true;
	judge_role(v, fact->role, status);
}

static void compare_statuses(struct audit_verdict *v)
{
	if (v->is_attested && v->self_status >= 0 && v->attested_status != v->self_status)
		v->findings |= 1u << FINDING_ATTESTED_DIFFERS;
	if (v->coordinator_status >= 0 && v->observer_status >= 0 &&
	    v->coordinator_status != v->observer_status)
		v->findings |= 1u << FINDING_CODING_DIFFERS;
}

static void judge_complete(struct audit_verdict *v, bool is_evidenced)
{
	if (v->self_status != CAUTION_COMPLETE && v->attested_status != CAUTION_COMPLETE)
		return;
	if (v->attested_status != CAUTION_COMPLETE)
		v->findings |= 1u << FINDING_COMPLETE_WITHOUT_ATTESTATION;
	if (!is_evidenced)
		v->findings |= 1u << FINDING_COMPLETE_WITHOUT_EVIDENCE;
}

enum err audit_end(struct audit *a, struct audit_verdict *v)
{
	bool is_evidenced = a->is_evidenced;

	*v = (struct audit_verdict){.status = -1,
	    .self_status = a->has_progress ? a->newest.caution : -1,
	    .attested_status = -1,
	    .coordinator_status = -1,
	    .observer_status = -1,
	    .has_progress = a->has_progress,
	    .last_progress = a->newest.time,
	    .attester_count = attester_count(a)};
	for (unsigned i = 0; i < v->attester_count; i++) {
		struct audit_fact fact = attestation_at(a, i);

		is_evidenced |= fact.has_evidence;
		judge_attestation(v, &fact);
	}
	compare_statuses(v);
	v->status = v->is_attested ? v->attested_status : v->self_status;
	if (a->is_self_attested)
		v->findings |= 1u << FINDING_SELF_ATTESTED;
	if (a->is_withdrawn) {
		v->status = v->self_status = CAUTION_WITHDRAWN; /* its member says so */
		v->is_attested = false;
	} else {
		if (!a->has_progress)
			v->findings |= 1u << FINDING_NO_PROGRESS;
		judge_complete(v, is_evidenced);
	}
	return a->attestations.err;
}

/* --- dates ----------------------------------------------------------------------------------- */

static int number_of(const uint8_t *digits, size_t size)
{
	int value = 0;

	for (size_t i = 0; i < size; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

/* Days since 1970-01-01 in the Gregorian calendar. */
static int64_t day_number(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int era = y / 400;
	int of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* The last day of a day, month or year. */
static int64_t last_day(struct bytes date)
{
	int year = number_of(date.data, 4);
	int month = date.size >= 7 ? number_of(date.data + 5, 2) : 12;

	if (date.size == 10)
		return day_number(year, month, number_of(date.data + 8, 2));
	if (month == 12)
		return day_number(year + 1, 1, 1) - 1;
	return day_number(year, month + 1, 1) - 1;
}

enum err audit_date(struct audit_due *out, struct bytes due, int status, const char *today)
{
	struct bytes day = bytes_str(today);

	*out = (struct audit_due){.overdue = -1};
	if (day.size != 10 || !date_is_valid(day))
		return ERR_USAGE;
	if (!date_is_valid(due)) {
		if (status != CAUTION_WITHDRAWN)
			out->findings |= 1u << FINDING_NO_DUE_DATE;
		return ERR_NONE;
	}
	out->due = due;
	out->has_days = true;
	out->days = last_day(day) - last_day(due);
	out->overdue = out->days > 0 && status != CAUTION_COMPLETE && status != CAUTION_WITHDRAWN;
	if (out->overdue)
		out->findings |= 1u << FINDING_OVERDUE;
	return ERR_NONE;
}
