"""The deployments that the documents and `deploy` describe, taken from their very text.

Only ports, addresses of other machines, paths and certificates are replaced by those of the test.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.growing.machines import free_port, program
from tests.proxy.processes import HOST, nginx

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
# The tests are on this machine; this header lets nginx see them as another visitor.
VISITOR = "X-Test-Visitor"
SEEN_AS = f"set_real_ip_from {HOST}; real_ip_header {VISITOR};"


def documented_settings(command: str) -> dict[str, str]:
    """Return what the documents export in their one block of `sh` that has this command."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))]
    blocks = [block for text in texts for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]
    (block,) = [block for block in blocks if re.search(rf"^{command}\b", block, re.MULTILINE)]
    words = [shlex.split(line, comments=True) for line in block.splitlines()]
    pairs = [word.partition("=") for line in words if line[:1] == ["export"] for word in line[1:]]
    return {name: value for name, _, value in pairs}


def unit_settings(unit: str) -> dict[str, str]:
    """Return what a unit of systemd sets."""
    text = (DEPLOY / "systemd" / unit).read_text()
    return dict(re.findall(r"^Environment=(\w+)=(.*)$", text, re.MULTILINE))


def compose_settings(service: str, **exported: str) -> dict[str, str]:
    """Return the environment of a service in the image, when the shell exports these variables."""
    text = (DEPLOY / "compose.yaml").read_text()

    def value(match: re.Match[str]) -> str:
        name, _, default = match[1].partition(":-")
        name = name.partition(":?")[0]
        return exported.get(name) or default

    whole = yaml.safe_load(re.sub(r"\$\{([^}]+)\}", value, text))
    own = {name: str(value or "") for name, value in whole["services"][service]["environment"].items()}
    return image_settings() | own


def image_settings() -> dict[str, str]:
    """Return what the image sets."""
    return dict(re.findall(r"\b(DEMETRA_\w+)=(\S+)", _code((DEPLOY / "Containerfile").read_text())))


@contextmanager
def proxy(conf: str, folder: Path, web_port: int, **changes: str) -> Iterator[int]:
    """Give the port of an nginx that runs a file of `deploy/nginx`, with further `changes` to its text."""
    port, text = free_port(), (DEPLOY / "nginx" / conf).read_text()
    replaced = {
        "listen 443 ssl;": f"listen {HOST}:{port} ssl;",
        "listen 80;": f"listen {HOST}:{port};",
        "/etc/nginx/tls": str(folder),
        "/var/log/nginx": str(folder),
        "127.0.0.1:8050": f"{HOST}:{web_port}",
        **{f"web-{n}.example.com:8050": f"{HOST}:{web_port}" for n in (1, 2, 3)},
    }
    for there, here in replaced.items():
        text = text.replace(there, here)
    for there, here in changes.items():
        assert there in text
        text = text.replace(there, here)
    if "ssl_certificate" in text:
        make_certificate(folder)
    with nginx(folder / "nginx", text, common=SEEN_AS):
        yield port


@contextmanager
def plain_proxy(folder: Path, web_port: int, lines: str = "") -> Iterator[int]:
    """Give the port of an nginx with nothing but `proxy_pass`, and with further lines."""
    port = free_port()
    server = (
        f"server {{ listen {HOST}:{port}; location / {{ proxy_pass http://{HOST}:{web_port}; }} {lines} }}"
    )
    with nginx(folder / "nginx", server, common=SEEN_AS):
        yield port


def make_certificate(folder: Path) -> Path:
    """Make the certificate and key that `demetra.conf` names; return the certificate."""
    names = ("-subj", "/CN=intranet.example.com", "-addext", f"subjectAltName=IP:{HOST}")
    files = ("-keyout", str(folder / "intranet.key"), "-out", str(folder / "intranet.pem"))
    command = [program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    return folder / "intranet.pem"


def without_places(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings without addresses and folders of machines that the test does not have."""
    places = {"DATABASE_URL", "CACHE_REDIS_URL", "DEMETRA_HOME", "DEMETRA_HOST"}
    return {name: value for name, value in settings.items() if name not in places}


def _code(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
