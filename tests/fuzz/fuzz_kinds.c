/* Payloads against the table of kinds. Input: u8 kind, by position, u8 a field of it, then a
 * payload. Whatever passes passes again unchanged; whatever does not still gives something to show.
 *
 * covers: proto/kinds_check.c proto/kinds_value.c proto/kinds_lint.c proto/kinds_parse.c
 * covers: proto/kinds_path.c proto/kinds.c proto/kinds_rules.c proto/kinds_forms.c
 * covers: proto/kinds_each.c proto/kinds_link.c */
#include "tests/fuzz/fuzz.h"

#include "proto/kinds.h"
#include "proto/mp.h"
#include "proto/text.h"

static void count_fault(void *context, const struct fault *fault)
{
	fuzz_check(strlen(fault->text) > 0);
	(*(unsigned *)context)++;
}

static bool resolve_any(void *context, struct bytes ref, struct record_ref *found)
{
	(void)context;
	*found = (struct record_ref){.index = ref.size};
	return ref.size % 2 == 0;
}

struct walk {
	const struct kind *kind;
	unsigned count;
};

/* Whatever it is, it stands in a field, and a link there fits or is told why not. */
static void visit(void *context, const struct kinds_value *value)
{
	static const uint16_t targets[] = {KIND_COMMITMENT, KIND_PRACTICE, 1000};
	struct walk *walk = context;
	struct fault fault;

	fuzz_check(value->field && value->path[0] && value->raw.size > 0);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (!kinds_link_fits(walk->kind, value->path, targets[i], walk->count % 2, &fault))
			fuzz_check(value->field->type == TYPE_LINK && fault.text[0]);
	walk->count++;
}

static void check(const struct kind *kind, struct bytes map)
{
	struct walk walk = {kind, 0};
	struct writer out = {0}, again = {0}, resolved = {0};
	unsigned faults = 0;
	struct why why = {0};
	struct fault_sink sink = {.report = count_fault, .context = &faults, .why = &why};
	enum err err = kinds_check(kind, map, &out, &sink);

	if (err) {
		fuzz_check(out.size == 0 && why.err != ERR_NONE && why.text[0]);
	} else {
		fuzz_check(mp_scan(writer_view(&out)) == ERR_NONE);
		fuzz_check(out.size <= RECORD_PAYLOAD_MAX);
		fuzz_check(!kinds_check(kind, writer_view(&out), &again, &sink));
		fuzz_check(bytes_equal(writer_view(&out), writer_view(&again)));
	}
	kinds_lint(kind, map, &sink);
	kinds_each(kind, map, visit, &walk);
	if (!kinds_resolve(kind, map, &resolved, resolve_any, NULL))
		fuzz_check(mp_scan(writer_view(&resolved)) == ERR_NONE);
	writer_release(&out);
	writer_release(&again);
	writer_release(&resolved);
}

static bool lies_in(struct bytes part, struct bytes in)
{
	return part.size == 0 ||
	       (part.data >= in.data && part.data + part.size <= in.data + in.size);
}

static void show(const struct kind *kind, struct bytes payload)
{
	struct record_ref ref;
	enum lang found;
	struct bytes theme;

	for (int lang = LANG_AR; lang < LANG_COUNT; lang++) {
		fuzz_check(lies_in(kinds_title(kind, payload, (enum lang)lang, &found), payload));
		kinds_title(NULL, payload, (enum lang)lang, NULL);
		fuzz_check(lies_in(kinds_text(payload, "text", (enum lang)lang), payload));
	}
	kinds_status(kind, payload);
	for (unsigned i = 0; kinds_theme(payload, i, &theme); i++)
		fuzz_check(lies_in(theme, payload) && i < payload.size);
	kinds_link(payload, "commitment", &ref);
	fuzz_check(lies_in(kinds_str(payload, "cost.currency"), payload));
	kinds_is_withdrawn(payload);
}

static void parse(const struct kind *kind, uint8_t position, struct bytes text)
{
	const struct field *field = kind->fields;
	struct writer out = {0};
	struct why why = {0};

	for (unsigned i = 0; field && field->name && i < position % 16; i++)
		field++;
	if (field && field->name) {
		if (field_parse(&out, field, text, &why))
			fuzz_check(why.err != ERR_NONE && why.text[0]);
		else
			fuzz_check(mp_scan(writer_view(&out)) ==
				   (text_is_utf8(text) ? ERR_NONE : ERR_UTF8));
	}
	kind_field(kind, text);
	kind_by_name(text);
	kind_nearest(text);
	lang_parse(text);
	writer_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kind *kind;
	struct bytes in;
	size_t count = 0;

	if (size < 2)
		return 0;
	while (kind_at(count))
		count++;
	kind = kind_at(data[0] % count);
	in = bytes_of(data + 2, size - 2);
	if (kind->fields)
		check(kind, in);
	show(kind, in);
	parse(kind, data[1], in);
	fuzz_check(kind_by_number(kind->number) == kind);
	kind_erasable(kind->number);
	return 0;
}
