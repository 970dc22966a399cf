#!/bin/sh
# Browser tests need a Chromium. Root gets Debian's; anybody else gets one line when there is none.
set -eu
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ -n "${GOEN_CHROMIUM:-}" ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "  No Chromium here: browser tests will be skipped (Debian: apt install chromium)."
    exit 0
fi
mkdir -p build
log=build/browser.log
echo "  Chromium for the browser tests …"
export DEBIAN_FRONTEND=noninteractive
if apt-get update >"$log" 2>&1 &&
    apt-get install -y --no-install-recommends chromium fonts-noto-cjk >>"$log" 2>&1; then
    echo "  Chromium for the browser tests: installed"
else
    echo "  Chromium could not be installed ($log): browser tests will be skipped."
fi
