#!/bin/sh
# What checks and tests need besides Python: from the system, else from its package manager. Without arguments all of
# it; with the argument "node" only what checks the scripts of the page.
# Without a browser and Node.js they cannot run; without nginx or PgBouncer theirs are skipped.
set -eu

PATH="$PATH:/usr/sbin:/usr/local/sbin"
has() { command -v "$1" >/dev/null; }

browser="" servers="" node=""
has node && has npm || node="nodejs npm"
if [ "${1:-}" != node ]; then
    has chromedriver && { has chromium || has google-chrome; } || browser="chromium chromium-driver"
    has nginx || servers="$servers nginx"
    has pgbouncer || servers="$servers pgbouncer"
fi
[ -n "$browser$servers$node" ] || exit 0

if [ "$(id -u)" = 0 ] && has apt-get; then
    echo "Installing what the tests need:" $browser $servers $node "..."
    # Debian starts a server right after its installation; the tests start their own.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    apt-get update -qq
    # A browser without its recommended fonts shows empty boxes; the others need no company.
    [ -z "$browser" ] || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $browser >/dev/null
    [ -z "$servers$node" ] ||
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $servers $node >/dev/null
    exit 0
fi
echo "The tests need some programs more. On Debian and Ubuntu:" >&2
echo "    sudo apt-get install" $browser $servers $node >&2
[ -z "$browser$node" ]
