"""How Google's Lighthouse (npm, real Chromium) rates both tabs of the page, with the sample data.

Not part of `make bench`, since it needs Node and the npm registry: `python -m tests.benchmarks.lighthouse`
installs it in a temporary folder. The page is one of an intranet's desktops, hence Lighthouse's own preset
for these.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks.installation import answers, installation, until
from tests.benchmarks.table import Line, show

VERSION = "12.8.2"
TIMES = 3
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100}
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
TABS = {"Overview": "", "ML dashboards": "?tab=ml"}


def main() -> None:
    """Measure and print the table."""
    if shutil.which("npm") is None:
        sys.exit("Lighthouse needs Node and npm.")
    with tempfile.TemporaryDirectory() as folder, installation() as built:
        words = ["npm", "install", "--silent", "--prefix", folder, f"lighthouse@{VERSION}"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        program = Path(folder) / "node_modules" / ".bin" / "lighthouse"
        with built.part("demetra_dash", "web"), built.part("demetra_dash", "worker"):
            until(lambda: answers(built.address + "/readyz"))
            for name, asked in TABS.items():
                show(f"Lighthouse {VERSION}, desktop: {name}", _lines(program, f"{built.address}/{asked}"))


def _lines(program: Path, address: str) -> Iterator[Line]:
    ratings = [_rate(program, address) for _ in range(TIMES)]
    for category, least in LEAST.items():
        found = median(rating[category] for rating in ratings)
        yield Line(category, f">= {least}", f"{found:.0f}", found >= least)


def _rate(program: Path, address: str) -> dict[str, float]:
    """Return the points of each category."""
    words = [str(program), address, "--preset=desktop", "--output=json", "--quiet", f"--chrome-flags={FLAGS}"]
    words.append("--only-categories=" + ",".join(LEAST))
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    done = subprocess.run(
        words, check=True, capture_output=True, text=True, env=os.environ | {"CHROME_PATH": chromium}
    )
    report = json.loads(done.stdout)
    return {name: 100 * report["categories"][name]["score"] for name in LEAST}


if __name__ == "__main__":
    main()
