"""Credentials in `sources.toml`: from the environment (`${NAME}`) or a file (`${file:/path}`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from services.sources.kind import Secret
from services.text import Text

MOST_BYTES = 1 << 16

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CREDENTIAL = re.compile(
    r"(?:^|[_.-])(?:password|passwd|passphrase|pwd|pass|token|secret|credentials?|authorization|cookie|"
    r"(?:api|access|private|account|shared|secret)[_-]?key|apikey|connection[_-]string|signature|sig|"
    r"sas)$",
    re.IGNORECASE,
)
"""What names of options, headers and parameters end with whose values are credentials."""
_WITH_PASSWORD = re.compile(r"://[^/\s:@]*:(?P<secret>[^/\s]+)@")
_PARAMETER = re.compile(r"[?&](?P<name>[^=&#\s]+)=(?P<secret>[^&#\s]+)")

_NOT_SET = Text(
    en="“{key}” needs the variable {name}, which is not set. Set it in the environment of Demetra",
    ru="для «{key}» нужна переменная {name}, а она не задана. Задайте её в окружении Demetra",
)
_NO_NAME = Text(
    en="“{key}” has a reference that is neither ${{NAME}} nor ${{file:/path}}",
    ru="в «{key}» ссылка, которая не похожа ни на ${{ИМЯ}}, ни на ${{file:/путь}}",
)
_NO_FILE = Text(
    en="“{key}” needs the file {file}, which cannot be read ({reason})",
    ru="для «{key}» нужен файл {file}, а он не читается ({reason})",
)
_LITERAL = Text(
    en='“{key}” is a credential, which must not be written here. Write {key} = "${{{name}}}" and set '
    '{name} in the environment of Demetra, or {key} = "${{file:/path}}"',
    ru='«{key}» — секрет, его нельзя писать прямо здесь. Напишите {key} = "${{{name}}}" и задайте {name} в '
    'окружении Demetra, или {key} = "${{file:/путь}}"',
)
_LITERAL_IN_ADDRESS = Text(
    en="the address in “{key}” contains a credential ({part}). Write ${{{name}}} in its place, or for the "
    "whole address, and set {name} in the environment of Demetra",
    ru="адрес в «{key}» содержит секрет ({part}). Напишите на его месте или вместо всего адреса "
    "${{{name}}} и задайте {name} в окружении Demetra",
)
_PASSWORD = Text(en="the password before the @", ru="пароль перед @")


class SecretError(Exception):
    """A reference cannot be replaced, or a credential is written literally; `reason` says what to do."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


def refuse_literals(key: str, text: str, source: str) -> None:
    """Raise `SecretError` if the text of `key` is or contains a credential that is no reference."""
    variable = _variable(source, key)
    if CREDENTIAL.search(key) and not _REFERENCE.search(text):
        raise SecretError(_LITERAL.format(key=key, name=variable))
    for found in _WITH_PASSWORD.finditer(text):
        if not _REFERENCE.search(found["secret"]):
            raise SecretError(_LITERAL_IN_ADDRESS.format(key=key, part=_PASSWORD, name=variable))
    for found in _PARAMETER.finditer(text) if "://" in text else ():
        if CREDENTIAL.search(found["name"]) and not _REFERENCE.search(found["secret"]):
            raise SecretError(_LITERAL_IN_ADDRESS.format(key=key, part=f"{found['name']}=", name=variable))


def with_references(key: str, text: str, environment: Mapping[str, str], folder: Path) -> str | Secret:
    """Return the text with its references replaced, as `Secret` if there are any.

    Files of references are relative to `folder`. Raises `SecretError`.
    """
    if not _REFERENCE.search(text):
        return text
    values = tuple(_value(key, name, environment, folder) for name in _REFERENCE.findall(text))
    put_in = iter(values)
    return Secret(_REFERENCE.sub(lambda _: next(put_in), text), values)


def _value(key: str, name: str, environment: Mapping[str, str], folder: Path) -> str:
    if name.startswith("file:") and len(name) > len("file:"):
        return _content(key, folder / Path(name.removeprefix("file:")).expanduser())
    if not _NAME.fullmatch(name):
        raise SecretError(_NO_NAME.format(key=key))
    value = environment.get(name)
    if not value:
        raise SecretError(_NOT_SET.format(key=key, name=name))
    return value


def _content(key: str, file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(MOST_BYTES).decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise SecretError(_NO_FILE.format(key=key, file=file, reason="UTF-8")) from error
    except OSError as error:
        raise SecretError(_NO_FILE.format(key=key, file=file, reason=error.strerror)) from error


def _variable(source: str, key: str) -> str:
    """Return a name of a variable to propose, such as META_TOKEN."""
    words = re.findall(r"[A-Za-z0-9]+", f"{source} {key}")
    name = "_".join(words).upper() or "SECRET"
    return f"_{name}" if name[0].isdigit() else name
