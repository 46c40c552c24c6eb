#!/bin/sh
# The browser tests need Chromium and its driver: from the system, else from its package manager.
set -eu

if command -v chromedriver >/dev/null && { command -v chromium || command -v google-chrome; } >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium chromium-driver >/dev/null
    exit 0
fi
echo "The browser tests need chromium and chromedriver. On Debian and Ubuntu:" >&2
echo "    sudo apt-get install chromium chromium-driver" >&2
exit 1
