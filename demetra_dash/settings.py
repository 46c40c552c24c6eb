"""Every setting of Demetra, declared once: its variable, its default, and a sentence on what it does.

Values come from the environment, then from a file `.env` in the working folder, then from the
defaults here. A value that cannot be used is refused with its variable's name, the value, and what
it may be.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from dotenv import dotenv_values

from services.database.engine import readable_url
from services.errors import InvalidInputError
from services.text import LANGS, Lang, Text

Source = Literal["environment", ".env", "default"]


class SettingError(InvalidInputError):
    """A variable has a value that cannot be used."""

    code = "setting"
    words = Text(
        en="{variable} is “{value}”, but must be {expected}.",
        ru="{variable} = «{value}», а должно быть: {expected}.",
    )


def _setting(variable: str, default: Any, read: Callable[[str], Any], help_: str) -> Any:
    # kw_only keeps the order free; the metadata is what `demetra settings` and the README show.
    return field(default=default, metadata={"variable": variable, "read": read, "help": help_})


def _number(low: float, high: float, *, above: bool = False) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = float(text)
        if not math.isfinite(value) or not low <= value <= high or (above and value == low):
            raise ValueError
        return value

    read.__doc__ = (
        f"a number above {low:g}, up to {high:g}" if above else f"a number from {low:g} to {high:g}"
    )
    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError
        return value

    read.__doc__ = f"a whole number from {low} to {high}"
    return read


def _lang(text: str) -> Lang:
    """one of: en, ru"""
    if text not in LANGS:
        raise ValueError
    return text


def _flag(text: str) -> bool:
    """1 or 0"""
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]


def _amount(text: str) -> Decimal:
    """an amount of 0 or more, such as 50000 or 1234.50"""
    value = Decimal(text)
    if not value.is_finite() or value < 0:
        raise ValueError
    return value.quantize(Decimal("0.01"))


def _prefix(text: str) -> str:
    """a path that begins and ends with a slash, such as /marketing/roi/ (not /api/, /assets/, /_...)"""
    if not (text.startswith("/") and text.endswith("/")) or "//" in text or set(text) & set(" ?#\\"):
        raise ValueError
    if text.startswith(("/api/", "/assets/", "/_")):
        raise ValueError
    return text


def _zone(text: str) -> str:
    """a time zone of the IANA list, such as Europe/Berlin"""
    return ZoneInfo(text).key


def _currency(text: str) -> str:
    """a currency of at most 8 characters, such as EUR"""
    if not 1 <= len(text) <= 8:
        raise ValueError
    return text


def _words(text: str) -> str:
    """words without line breaks or semicolons"""
    if set(text) & set("\r\n;"):
        raise ValueError
    return text


def _redis(text: str) -> str:
    """an address like redis://host:6379/0 (or rediss://, unix://)"""
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError
    return text


def _dask(text: str) -> str:
    """an address like tcp://host:8786 (or tls://)"""
    if not text.startswith(("tcp://", "tls://")):
        raise ValueError
    return text


def _path(text: str) -> Path:
    """a path"""
    return Path(text).expanduser()


def _postgres(text: str) -> str:
    """an address like postgresql://user:password@host:5432/name"""
    readable_url(text)
    return text


