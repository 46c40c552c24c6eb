#!/bin/sh
# What the tests need besides Python: from the system, else from its package manager.
# Without a browser they cannot run; without nginx or PgBouncer theirs are skipped.
set -eu

PATH="$PATH:/usr/sbin:/usr/local/sbin"
has() { command -v "$1" >/dev/null; }

browser="" servers=""
has chromedriver && { has chromium || has google-chrome; } || browser="chromium chromium-driver"
has nginx || servers="$servers nginx"
has pgbouncer || servers="$servers pgbouncer"
[ -n "$browser$servers" ] || exit 0

if [ "$(id -u)" = 0 ] && has apt-get; then
    echo "Installing what the tests need:" $browser $servers "..."
    # Debian starts a server right after its installation; the tests start their own.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    apt-get update -qq
    # A browser without its recommended fonts shows empty boxes; servers need no company.
    [ -z "$browser" ] || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $browser >/dev/null
    [ -z "$servers" ] || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $servers >/dev/null
    exit 0
fi
echo "The tests need some programs more. On Debian and Ubuntu:" >&2
echo "    sudo apt-get install" $browser $servers >&2
[ -z "$browser" ]
