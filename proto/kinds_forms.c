/* How dates, codes and words are written. It knows forms, not what exists: which members and territories there are is
 * known to those who hold the lists. */
#include <string.h>

#include "proto/kinds_table.h"
#include "proto/limits.h"

bool date_is_valid(struct bytes date)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int part[3] = {0, 1, 1};
	unsigned at = 0;

	if (date.size != 4 && date.size != 7 && date.size != 10)
		return false;
	for (size_t i = 0; i < date.size; i++) {
		bool is_dash = i == 4 || i == 7;

		if (is_dash ? date.data[i] != '-' : date.data[i] < '0' || date.data[i] > '9')
			return false;
		if (is_dash)
			part[++at] = 0;
		else
			part[at] = part[at] * 10 + (date.data[i] - '0');
	}
	if (part[0] < DATE_YEAR_MIN || part[0] > DATE_YEAR_MAX || part[1] < 1 || part[1] > 12)
		return false;
	at = days[part[1] - 1];
	if (part[1] == 2 && part[0] % 4 == 0 && (part[0] % 100 != 0 || part[0] % 400 == 0))
		at++;
	return part[2] >= 1 && part[2] <= (int)at;
}

bool word_is_in(struct bytes word, const char *const *words)
{
	for (; *words; words++)
		if (bytes_equal(bytes_str(*words), word))
			return true;
	return false;
}

/* Letters and digits of one part of a tag. */
static bool is_subtag(struct bytes part, bool is_first)
{
	if (part.size < (is_first ? 2u : 1u) || part.size > 8)
		return false;
	for (size_t i = 0; i < part.size; i++) {
		uint8_t b = part.data[i];
		bool is_letter = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');

		if (!is_letter && (is_first || b < '0' || b > '9'))
			return false;
	}
	return true;
}

bool lang_is_valid(struct bytes tag)
{
	size_t from = 0;

	if (tag.size > 35)
		return false;
	for (size_t i = 0; i <= tag.size; i++) {
		if (i < tag.size && tag.data[i] != '-')
			continue;
		if (!is_subtag((struct bytes){tag.data + from, i - from}, from == 0))
			return false;
		from = i + 1;
	}
	return true;
}

bool member_is_valid(struct bytes code)
{
	if (code.size == 0 || code.size > CODE_SIZE_MAX || code.data[0] < 'a' || code.data[0] > 'z')
		return false;
	for (size_t i = 0; i < code.size; i++) {
		uint8_t b = code.data[i];

		if (!(b >= 'a' && b <= 'z') && !(b >= '0' && b <= '9') && b != '-')
			return false;
	}
	return true;
}

/* 0 stands for a digit, everything else for itself. */
static bool has_form(struct bytes text, const char *form)
{
	if (strlen(form) != text.size)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		uint8_t b = text.data[i];

		if (form[i] == '0' ? b < '0' || b > '9' : b != (uint8_t)form[i])
			return false;
	}
	return true;
}

bool territory_is_valid(struct bytes code)
{
	static const char *const forms[] = {
	    "00", "00.000", "00.000.00", "00.000.00.00", "00.000.00.0", "00.000.0.00", "MA-00"};
	struct bytes vintage = {0};

	for (size_t i = 0; i < code.size; i++)
		if (code.data[i] == '@') {
			vintage = (struct bytes){code.data + i, code.size - i};
			code.size = i;
		}
	if (vintage.size > 0 && !has_form(vintage, "@0000"))
		return false;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (has_form(code, forms[i]))
			return true;
	return false;
}

/* Those in use in 2024 and those that older plans were written in. */
const char currency_codes[] =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD "
    "BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP "
    "DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS "
    "INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR "
    "PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS "
    "SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW "
    "UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL ";

bool currency_is_valid(struct bytes code)
{
	if (code.size != 3)
		return false;
	for (size_t i = 0; i + 3 < sizeof(currency_codes); i += 4)
		if (memcmp(currency_codes + i, code.data, 3) == 0)
			return true;
	return false;
}
