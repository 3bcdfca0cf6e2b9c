#!/bin/bash
# Installs what is missing. Every step looks first, and takes no time when there is nothing to do.
#   .make/setup.sh rust lint wasm node chromium mariadb glewlwyd
. "$(dirname "$0")/lib.sh"

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/latchkey
# Debian's own Rust, with the parts that its std for the browser is built from.
DEBIAN_RUST="rustc-web cargo-web rust-web-src lld-19 rust-web-clippy rustfmt-web"

step_rust() {
    have cargo && have rustc || fail "Rust is missing: install it with rustup (https://rustup.rs), then run this again."
    have cc || debian_install "A C compiler" gcc libc6-dev
    rustc --version >/dev/null || fail "rustc does not run: choose a toolchain with 'rustup default stable'."
}

step_lint() {
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return
    have rustup || fail "rustfmt or clippy is missing, and there is no rustup to add them: install both, then run this again."
    say "Adding rustfmt and clippy"
    rustup component add rustfmt clippy
}

# has_wasm [RUSTC-OPTION…]
has_wasm() {
    ls "$(rustc "$@" --print target-libdir --target $WASM_TARGET)"/libcore-*.rlib >/dev/null 2>&1
}

# A sysroot of another compiler is of no use, so the compiler's version is part of its name.
sysroot_name() {
    echo "sysroot-$(rustc -vV | sha256sum | cut -c1-16)"
}

step_wasm() {
    if [ -n "${LATCHKEY_WASM_SYSROOT:-}" ]; then
        [ "$(basename "$LATCHKEY_WASM_SYSROOT")" = "$(sysroot_name)" ] && has_wasm --sysroot "$LATCHKEY_WASM_SYSROOT" && return
        echo "Debian's Rust has changed since the browser target was made."
    else
        has_wasm && return
    fi
    if have rustup && [ -z "${LATCHKEY_SETUP_WITHOUT_RUSTUP:-}" ]; then
        say "Adding the $WASM_TARGET target"
        rustup target add $WASM_TARGET && has_wasm && return
        echo "rustup cannot add it here; using Debian's Rust instead."
    fi
    wasm_from_debian
}

# Debian's Rust brings the sources of std but not std for the browser: it is compiled once, and put into a sysroot of its own.
wasm_from_debian() {
    for file in /usr/bin/cargo /usr/bin/rustc /usr/bin/wasm-ld-19 /usr/bin/cargo-clippy /usr/bin/rustfmt; do
        # shellcheck disable=SC2086
        [ -x "$file" ] || { debian_install "Rust's $WASM_TARGET target" $DEBIAN_RUST; break; }
    done
    if have rustup; then
        rustup toolchain link debian /usr
        select="export RUSTUP_TOOLCHAIN=debian"
    elif [ "$(command -v rustc)" = /usr/bin/rustc ]; then
        select="# There is no other Rust here."
    else
        select="export PATH=\"/usr/bin:\$PATH\""
    fi
    eval "$select"
    sysroot=$CACHE/$(sysroot_name)
    [ -f "$sysroot/complete" ] || build_sysroot "$sysroot"
    mkdir -p "$STATE"
    cat >"$STATE/rust.env" <<EOF
# Written by .make/setup.sh: Rust from Debian, with std for the browser in a sysroot of its own.
$select
export LATCHKEY_WASM_SYSROOT="$sysroot"
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--sysroot $sysroot"
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19
EOF
    . "./$STATE/rust.env"
    has_wasm --sysroot "$sysroot" || fail "The $WASM_TARGET target could not be made; remove $sysroot and run this again."
}

