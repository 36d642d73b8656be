#!/bin/sh
# PostgreSQL for the tests of sources: the one that is there, else Debian's, where it may be installed.
set -eu

postgres=$(command -v postgres || ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null | tail -n 1 || true)
if [ -n "$postgres" ]; then
    echo "$postgres"
    exit 0
fi

if ! command -v apt-get >/dev/null; then
    echo "no PostgreSQL here, and no apt-get to install it with" >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    run=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    run="sudo"
else
    echo "no PostgreSQL here: sudo apt-get install postgresql" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq >&2
$run apt-get install -qq -y --no-install-recommends postgresql >&2
