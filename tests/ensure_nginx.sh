#!/bin/sh
# The proxy tests need nginx: from the system, else from its package manager. Without it they are skipped.
set -eu

PATH="$PATH:/usr/sbin:/usr/local/sbin"
if command -v nginx >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing nginx for the proxy tests ..."
    # Debian starts a service right after its installation; the tests start their own.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx >/dev/null
    exit 0
fi
echo "The proxy tests will be skipped: they need nginx. On Debian and Ubuntu:" >&2
echo "    sudo apt-get install nginx" >&2
