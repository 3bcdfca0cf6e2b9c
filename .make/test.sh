#!/bin/bash
# Runs the parts it is told and counts: the last line is "N passed, N failed".
#   .make/test.sh fmt site lint rust server browser
# A part that fails does not stop the others, but the end tells. A part that ran no test has failed.
. "$(dirname "$0")/lib.sh"

logs=target/test-logs
mkdir -p "$logs"
rm -f "$logs"/*
passed=0
failed=0
lines=()
broken=()

note() { # PART PASSED FAILED [REMARK]
    passed=$((passed + $2))
    failed=$((failed + $3))
    lines+=("$(printf '%-22s %5d passed, %d failed%s' "$1:" "$2" "$3" "${4:+, $4}")")
}

# check NAME COMMAND…: no tests in it; a failure counts as one.
check() {
    name=$1
    shift
    say "$name"
    if "$@"; then return 0; fi
    note "$name" 0 1
    broken+=("$name")
    return 1
}

part_fmt() {
    check "Formatting" cargo fmt --all --check || true
}

part_lint() {
    # shellcheck disable=SC2086
    check "Clippy, server half" cargo clippy $NATIVE --all-targets -- -D warnings || true
    part_lint-browser
    check "Types of the browser tests" end2end/node_modules/.bin/tsc -p end2end || true
}

part_lint-browser() {
    check "Clippy, browser half" cargo clippy -p frontend --target $WASM_TARGET -- -D warnings || true
}

part_site() {
    check "Browser half" .make/build.sh site || true
}

part_server() {
    check "Server" .make/build.sh debug || true
}

cargo_tests() { # NAME, then a command that runs cargo test
    name=$1
    log=$logs/$2.log
    shift 2
    say "$name"
    status=0
    "$@" 2>&1 | tee "$log" || true
    status=${PIPESTATUS[0]}
    read -r ok bad ignored <<EOF
$(sed 's/\x1b\[[0-9;]*m//g' "$log" | awk '/^test result:/ { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^failed/) f += $(i-1); if ($i ~ /^ignored/) g += $(i-1) } } END { print p+0, f+0, g+0 }')
EOF
    # It did not compile, a process died, or nothing was found: none of these may look like success.
    if [ "$bad" = 0 ] && { [ "$status" != 0 ] || [ "$ok" = 0 ]; }; then bad=1; fi
    [ "$bad" = 0 ] || broken+=("$name")
    remark=
    [ "$ignored" = 0 ] || remark="$ignored ignored"
    note "$name" "$ok" "$bad" "$remark"
}

part_rust() {
    # With the address of a database set, the store's tests run on both kinds of it.
    # shellcheck disable=SC2086
    cargo_tests "Rust, SQLite+MariaDB" rust .make/mariadb.sh cargo test $NATIVE --no-fail-fast
}

part_rust-sqlite() {
    # shellcheck disable=SC2086
    cargo_tests "Rust, SQLite" rust env -u TEST_MYSQL_URL cargo test $NATIVE --no-fail-fast
}

part_store() {
    # shellcheck disable=SC2086
    cargo_tests "Store, SQLite+MariaDB" store .make/mariadb.sh cargo test -p store --no-fail-fast
}

part_browser() {
    say "Browser"
    export PLAYWRIGHT_JSON_OUTPUT_NAME=$PWD/$logs/browser.json
    status=0
    .make/e2e.sh || status=$?
    read -r ok bad skipped <<EOF
$(node -e '
    try {
        const { stats, errors } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
        console.log(stats.expected, stats.unexpected + stats.flaky + errors.length, stats.skipped);
    } catch { console.log("0 1 0"); }' "$PLAYWRIGHT_JSON_OUTPUT_NAME")
EOF
    if [ "$bad" = 0 ] && { [ "$status" != 0 ] || [ "$ok" = 0 ]; }; then bad=1; fi
    [ "$bad" = 0 ] || broken+=("Browser")
    remark=
    [ "$skipped" = 0 ] || remark="$skipped skipped"
    note "Browser" "$ok" "$bad" "$remark"
}

[ $# -gt 0 ] || fail "usage: .make/test.sh fmt|site|lint|lint-browser|rust|rust-sqlite|store|server|browser …"
start=$SECONDS
for part in "$@"; do
    declare -F "part_$part" >/dev/null || fail "test.sh: unknown part '$part'"
    before=$SECONDS
    "part_$part"
    echo "($part: $((SECONDS - before)) s)"
done

say "Result after $(((SECONDS - start) / 60)) min $(((SECONDS - start) % 60)) s"
[ ${#lines[@]} = 0 ] || printf '%s\n' "${lines[@]}"
[ ${#broken[@]} = 0 ] || printf 'failed: %s\n' "${broken[@]}"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