def _secret(text: str) -> str:
    """a secret of at least 16 characters"""
    if len(text) < 16:
        raise ValueError
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings in force. `sources` says where each came from."""

    database_url: str | None = _setting(
        "DATABASE_URL", None, _postgres, "PostgreSQL 14 or newer; empty: the embedded one in DEMETRA_HOME"
    )
    home: Path = _setting(
        "DEMETRA_HOME", Path("~/.demetra"), _path, "folder for the embedded database and the model"
    )
    host: str = _setting("DEMETRA_HOST", "127.0.0.1", _words, "address that the page is served on")
    port: int = _setting("DEMETRA_PORT", 8050, _whole(1, 65535), "port that the page is served on")
    workers: int = _setting("DEMETRA_WORKERS", 2, _whole(1, 64), "number of web processes")
    path_prefix: str = _setting(
        "DEMETRA_PATH_PREFIX", "/", _prefix, "path that everything is served under, with both slashes"
    )
    locale: Lang = _setting("DEMETRA_LOCALE", "en", _lang, "language of the page and the charts: en or ru")
    currency: str = _setting("DEMETRA_CURRENCY", "EUR", _currency, "currency that amounts are shown in")
    time_zone: str = _setting("DEMETRA_TIME_ZONE", "UTC", _zone, "time zone that times are shown in")
    sync_interval_minutes: float = _setting(
        "SYNC_INTERVAL_MINUTES", 30.0, _number(0, 10_080, above=True), "minutes between scheduled syncs"
    )
    sync_deadline_seconds: int = _setting(
        "SYNC_DEADLINE_SECONDS", 300, _whole(5, 86_400), "seconds after which a sync that computes is stopped"
    )
    pool_processes: int = _setting(
        "DEMETRA_POOL_PROCESSES", 2, _whole(1, 64), "processes of a worker that forecast and draw"
    )
    polling_interval_ms: int = _setting(
        "ML_POLLING_INTERVAL",
        1_800_000,
        _whole(1000, 2_000_000_000),
        "milliseconds after which an open page asks for a sync, if the figures are older than the interval",
    )
    model_path: Path | None = _setting(
        "ML_MODEL_PATH", None, _path, "model file; empty: model.skops in DEMETRA_HOME"
    )
    trust_pickle: bool = _setting(
        "ML_MODEL_TRUST_PICKLE", False, _flag, "1 allows a .pkl model, which can run any code"
    )
    chart_dir: Path | None = _setting(
        "ML_DASHBOARD_DIR", None, _path, "folder that the chart PNGs are also written to; empty: nowhere"
    )
    chart_dpi: int = _setting("CHART_DPI", 300, _whole(50, 600), "dots per inch of the chart PNGs")
    retention_rows: int = _setting(
        "RETENTION_ROWS", 1000, _whole(1, 100_000_000), "rows kept of each ml_ table, in whole snapshots"
    )
    horizon_days: int = _setting(
        "FORECAST_HORIZON_DAYS", 28, _whole(1, 365), "number of days that are forecast"
    )
    budget_total: Decimal | None = _setting(
        "BUDGET_TOTAL", None, _amount, "budget to split; empty: what the last 28 days of data cost"
    )
    budget_change_limit: float = _setting(
        "BUDGET_CHANGE_LIMIT", 0.3, _number(0, 1), "largest change of a channel's budget, as a fraction"
    )
    cache_redis_url: str | None = _setting(
        "CACHE_REDIS_URL", None, _redis, "Redis that finished answers are shared in; empty: own memory"
    )
    dask_scheduler: str | None = _setting(
        "DEMETRA_DASK_SCHEDULER",
        None,
        _dask,
        "Dask scheduler to forecast and draw with; empty: this machine alone",
    )
    api_token: str | None = _setting(
        "DEMETRA_API_TOKEN", None, _secret, "bearer token that a script must send to start a sync"
    )
    frame_ancestors: str = _setting(
        "DEMETRA_FRAME_ANCESTORS", "'self'", _words, "pages that may embed Demetra (CSP frame-ancestors)"
    )
    trusted_proxies: str = _setting(
        "DEMETRA_TRUSTED_PROXIES", "", _words, "proxies whose forwarded headers are believed"
    )
    sources: Mapping[str, Source] = field(default_factory=dict)

    @property
    def interval_seconds(self) -> float:
        """Seconds between scheduled syncs."""
        return 60 * self.sync_interval_minutes

    @property
    def model_file(self) -> Path:
        """Where the model is kept."""
        return self.model_path or self.home / "model.skops"


def read_settings(
    environment: Mapping[str, str] = os.environ, env_file: Path = Path(".env"), **given: object
) -> Settings:
    """Return the settings in force; `given` (from the command line) wins over everything.

    Raises `SettingError` for the first value that cannot be used.
    """
    from_file = {k: v for k, v in dotenv_values(env_file).items() if v}
    values: dict[str, Any] = {"home": Path("~/.demetra").expanduser()}
    sources: dict[str, Source] = {}
    for item in declared():
        variable = item.metadata["variable"]
        for source, mapping in (("environment", environment), (".env", from_file)):
            if mapping.get(variable):
                values[item.name] = _read(item.metadata, mapping[variable])
                sources[item.name] = cast("Source", source)
                break
    values |= {k: v for k, v in given.items() if v is not None}
    return Settings(**values, sources=sources)


def declared() -> list[Any]:
    """Return the dataclass fields of all settings, in the order they are declared in."""
    return [item for item in fields(Settings) if "variable" in item.metadata]


def shown(value: object) -> str:
    """Write a setting's value for people; a password in an address is hidden."""
    if value is None:
        return ""
    text = str(value)
    return sa.make_url(text).render_as_string(hide_password=True) if "://" in text else text


def _read(metadata: Mapping[str, Any], text: str) -> Any:
    read = metadata["read"]
    try:
        return read(text.strip())
    except (ValueError, KeyError, InvalidOperation, ZoneInfoNotFoundError, InvalidInputError) as error:
        raise SettingError(variable=metadata["variable"], value=_safe(text), expected=read.__doc__) from error


def _safe(text: str) -> str:
    """Keep what may be a secret out of messages."""
    return "…" if "@" in text or "://" in text else text[:80]
