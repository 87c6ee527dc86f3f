# The language that the demonstrations speak, and what they say in it. To be sourced by bash; the texts are in `words`,
# where the English one comes first and is the name of the others.

# As `commune` chooses, so that it and the demonstration say the same: LANGUAGE where there is a locale, else the locale.
lang=${LC_ALL:-${LC_MESSAGES:-${LANG:-C}}}
case $lang in C | POSIX) ;; *) lang=${LANGUAGE:-$lang} ;; esac
case $lang in ar | ar[_.@:]*) lang=ar ;; fr | fr[_.@:]*) lang=fr ;; *) lang=en ;; esac
# Every machine has this one; in it titles are cut at characters, not at bytes.
export LC_ALL=C.UTF-8 LANGUAGE=$lang

declare -A texts
while IFS=' ' read -r key rest; do
	case $key in en) english=$rest ;; "$lang") texts[$english]=$rest ;; esac
done <"$(dirname "${BASH_SOURCE[0]}")/words"

# Says a text in the language, %s standing for the other words; no line feed behind it.
word() {
	local text=${texts[$1]:-$1}
	shift
	# shellcheck disable=SC2059
	printf "$text" "$@"
}
