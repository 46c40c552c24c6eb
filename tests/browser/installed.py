"""Demetra as its users install it: from the wheel, in an environment with what that requires and no more."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path
from shutil import copy, copytree
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
UV = (sys.executable, "-m", "uv")


def sources(*folders: str) -> list[str]:
    """Return the files of the repository in `folders`, those that are not committed yet included."""
    listing = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders)
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


def build_wheel(folder: Path) -> Path:
    """Build the source distribution, and the wheel from that, from a copy of the repository."""
    for name in sources():
        (folder / "repository" / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, folder / "repository" / name)
    _run(
        *UV,
        "build",
        "--offline",
        "--no-build-isolation",
        "--python",
        sys.executable,
        cwd=folder / "repository",
    )
    (wheel,) = (folder / "repository" / "dist").glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel in a new environment; return the folder of its commands.

    What it requires, with what that requires, is linked from the environment of the tests, so that no network
    is needed. A package that it does not require is not there.
    """
    _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    python = folder / "bin" / "python"
    _run(*UV, "pip", "install", "--offline", "--no-deps", "--python", str(python), str(wheel))
    (packages,) = folder.glob("lib/python*/site-packages")
    (metadata,) = packages.glob("demetra_dash-*.dist-info")
    for needed in _required(PathDistribution(metadata)).values():
        _link(needed, packages)
    _run(*UV, "pip", "check", "--python", str(python))
    return folder / "bin"


def names_in(wheel: Path) -> set[str]:
    """Return the names of the files in a wheel."""
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def _required(of: Distribution) -> dict[str, Distribution]:
    """Return every distribution that `of` requires, directly or not, by name."""
    found: dict[str, Distribution] = {}
    waiting = [(of, "")]
    seen: set[tuple[str, str]] = set()
    while waiting:
        dependent, extra = waiting.pop()
        for requirement in _in_force(dependent.requires or (), extra):
            name = canonicalize_name(requirement.name)
            found.setdefault(name, distribution(name))
            more = {(name, extra) for extra in ("", *requirement.extras)} - seen
            seen |= more
            waiting += [(found[name], extra) for _, extra in more]
    return found


def _in_force(requires: Iterable[str], extra: str) -> Iterator[Requirement]:
    for words in requires:
        requirement = Requirement(words)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


def _link(needed: Distribution, packages: Path) -> None:
    for top in {file.parts[0] for file in needed.files or ()} - {"..", "__pycache__"}:
        source = Path(str(needed.locate_file(top)))
        if top.endswith(".dist-info"):
            copytree(source, packages / top)  # uv does not see links
        elif not (packages / top).exists():
            (packages / top).symlink_to(source)


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
