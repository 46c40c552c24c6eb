"""Why a file of a source cannot be imported, with what to write into `sources.toml`."""

from __future__ import annotations

import re

from services.intake.failures import CampaignFileError
from services.text import LANGS, Text

_IN_FILE = Text(
    en="{reason} (These are options of this source in sources.toml; the file is then tried again.)",
    ru="{reason} (Это параметры этого источника в sources.toml; затем файл будет прочитан снова.)",
)
# Options of the command `demetra import`, and the same in the file.
_OPTIONS = (
    (re.compile(r"--map (\w+)=(\"[^\"]*\"|[^\s,;.)]+)"), lambda f: f"map.{f[1]} = {_quoted(f[2])}"),
    (re.compile(r"--map\b"), lambda _f: "map"),
    (re.compile(r"--(replace|append)\b"), lambda f: f'mode = "{f[1]}"'),
    (re.compile(r"--source (NAME|ИМЯ)"), lambda f: f'account = "{f[1]}"'),
    (re.compile(r"--grain (\w+)"), lambda f: f'grain = "{f[1]}"'),
    (re.compile(r"--(channel|grain)\b"), lambda f: f[1]),
)


def reason_of(error: CampaignFileError) -> Text:
    """Return the sentence of an error, with options of the file in place of those of the command."""
    translated = Text(**{lang: _translated(error.text[lang]) for lang in LANGS})
    return translated if translated == error.text else _IN_FILE.format(reason=translated)


def _translated(sentence: str) -> str:
    for pattern, written in _OPTIONS:
        sentence = pattern.sub(written, sentence)
    return sentence


def _quoted(text: str) -> str:
    return text if text.startswith('"') else f'"{text}"'
