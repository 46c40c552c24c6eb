"""The type `sftp`: files on an SFTP server."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.sources.kind import Fetch, NewFile, Option, SourceKind, revealed
from services.sources.remote import path_option, read_files
from services.sources.sftp import Server, SftpPlace


def _read(fetch: Fetch) -> Iterator[NewFile]:
    options = {name: revealed(value) for name, value in fetch.source.options.items()}
    server = Server(
        host=options["host"],
        port=int(options["port"]),
        username=options["username"],
        password=options["password"],
        key_file=options["key_file"],
        host_key=options["host_key"],
    )
    yield from read_files(fetch, lambda: SftpPlace(server, fetch))


def _check_host_key(text: str) -> str | None:
    is_key = re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}=?|(?:ssh|ecdsa)-[\w@.-]+ [A-Za-z0-9+/=]+(?: .*)?", text)
    return None if is_key else "a fingerprint such as `SHA256:...`, or a key such as `ssh-ed25519 AAAA...`"


KIND = SourceKind(
    name="sftp",
    options=(
        path_option("path, from the folder of the user or absolute, such as `out/*.csv`"),
        Option("host", "text", "the server", is_required=True),
        Option(
            "port",
            "number",
            "its port",
            default=22,
            check=lambda port: None if port in range(1, 65536) else "a port",
        ),
        Option("username", "text", "user", is_required=True),
        Option("password", "text", "password of the user, or passphrase of the key file"),
        Option("key_file", "text", "file with the private key of the user"),
        Option(
            "host_key",
            "text",
            "key or fingerprint of the server; unset: as in `~/.ssh/known_hosts`. The error of a server that "
            "is not known shows its fingerprint",
            check=_check_host_key,
        ),
    ),
    read=_read,
)
