#!/bin/bash
# Builds, runs and does both again whenever a source file changes. cargo-leptos does it better where it is installed.
. "$(dirname "$0")/lib.sh"
if have cargo-leptos; then
    exec cargo leptos watch
fi

server=
stop() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        server=
    fi
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The newest change, to a fraction of a second.
newest() {
    find Cargo.toml app server frontend style public -name target -prune -o -type f -printf '%T@\n' | sort -n | tail -1
}

while :; do
    seen=$(newest)
    # The old server goes on answering while the new one is compiled.
    if .make/build.sh debug; then
        stop
        target/debug/latchkey serve &
        server=$!
    else
        echo "It does not compile; waiting for the next change."
    fi
    while [ "$(newest)" = "$seen" ]; do sleep 0.5; done
done
