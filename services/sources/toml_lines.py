"""The line of each table and key in a valid TOML document, which the reader of Python does not tell."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]
"""The keys that lead to a value; the number of an item in arrays, also of `[[tables]]`."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"[ \t]*")
_FILLING = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PLAIN_VALUE = re.compile(r"[^,\]}#\n]*")
_STRINGS = (
    re.compile(r'"""(?:\\.|[^\\])*?""""{0,2}', re.DOTALL),
    re.compile(r"'''.*?''''{0,2}", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\\n])*"'),
    re.compile(r"'[^'\n]*'"),
)
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")


def lines_of(text: str) -> dict[Path, int]:
    """Return the number of the first line of each table, key and item of a valid document, by its path."""
    scanner = _Scanner(text)
    scanner.read_document()
    return scanner.lines


class _Scanner:
    """Reads a document once from its beginning."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._counted_to = 0
        self._line = 1
        self._sizes: dict[Path, int] = {}  # of the arrays of tables

    def read_document(self) -> None:
        """Note the lines of the whole document."""
        table: Path = ()
        while self._fill():
            if self._take("[["):
                table = self._read_header(is_array=True)
            elif self._take("["):
                table = self._read_header(is_array=False)
            else:
                self._read_pair(table)

    def _read_header(self, *, is_array: bool) -> Path:
        line = self._here()
        keys = self._read_keys()
        self._take("]]" if is_array else "]")
        table: Path = ()
        for key in keys[:-1]:
            table = self._newest((*table, key))
        table = (*table, keys[-1])
        if is_array:
            self._sizes[table] = self._sizes.get(table, 0) + 1
            self.lines.setdefault(table, line)
        table = self._newest(table)
        self.lines[table] = line
        return table

    def _newest(self, path: Path) -> Path:
        """Return the path of the newest table where `path` is an array of tables."""
        return (*path, self._sizes[path] - 1) if path in self._sizes else path

    def _read_pair(self, table: Path) -> None:
        line = self._here()
        path = table
        for key in self._read_keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._take("=")
        self._read_value(path)

    def _read_keys(self) -> list[str]:
        keys = [self._read_key()]
        while self._take("."):
            keys.append(self._read_key())
        return keys

    def _read_key(self) -> str:
        self._skip(_BLANK)
        if self._text[self._at] in "\"'":
            written = self._skip_string()
            return _unescaped(written[1:-1]) if written[0] == '"' else written[1:-1]
        return self._skip(_BARE)

    def _read_value(self, path: Path) -> None:
        self._skip(_BLANK)
        if self._take("["):
            self._read_items(path)
        elif self._take("{"):
            self._read_inline_table(path)
        elif self._text[self._at] in "\"'":
            self._skip_string()
        else:
            self._skip(_PLAIN_VALUE)

    def _read_items(self, path: Path) -> None:
        number = 0
        while self._fill() and not self._take("]"):
            self.lines[*path, number] = self._here()
            self._read_value((*path, number))
            self._fill()
            self._take(",")
            number += 1

    def _read_inline_table(self, path: Path) -> None:
        while self._fill() and not self._take("}"):
            self._read_pair(path)
            self._fill()
            self._take(",")

    def _skip_string(self) -> str:
        found = next(filter(None, (kind.match(self._text, self._at) for kind in _STRINGS)))
        self._at = found.end()
        return found[0]

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        assert found is not None
        self._at = found.end()
        return found[0]

    def _fill(self) -> bool:
        """Skip blanks, line ends and comments; False at the end of the document."""
        self._skip(_FILLING)
        return self._at < len(self._text)

    def _take(self, mark: str) -> bool:
        self._skip(_BLANK)
        if not self._text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        return True

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        return self._line


def _unescaped(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        code = found[1]
        return _ESCAPES[code] if code in _ESCAPES else chr(int(code[1:], 16))

    return _ESCAPE.sub(character, text)
