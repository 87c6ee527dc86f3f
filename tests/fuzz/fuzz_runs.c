/* Pages of runs of postings, whatever the bytes: nothing is read beyond a page, terms are short, places lie in the span,
 * and each posting takes bytes of its own, or a bit.
 *
 * covers: store/view_runs.c:take_varint,page_open,posting_size,page_next store/postings.c:postings_open,postings_next_bit */
#include "tests/fuzz/fuzz.h"

#include "store/view_runs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;
	size_t postings = 0;
	struct page page;
	uint8_t times;

	page_open(&page, bytes_of(data, size));
	while (page_next(&page)) {
		uint32_t before = 0;

		fuzz_check(page.term.size <= WORDS_TERM_MAX);
		fuzz_check(page.at <= end && page.postings.end <= page.at);
		fuzz_check(page.postings.at <= page.postings.end && page.postings.at >= data);
		while (postings_next(&page.postings, &times)) {
			fuzz_check(times <= VIEW_TIMES_MAX);
			fuzz_check(page.postings.position < VIEW_SPAN_SIZE);
			fuzz_check(page.postings.position >= before);
			fuzz_check(page.postings.at <= page.postings.end);
			before = page.postings.position;
			postings++;
		}
	}
	fuzz_check(postings <= 8 * size);
	return 0;
}
