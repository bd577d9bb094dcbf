# shellcheck shell=bash
# How the scripts of compose/ speak: progress on stderr, results on stdout, one line each.
# Sourced first by every one of them; sets the repository's root and the ignored folder.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
state=${MARTLET_STATE:-$root/.martlet}

# What the exit codes of these scripts mean.
readonly failed=1 misused=2 skipped=77

say() { printf '%s\n' "$*" >&2; }

# Ends the script: what failed, on what, why, and what to do.
fail() {
    say "${0##*/}: $*"
    exit "$failed"
}

misuse() {
    say "${0##*/}: $*"
    exit "$misused"
}

# Ends the script with the code that `compose/check` lists as skipped.
skip() {
    say "${0##*/}: skipped: $*"
    exit "$skipped"
}

have() { command -v "$1" >/dev/null 2>&1; }

# Seconds since the machine started, with hundredths; for measuring what was done.
uptime_now() {
    local now
    read -r now _ </proc/uptime
    printf '%s\n' "$now"
}

seconds_since() { awk -v a="$1" -v b="$(uptime_now)" 'BEGIN { printf "%.1f s", b - a }'; }

# Whether process $1 lives and is the one that began at $2 (its start time in ticks); ids are
# given anew by the kernel, start times tell them apart.
is_process() {
    [[ -n ${1:-} && -n ${2:-} && $(began "$1") == "$2" ]]
}

# The start time of process $1 in ticks, empty when there is none or it is already dead.
began() {
    local line
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
    line=${line##*) }
    # shellcheck disable=SC2086 # the fields are meant to be split
    set -- $line
    [[ $1 == Z || $1 == X ]] || printf '%s\n' "${20}"
}

# Runs a command until it succeeds; fails after $1 seconds.
wait_until() {
    local limit=$1 start=$SECONDS
    shift
    until "$@"; do
        ((SECONDS - start < limit)) || return 1
        sleep 0.05
    done
}

# Makes the ignored folder, with words for the two ways in which that fails.
make_state() {
    mkdir -p "$state" 2>/dev/null ||
        fail "cannot make '$state': no right to write there. Run as the owner of '$root'."
    [[ -w $state ]] ||
        fail "cannot write in '$state': it belongs to '$(stat -c %U "$state")'. Run as that user."
    local free
    free=$(df --output=avail -k "$state" | tail -n 1)
    ((free >= 512 * 1024)) ||
        fail "only $((free / 1024)) MB free on the disk of '$state', 512 MB are needed. Free some."
}
