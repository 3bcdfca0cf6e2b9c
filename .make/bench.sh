#!/bin/bash
# Measures the release build with end2end/bench and prints the README's table. Arguments go on to it:
#   .make/bench.sh --only page --json figures.json
. "$(dirname "$0")/lib.sh"

# Yesterday's program says nothing about today's.
stale() {
    [ -x target/release/latchkey ] || return 0
    ls target/site/pkg/*.wasm.br >/dev/null 2>&1 || return 0
    [ -n "$(find app frontend server style public Cargo.lock -newer target/release/latchkey -type f -print -quit)" ]
}

# All output of building goes to stderr: the table alone is on stdout.
{
    if stale; then .make/build.sh release; fi
    cargo build --release -p bench
    have taskset || echo "taskset is missing (package util-linux): nothing will be pinned to a core."
} >&2
exec target/release/bench "$@"
