#!/bin/sh
# PostgreSQL and MariaDB for the tests of sources: those that are there, else Debian's, where they may be installed.
set -eu

postgres=$(command -v postgres || ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null | tail -n 1 || true)
mariadb=$(command -v mariadbd || true)
if [ -n "$postgres" ] && [ -n "$mariadb" ]; then
    echo "$postgres $mariadb"
    exit 0
fi

if ! command -v apt-get >/dev/null; then
    echo "no PostgreSQL or MariaDB here, and no apt-get to install them with" >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    run=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    run="sudo"
else
    echo "no PostgreSQL or MariaDB here: sudo apt-get install postgresql mariadb-server" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq >&2
$run apt-get install -qq -y --no-install-recommends postgresql mariadb-server >&2
