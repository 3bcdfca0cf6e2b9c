#!/bin/bash
# The browser tests. SPEC=a file or a part of its name, HEADED=1, BASE_URL=a running deployment (else a server of its own),
# GREP=a part of a test's name, LATCHKEY_BIN=the program (else target/debug/latchkey).
. "$(dirname "$0")/lib.sh"
cd end2end
args=()
[ -z "${HEADED:-}" ] || args+=(--headed)
[ -z "${GREP:-}" ] || args+=(--grep "$GREP")
# shellcheck disable=SC2206
[ -z "${SPEC:-}" ] || args+=($SPEC)
status=0
node_modules/.bin/playwright test "${args[@]+"${args[@]}"}" || status=$?
echo "Report: end2end/report/index.html (make e2e-report opens it)"
exit $status
