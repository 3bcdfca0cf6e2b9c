#!/bin/bash
# The measurements of end2end/bench.
. "$(dirname "$0")/lib.sh"
[ -x end2end/bench/run.sh ] || fail "end2end/bench/run.sh is missing: there is nothing to measure with."
exec end2end/bench/run.sh "$@"
