# What the demonstrations share: daemons on loopback, each with a home below $homes, commands shown as one would type them
# on that member's host. To be sourced by bash; it starts nothing by itself.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/words.sh"
BUILD=${BUILD:-$(cd "$here/../.." && pwd)/build}
PATH=$BUILD:$PATH
export COMMUNE_DATA=${COMMUNE_DATA:-$here/..}
homes=$(mktemp -d "${TMPDIR:-/tmp}/communes-XXXXXX")
declare -A pid address port

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi

finish() {
	for p in "${pid[@]}"; do kill "$p" 2>/dev/null || true; done
	for p in "${pid[@]}"; do wait "$p" 2>/dev/null || true; done
	rm -rf "$homes"
}
trap finish EXIT
trap 'exit 130' INT TERM

step=0
title() { step=$((step + 1)); printf '\n%s%d. %s%s\n' "$bold" "$step" "$(word "$@")" "$plain"; }
say() { printf '%s\n' "$(word "$@")"; }
# Shows a command as one would type it on that member's host, and runs it there.
run() {
	local member=$1; shift
	local shown=''
	for word in "$@"; do
		case $word in *[!A-Za-z0-9=./:_,-]*) shown+=" '$word'" ;; *) shown+=" $word" ;; esac
	done
	printf '%s%s$ commune%s%s\n' "$dim" "$member" "$shown" "$plain"
	COMMUNE_HOME=$homes/$member commune "$@"
}
quiet() { local member=$1; shift; COMMUNE_HOME=$homes/$member commune "$@"; }
die() { printf 'demo: %s\n' "$1" >&2; tail -n 5 "$homes"/*.log >&2; exit 1; }

# One field of the first JSON object on stdin.
field() { sed -n "1s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }

until_true() {
	local what=$1; shift
	for _ in $(seq 600); do if "$@"; then return; fi; sleep 0.05; done
	die "waited 30 s for $what"
}

start() {
	local member=$1
	: >"$homes/$member.ready"
	communed --home "$homes/$member" --listen "127.0.0.1:${port[$member]:-0}" >"$homes/$member.ready" 2>>"$homes/$member.log" &
	pid[$member]=$!
	until_true "$member to be ready" grep -q '^ready ' "$homes/$member.ready"
	address[$member]=$(sed 's/^ready //' "$homes/$member.ready" | field address)
	port[$member]=${address[$member]##*:}
}

digests() { for m in "${!pid[@]}"; do quiet "$m" status --json | field digest; done | sort -u | wc -l; }
indexed() { local s; for m in "${!pid[@]}"; do
	s=$(quiet "$m" status --json); [ "$(field arrivals <<<"$s")" = "$(field indexed <<<"$s")" ] || return 1; done; }
equal() { [ "$(digests)" = 1 ] && indexed; }
asked() { quiet coordination roster pending --json | grep -q "\"$1\""; }
admitted() { quiet "$1" roster list --json | grep "\"$1\"" | grep -q '"admitted"'; }

# Each of these nodes, with its digest.
agreed() {
	local s m digest
	for m in "$@"; do
		s=$(quiet "$m" status --json)
		digest=$(field digest <<<"$s")
		printf '  %-14s %s\n' "$m" "$(word 'digest %s  %s records' "${digest:0:16}…" "$(field arrivals <<<"$s")")"
	done
}

# What to try: each command with a remark, in the order given.
try() {
	printf '\n%s%s%s %s\n\n' "$bold" "$(word 'Now you.')" "$plain" \
		"$(word 'The nodes keep running until you press Ctrl-C here. In another terminal:')"
	printf '  export PATH=%s:$PATH COMMUNE_HOME=%s\n' "$BUILD" "$1"
	shift
	while [ $# -gt 0 ]; do
		if [ -n "$2" ]; then printf '  %-48s # %s\n' "$1" "$2"; else printf '  %s\n' "$1"; fi
		shift 2
	done
	printf '\n'
	say 'The README tells how to do the same on two real hosts.'
	while :; do sleep 3600 & wait $!; done
}
