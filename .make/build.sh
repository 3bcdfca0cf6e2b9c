#!/bin/bash
# Compiles. The browser half comes first because the server carries it.
#   .make/build.sh site             debug: the browser half, bundled into target/site
#   .make/build.sh debug            the same, then target/debug/latchkey
#   .make/build.sh release-site     for a release: small and compressed
#   .make/build.sh release          the same, then target/release/latchkey with its assets inside
. "$(dirname "$0")/lib.sh"

# The tool is always built with the dev profile: it is the same program for both.
tool() {
    # shellcheck disable=SC2086
    cargo build $NATIVE --bin bundle $LIKE_TESTS
}

bundle() {
    target/debug/bundle --css style/main.css --public public --out target/site "$@"
}

wasm_opt() {
    if [ -x end2end/node_modules/binaryen/bin/wasm-opt ]; then
        echo end2end/node_modules/binaryen/bin/wasm-opt
    else
        command -v wasm-opt || true
    fi
}

site() {
    cargo build -p frontend --target $WASM_TARGET
    tool
    bundle --wasm target/$WASM_TARGET/debug/frontend.wasm
}

release_site() {
    cargo build -p frontend --target $WASM_TARGET --profile wasm-release
    tool
    optimiser=$(wasm_opt)
    bundle --wasm target/$WASM_TARGET/wasm-release/frontend.wasm --release --wasm-budget-kib 390 \
        ${optimiser:+--wasm-opt "$optimiser"}
}

case ${1:-} in
    site) site ;;
    debug)
        site
        # shellcheck disable=SC2086
        cargo build $NATIVE --bin latchkey $LIKE_TESTS
        ;;
    release-site) release_site ;;
    release)
        release_site
        cargo build --release -p server
        echo "target/release/latchkey: $(wc -c <target/release/latchkey) bytes, assets inside"
        ;;
    *) fail "usage: .make/build.sh site|debug|release-site|release" ;;
esac
