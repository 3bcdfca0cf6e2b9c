#!/bin/bash
# A MariaDB of its own, in a temporary folder and on a free port: nothing on this machine is touched.
#   .make/mariadb.sh COMMAND…    starts it, runs the command with TEST_MYSQL_URL set, stops it
. "$(dirname "$0")/lib.sh"
[ $# -gt 0 ] || fail "usage: .make/mariadb.sh COMMAND…"

PATH=$PATH:/usr/sbin
folder=$(mktemp -d "${TMPDIR:-/tmp}/latchkey-mariadb.XXXXXX")
server=
stop() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

user=$(id -un)
mariadb-install-db --no-defaults --auth-root-authentication-method=normal --skip-test-db \
    --user="$user" --datadir="$folder/data" >"$folder/install.log" 2>&1 \
    || { cat "$folder/install.log" >&2; fail "MariaDB's data folder could not be made."; }
cat >"$folder/init.sql" <<'EOF'
CREATE DATABASE latchkey CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE USER 'latchkey'@'127.0.0.1' IDENTIFIED BY 'latchkey';
GRANT ALL ON *.* TO 'latchkey'@'127.0.0.1';
EOF
port=$(free_port)
# It lives as long as the tests: nothing has to reach the disk.
mariadbd --no-defaults --user="$user" --datadir="$folder/data" --socket="$folder/socket" --pid-file="$folder/pid" \
    --bind-address=127.0.0.1 --port="$port" --init-file="$folder/init.sql" --max-connections=500 --skip-log-bin \
    --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-flush-method=nosync >"$folder/server.log" 2>&1 &
server=$!

# The init file has been run when the port answers.
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
for _ in $(seq 300); do
    answers && break
    kill -0 "$server" 2>/dev/null || { cat "$folder/server.log" >&2; fail "MariaDB stopped while starting."; }
    sleep 0.1
done
answers || { cat "$folder/server.log" >&2; fail "MariaDB does not answer on port $port."; }

export TEST_MYSQL_URL="mysql://latchkey:latchkey@127.0.0.1:$port/latchkey"
"$@"
