# bash completion for navette. SPDX-License-Identifier: GPL-3.0-or-later
# Commands and options are those of `navette --help`; accounts, channels and folders come from the configuration and
# the state: nothing here asks a server.

# What can be selected, one a line: accounts, then ACCOUNT/CHANNEL and ACCOUNT/FOLDER. $1: the configuration.
_navette_selections() {
	navette -c "$1" --json status 2>/dev/null | sed -n \
		-e 's/^{"type":"status",.*"account":"\([^"\\]*\)","state".*/\1/p' \
		-e 's/^{"type":"status-folder",.*"account":"\([^"\\]*\)","folder":"\([^"\\]*\)","messages".*/\1\/\2/p'
	sed -n 's/^ *\[channel  *\([^] ]*\) *\].*/\1/p' "$1" 2>/dev/null
}

_navette() {
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local config=${XDG_CONFIG_HOME:-$HOME/.config}/navette/config command='' help choices='' i
	help=$(navette --help 2>/dev/null)
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | --config) config=${COMP_WORDS[++i]/#\~/$HOME} ;;
		--wait | --redirect-port) ((i++)) ;;
		-*) ;;
		*) [ -n "$command" ] || command=${COMP_WORDS[i]} ;;
		esac
	done
	COMPREPLY=()
	case $previous in
	-c | --config)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--from) choices=$'mbsync\nofflineimap' ;;
	--wait | --redirect-port) return ;;
	esac
	[ -n "$choices" ] || case $word in
	-*)
		[ -z "$command" ] || help+=$'\n\n'$(navette help "$command" 2>/dev/null)
		choices=$(sed -n '/^Options:/,/^$/{h;s/^  \(-.\), .*/\1/p;g;s/^  ..[ ,] *\(--[a-z-]*\).*/\1/p;}' <<<"$help") ;;
	*) case $command in
		'' | help) choices=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$help") ;;
		init) ;;
		status | check | login) choices=$(_navette_selections "$config" | grep -v /) ;;
		*) choices=$(_navette_selections "$config") ;;
		esac ;;
	esac
	local IFS=$'\n' choice
	for choice in $choices; do
		[[ $choice == "$word"* ]] && COMPREPLY+=("$(printf %q "$choice")")
	done
}
complete -F _navette navette
