"""Puts the folder `assets` into the wheel, as `demetra_dash/assets`; all else is in pyproject.toml."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ASSETS = Path("assets")


class BuildWithAssets(build_py):
    """Builds the packages and the assets. An editable install serves the folder `assets` itself."""

    def run(self) -> None:
        """Build the packages, then copy the assets beside them."""
        super().run()
        if not self.editable_mode:
            for source, target in self._assets().items():
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)

    def get_source_files(self) -> list[str]:
        """Return also the assets, so that they are in the source distribution."""
        return [*super().get_source_files(), *self._assets()]

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Return also the assets, so that they are installed."""
        return [*super().get_outputs(include_bytecode), *self._assets().values()]

    def _assets(self) -> dict[str, str]:
        folder = Path(self.build_lib, "demetra_dash")
        return {str(file): str(folder / file) for file in sorted(ASSETS.rglob("*")) if file.is_file()}


setup(cmdclass={"build_py": BuildWithAssets})
