# Shared by the scripts of this folder: `. "$(dirname "$0")/lib.sh"`. Goes to the project's folder.

set -eu
cd "$(dirname "$0")/.."

# One package selection for build, clippy and test: another one would compile the libraries again.
# `frontend` is apart because it switches libraries to their browser half.
NATIVE="--workspace --exclude frontend"
# Features of test libraries count only where a test is built: naming a small one keeps the features, and so the
# compiled libraries, the same for building and for testing.
LIKE_TESTS="--test bundle_cli"
WASM_TARGET=wasm32-unknown-unknown
STATE=target/setup

# Written by the wasm step of setup.sh when the browser half needs a toolchain of its own.
if [ -f "$STATE/rust.env" ]; then
    . "./$STATE/rust.env"
fi

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND…: runs it as root, or says what to do.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        fail "This needs root and there is no sudo here. Run as root: $*"
    fi
}

# debian_install REASON PACKAGE…
debian_install() {
    reason=$1
    shift
    have apt-get || fail "$reason is missing, and this is not a Debian-like system: install it yourself ($* on Debian)."
    say "Installing $* ($reason)"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# free_port: one that nobody listens on now.
free_port() {
    node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}