# build_sysroot FOLDER
build_sysroot() {
    say "Compiling Rust's standard library for the browser (about a minute, once)"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir "$work/src"
    printf '[package]\nname = "nothing"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml"
    touch "$work/src/lib.rs"
    # The bitcode is what `lto` reads later.
    (cd "$work" && env -u RUSTUP_TOOLCHAIN PATH="/usr/bin:$PATH" \
        RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR="$work/target" \
        CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19 \
        /usr/bin/cargo build -q -Zbuild-std=std,panic_abort --target $WASM_TARGET --release)
    new=$1.new.$$
    lib=$new/lib/rustlib/$WASM_TARGET/lib
    mkdir -p "$lib"
    for entry in /usr/lib/rustlib/*; do
        [ "$(basename "$entry")" = $WASM_TARGET ] || ln -s "$entry" "$new/lib/rustlib/"
    done
    for file in "$work"/target/$WASM_TARGET/release/deps/*.rlib; do
        case $(basename "$file") in libnothing-*) ;; *) cp "$file" "$lib/" ;; esac
    done
    touch "$new/complete"
    rm -rf "$1"
    mv "$new" "$1"
    rm -rf "$work"
    trap - EXIT
}

node_is_new_enough() {
    have node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]
}

step_node() {
    if ! node_is_new_enough; then
        offered=$(apt-cache policy nodejs 2>/dev/null | sed -n 's/.*Candidate: \([0-9]*\).*/\1/p')
        [ "${offered:-0}" -ge 20 ] || fail "Node.js 20 or newer is missing: install it (https://nodejs.org), then run this again."
        debian_install "Node.js" nodejs npm
    fi
    # npm writes this file last.
    wanted=$(sha256sum end2end/package-lock.json | cut -c1-64)
    [ "$(cat end2end/node_modules/.latchkey 2>/dev/null)" = "$wanted" ] && return
    say "Installing the npm packages of end2end"
    (cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error)
    echo "$wanted" >end2end/node_modules/.latchkey
}

step_chromium() {
    [ -n "${CHROMIUM_PATH:-}" ] && [ -x "$CHROMIUM_PATH" ] && return
    [ -x /usr/bin/chromium ] && return
    have apt-get || fail "Chromium is missing: install it and set CHROMIUM_PATH to the program."
    debian_install "Chromium" chromium fonts-liberation
}

# Only the server program: the full package would also start a service on this machine.
step_mariadb() {
    { [ -x /usr/sbin/mariadbd ] || have mariadbd; } && have mariadb-install-db && have my_print_defaults && return
    debian_install "MariaDB" mariadb-server-core mariadb-client-core
}

# An identity provider of somebody else's. Only its libraries are installed: the full package would also make a user and
# start a service on this machine, so its program and pages are unpacked into the cache. The tests can do without it.
step_glewlwyd() {
    [ -x "$CACHE/glewlwyd/usr/bin/glewlwyd" ] && have sqlite3 && return
    [ -x /usr/bin/glewlwyd ] && have sqlite3 && return
    (fetch_glewlwyd) || echo "Glewlwyd could not be had here: the browser tests with it will be skipped, and counted as skipped."
}

fetch_glewlwyd() {
    have apt-get || fail "This is not a Debian-like system."
    [ "$(id -u)" = 0 ] || have sudo || fail "Its libraries need root, and there is no sudo here."
    as_root apt-get update -qq || return 1
    needed=$(apt-cache depends glewlwyd glewlwyd-common 2>/dev/null | sed -n 's/^  Depends: \(\(lib\|fonts-\)[^ ]*\)$/\1/p')
    [ -n "$needed" ] || fail "No package source has glewlwyd."
    missing=
    for package in sqlite3 $needed; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing="$missing $package"
    done
    # shellcheck disable=SC2086
    [ -z "$missing" ] || debian_install "For Glewlwyd" $missing || return 1
    new=$CACHE/glewlwyd.new.$$
    mkdir -p "$new/usr/share"
    (cd "$new" && apt-get download -qq -o APT::Sandbox::User=root glewlwyd glewlwyd-common && for package in *.deb; do dpkg -x "$package" . || exit 1; done) \
        || { rm -rf "$new"; return 1; }
    # Its pages point at files of those libraries, by their place under /usr/share.
    for folder in nodejs javascript fonts fonts-fork-awesome; do ln -s "/usr/share/$folder" "$new/usr/share/$folder"; done
    rm -rf "$new"/*.deb "$CACHE/glewlwyd"
    mv "$new" "$CACHE/glewlwyd"
}

[ $# -gt 0 ] || set -- rust lint wasm node chromium mariadb glewlwyd
for step in "$@"; do
    case $step in
        rust | lint | wasm | node | chromium | mariadb | glewlwyd) "step_$step" ;;
        *) fail "setup.sh: unknown step '$step'" ;;
    esac
done
