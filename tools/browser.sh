#!/bin/sh
# Browser tests need a Chromium and a Japanese font. Root gets Debian's; anybody else one line.
set -eu
found=${GOEN_CHROMIUM:-}
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && found=$name
done
can_install=
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && can_install=yes

wanted=
[ -n "$found" ] || wanted="chromium"
if command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=ja 2>/dev/null)" ]; then :; else
    wanted="$wanted fonts-noto-cjk"
fi
if [ -z "$can_install" ]; then
    [ -n "$found" ] ||
        echo "  No Chromium here: browser tests will be skipped (Debian: apt install chromium)."
    exit 0
fi
[ -n "$wanted" ] || exit 0

mkdir -p build
log=build/browser.log
echo "  Browser for the tests ($wanted) …"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  a list of packages
if apt-get update >"$log" 2>&1 &&
    apt-get install -y --no-install-recommends $wanted >>"$log" 2>&1; then
    echo "  Browser for the tests: installed"
else
    echo "  Not installed ($log): browser tests may be skipped."
fi
