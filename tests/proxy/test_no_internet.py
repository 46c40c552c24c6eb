"""No way out: neither Demetra nor its page asks for anything outside."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.growing.machines import ROOT
from tests.proxy.browser import outside
from tests.proxy.offline_run import OUTSIDE

pytestmark = pytest.mark.browser
TIMEOUT_SECONDS = 400


def can_be_offline() -> bool:
    """Tell whether this user may make a network namespace with two ends of a wire in it."""
    words = ["unshare", "--net", "ip", "link", "add", "out", "type", "veth", "peer", "name", "witness"]
    tools = all(shutil.which(name) for name in ("unshare", "ip"))
    return tools and subprocess.run(words, capture_output=True, check=False).returncode == 0


def test_without_internet_everything_works_and_nothing_is_asked_for_outside() -> None:
    if not can_be_offline():
        pytest.skip("needs the right to make a network namespace (root), and iproute2")
    # Socket paths must be short, so not pytest's own temporary folder.
    with tempfile.TemporaryDirectory(prefix="dm-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        words = ["unshare", "--net", sys.executable, "-m", "tests.proxy.offline_run", folder]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])  # before it stands what Demetra says at its start
    assert told["state"] == "succeeded"
    assert told["demetra"] == []
    assert told["all"] == []
    assert len(told["asked"]) > 50
    assert outside(told["asked"]) == []
    assert OUTSIDE in told["control"]
