# shellcheck shell=bash
# What every stage of compose/check begins with.

# shellcheck source-path=SCRIPTDIR source=talk.sh
source "$(dirname "${BASH_SOURCE[0]}")/talk.sh"
tally_file=${MARTLET_TALLY:-/dev/null}
# A folder of its own that the next run of the stage empties.
work=${MARTLET_STAGE:-$(mktemp -d)}

# tally passed|failed|skipped COUNT [REASON]
tally() { printf '%s\n' "$*" >>"$tally_file"; }

# Runs one named test: a command whose exit code tells.
try() {
    local name=$1 code=0
    shift
    "$@" || code=$?
    case $code in
    0)
        say "passed: $name"
        tally passed 1 "$name"
        ;;
    "$skipped")
        say "skipped: $name"
        tally skipped 1 "$name"
        ;;
    *)
        say "failed: $name (code $code)"
        tally failed 1 "$name"
        ;;
    esac
}
