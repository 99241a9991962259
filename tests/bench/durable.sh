#!/bin/bash
# Measures ways to make 54,000 files of 3.3 kB durable, in each directory given. Fresh files each time, removed
# only at the end: ext4 is slow for half a minute after many deletions, whatever the way.
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
program=$1
shift
files=${FILES:-54000}
for place in "$@"; do
	work=$(mktemp -d "$place/navette-durable.XXXXXX")
	printf '%s (%s), %s files of 3300 bytes\n' "$place" "$(stat -f -c %T "$place")" "$files"
	for way in each batch range syncfs; do
		for threads in 1 4; do
			mkdir "$work/$way-$threads"
			sync -f "$place"
			"$program" "$work/$way-$threads" "$files" 3300 "$threads" "$way"
		done
	done
	rm -rf "$work"
done
