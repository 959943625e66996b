#!/bin/sh
# Enforces src/layers.txt: a room includes its own headers and those behind its colon, and needs each room that it is
# granted. oneDNN stays in src/backend/cpu, and the library neither prints nor ends the process. Every source says what it
# is, or has a header of its name that does; file names are unique; no file is over 400 lines, no function of the library
# over 60. Usage: check_layers.sh ROOT
cd "$1" || exit 2
bad=0
none() { # WHAT, found on standard input, must not be there
    hits=$(cat)
    [ -z "$hits" ] && return
    echo "$1: $hits"
    bad=1
}

# include/willis/data_x.h is a header of the room data; so is anything in src/data and below
found=$(mktemp)
trap 'rm -f "$found"' EXIT
# shellcheck disable=SC2016 # awk expands
find src include cli -name '*.[ch]' | sort | xargs awk '
    function fail(text) { print text }
    function room_of(path) {
        if (path ~ /^cli/) return "cli"
        sub(/^src\/|^include\/willis\//, "", path)
        sub(/[^a-z].*/, "", path)
        return path
    }
    function name_of(path) { sub(/.*\//, "", path); return path }
    function says_what_it_is(path,   line) { return (getline line < path) > 0 && line ~ /^\/\*/ }
    BEGIN {
        for (i = 1; i < ARGC; i++) {
            here[room_of(ARGV[i]), name_of(ARGV[i])] = 1
            if (ARGV[i] ~ /^src/) inhabited[room_of(ARGV[i])] = 1
        }
        while ((getline line < "src/layers.txt") > 0)
            if (line ~ /^[a-z]+:/) {
                room = room_of(line)
                known[room] = 1
                n = split(substr(line, length(room) + 2), names, " ")
                for (i = 1; i <= n; i++) granted[room, names[i]] = 1
            }
    }
    FNR == 1 {
        room = room_of(FILENAME)
        start = 0
        header = FILENAME
        sub(/c$/, "h", header)
        if ($0 !~ /^\/\*/ && !says_what_it_is(header) && !says_what_it_is("include/willis/" name_of(header)))
            fail(FILENAME " does not open with a sentence that says what it is")
    }
    FNR == 401 { fail(FILENAME " is over 400 lines") }
    /^#include "willis\// && room != "cli" {
        used = /ops\.def/ ? "tensor" : $2
        sub(/^"willis\//, "", used)
        used = room_of(used)
        if (FILENAME ~ /^include/) exports[room, used] = 1
        reaches[room, used] = 1
        if (used != room && !((room, used) in granted))
            fail(FILENAME " includes " $2 ", which src/layers.txt does not allow " room)
    }
    /^#include "/ && !/"willis\// {
        split($0, parts, "\"")
        if (!((room, name_of(parts[2])) in here)) fail(FILENAME " includes " parts[2] ", which is not in " room)
    }
    /^[A-Za-z].*\(/ && !/;$/ { start = FNR; signature = $0 }
    /^}/ {
        if (start > 0 && room != "cli" && FNR - start + 1 > 60)
            fail(FILENAME ": " FNR - start + 1 " lines: " signature)
        start = 0
    }
    END {
        for (room in inhabited) if (!(room in known)) fail("src/" room " is not in src/layers.txt")
        for (i in known) # what headers of other rooms include is reached too
            for (pair in exports) {
                split(pair, names, SUBSEP)
                for (room in known)
                    if ((room, names[1]) in exports) exports[room, names[2]] = 1
            }
        for (pair in exports) {
            split(pair, names, SUBSEP)
            for (room in known)
                if ((room, names[1]) in reaches) through[room, names[2]] = 1
        }
        for (pair in granted)
            if (!(pair in reaches) && !(pair in through)) {
                split(pair, names, SUBSEP)
                fail("src/layers.txt grants " names[2] " to " names[1] ", which does not include it")
            }
    }' >"$found"
none rooms <"$found"
grep -rlE '#include [<"](oneapi/dnnl/)?dnnl' src cli include | grep -v '^src/backend/cpu/' >"$found"
none "oneDNN outside src/backend/cpu" <"$found"
grep -rnE '(^|[^a-z_])(exit|abort|printf|puts|_exit|perror)\(|(^|[^a-z_])(stdout|stderr)([^a-z_]|$)' src --include='*.[ch]' >"$found"
none "the library prints or ends the process" <"$found"
find src cli -name '*.c' | sed 's|.*/||' | sort | uniq -d >"$found"
none "file names that stand twice" <"$found"
exit $bad
