"""All of Demetra and a browser, seen by a witness: python -m tests.proxy.offline_run FOLDER

Meant for a network namespace of its own (`unshare --net`). It has a way out, but that leads only to a
witness. Prints one JSON document: where packets wanted to go while Demetra and the page were at work,
what pages asked for, and, to show that the witness sees, where a connection made on purpose wanted to go.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from dash.testing.wait import until as until_in_browser

from tests.growing.machines import free_port, is_listening, started
from tests.processes.waiting import until
from tests.proxy.browser import LocalBrowser

OUTSIDE = "203.0.113.7"
SETUP = (
    "ip link set lo up",
    "ip link add out type veth peer name witness",
    "ip link set out arp off multicast off up",
    "ip link set witness arp off multicast off up",
    "ip address add 198.51.100.1/24 dev out",
    "ip route add default via 198.51.100.2 dev out",
)
IPV4 = 0x0800


class Witness:
    """Sees every IPv4 packet that leaves."""

    def __init__(self) -> None:
        for command in SETUP:
            subprocess.run(command.split(), check=True, timeout=20)
        self.seen: list[str] = []
        self._ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(IPV4))
        self._ear.bind(("witness", IPV4))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            frame = self._ear.recv(2048)
            self.seen.append(str(ip_address(frame[30:34])))


def look_around(url: str) -> list[str]:
    """Open every view, in both themes; return what pages asked for."""
    with LocalBrowser() as browser:
        browser.driver.get(url)
        for _ in ("light", "dark"):
            browser.wait_for_element(".nav-tabs .nav-link", timeout=60)
            overview, dashboards, *_ = browser.find_elements(".nav-tabs .nav-link")
            until_in_browser(overview.is_displayed, timeout=60)
            overview.click()
            browser.wait_for_element("#roi .ytick", timeout=60)
            dashboards.click()
            until_in_browser(lambda: _pictures(browser) == 4, timeout=60)
            browser.find_element("#theme-toggle").click()
            browser.driver.refresh()
        return list(browser.requests())


def _pictures(browser: LocalBrowser) -> int:
    script = "return [...document.querySelectorAll('.picture')].filter(p => p.complete && p.src).length"
    return int(browser.driver.execute_script(script))


def _synced(url: str) -> dict[str, Any]:
    """Return a sync's outcome; on a busy machine a first sync can take longer than one answer waits."""
    for _ in range(3):
        run = urllib.request.Request(f"{url}api/sync/run-now?wait=60", method="POST")
        with urllib.request.urlopen(run, timeout=90) as answer:
            outcome: dict[str, Any] = json.load(answer)
        if outcome["state"] not in ("queued", "running"):
            break
    return outcome


def main(folder: Path) -> None:
    """Be witness, and print what was seen."""
    witness = Witness()
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    environment = {"HOME": str(folder), "DEMETRA_PORT": str(port), "CHART_DPI": "60", "DATABASE_URL": ""}
    with started([sys.executable, "-m", "demetra_dash", "run"], folder, environment, port) as demetra:
        until(lambda: is_listening(port))
        outcome = _synced(url)
        by_demetra = list(witness.seen)
        asked = look_around(url)
        os.kill(demetra.process.pid, signal.SIGINT)
        demetra.process.wait(60)
    by_all = list(witness.seen)
    with suppress(OSError), socket.socket() as plug:
        plug.settimeout(1)
        plug.connect((OUTSIDE, 80))
    until(lambda: OUTSIDE in witness.seen)
    told = {"state": outcome["state"], "demetra": by_demetra, "all": by_all, "asked": asked}
    sys.stdout.write(json.dumps(told | {"control": witness.seen}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
