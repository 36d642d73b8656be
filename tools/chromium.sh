#!/bin/sh
# A Chromium for the tests of the dashboard: the one that is there, else Debian's, where this may be installed.
set -eu

for name in chromium chromium-browser google-chrome; do
    if found=$(command -v "$name"); then
        echo "$found"
        exit 0
    fi
done

if ! command -v apt-get >/dev/null; then
    echo "no Chromium here, and no apt-get to install it with: install one, and put it on the PATH as chromium" >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    run=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    run="sudo"
else
    echo "no Chromium here, and only root may install it: sudo apt-get install chromium" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq >&2
$run apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >&2
command -v chromium
