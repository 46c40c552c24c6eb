"""The files in `deploy` are used as they are, so they are checked as they are."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from demetra_dash.settings import declared

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
CONFIGURATIONS = sorted((DEPLOY / "nginx").glob("*.conf"))


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name)
def test_nginx_accepts_the_configuration(path: Path, tmp_path: Path) -> None:
    nginx, openssl = shutil.which("nginx", path="/usr/sbin:/usr/bin"), shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("nginx or openssl is not installed")
    key, certificate = tmp_path / "intranet.key", tmp_path / "intranet.pem"
    subject = ("-subj", "/CN=intranet.example.com", "-keyout", str(key), "-out", str(certificate))
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject],
        check=True,
        capture_output=True,
    )
    # Its own certificate, and addresses that can be looked up without a network.
    text = path.read_text().replace("/etc/nginx/tls", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    text = re.sub(r"web-\d\.example\.com", "127.0.0.1", text)
    (tmp_path / "site.conf").write_text(text)
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ include {tmp_path}/site.conf; }}"
    (tmp_path / "nginx.conf").write_text(whole)

    done = subprocess.run(
        [nginx, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_accepts_the_unit(path: Path, tmp_path: Path) -> None:
    analyse = shutil.which("systemd-analyze")
    if analyse is None:
        pytest.skip("systemd-analyze is not installed")
    # The command need not be there for the unit to be right.
    unit = tmp_path / path.name
    unit.write_text(path.read_text().replace("/opt/demetra/.venv/bin/demetra", "/bin/true"))

    done = subprocess.run(
        [analyse, "verify", "--man=no", "--recursive-errors=no", str(unit)], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert path.name not in done.stderr


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_start_commands_that_exist(path: Path) -> None:
    command = re.search(r"^ExecStart=\S+/demetra (\w+)$", path.read_text(), re.MULTILINE)

    assert command is not None
    assert command[1] in {"web", "worker"}


def test_everything_that_the_image_copies_is_there() -> None:
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    copies = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]

    assert copies
    assert all((ROOT / name).exists() for names in copies for name in names)


def test_the_image_holds_every_package_of_demetra() -> None:
    text = (DEPLOY / "Containerfile").read_text()

    assert all(
        f"COPY {name} {name}" in text
        for name in ("demetra_dash", "callbacks", "layouts", "services", "assets")
    )


def test_the_image_runs_as_nobody_special() -> None:
    user = re.search(r"^USER (\d+)$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)

    assert user is not None
    assert int(user[1]) > 0


def test_compose_sets_only_what_demetra_knows_and_drops_every_right() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    known = {item.metadata["variable"] for item in declared()}

    parts = [compose["services"][name] for name in ("migrate", "worker", "web")]

    assert all(set(part["environment"]) <= known for part in parts)
    assert all(part["read_only"] and part["cap_drop"] == ["ALL"] for part in parts)
    assert [part["command"] for part in parts] == [["migrate"], ["worker"], ["web"]]
    assert set(compose["volumes"]) == {"postgres", "state"}
