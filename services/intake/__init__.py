"""Campaign files and sample campaigns -> rows of `campaigns`.

The public functions are `import_file`, `imports`, `import_of`, `undo` and `create_sample`. The modules:

    importing    import of one file, from the first reading to the report
    containers   workbooks, archives, JSON and the like -> the text of one table (spool: temporary content)
    opening      compression and encoding of a text
    layout       delimiter, header and columns (columns, deriving)
    survey       first reading of all rows: order of dates, format of numbers
    records      text -> records with line numbers
    rows         records -> lines for COPY, or reasons for rejection (dates, numerals, figures, names)
    rejects      the file of rejected rows
    transfer     storing of a file's rows as one import: store (COPY), replacing (comparison), doubts
    history      list of the imports, and their undoing
    naming       the channel that a file's name gives
    report       result of an import; remarks: its remarks; preview: what a dry run shows
    demo         sample campaigns; sample_channels: their true response curves
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.intake.demo import create_sample
    from services.intake.doubts import Doubt, ReplacementInDoubtError
    from services.intake.history import (
        Import,
        Touched,
        Undone,
        UndoRefusedError,
        UnknownImportError,
        import_of,
        undo,
    )
    from services.intake.history import list_imports as imports
    from services.intake.importing import import_file
    from services.intake.report import ImportReport, Progress, Remark
    from services.intake.transfer import Mode

_MODULES = {
    "create_sample": "demo",
    **dict.fromkeys(("Doubt", "ReplacementInDoubtError"), "doubts"),
    **dict.fromkeys(("Import", "Touched", "Undone", "UndoRefusedError", "UnknownImportError"), "history"),
    **dict.fromkeys(("import_of", "undo"), "history"),
    "import_file": "importing",
    **dict.fromkeys(("ImportReport", "Progress", "Remark"), "report"),
    "Mode": "transfer",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is used: the web process reads the history, without numpy."""
    if name == "imports":
        return import_module("services.intake.history").list_imports
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


__all__ = [
    "Doubt",
    "Import",
    "ImportReport",
    "Mode",
    "Progress",
    "Remark",
    "ReplacementInDoubtError",
    "Touched",
    "UndoRefusedError",
    "Undone",
    "UnknownImportError",
    "create_sample",
    "import_file",
    "import_of",
    "imports",
    "undo",
]
