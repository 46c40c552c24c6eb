"""All settings of Demetra, each declared once: variable, default, and help text.

Values come from the environment, then from the file `.env` in the working folder, then from the defaults.
Settings that can run code come from the environment only. A value that cannot be used is refused with the
name of its variable, the value, and what it must be.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast
from zoneinfo import ZoneInfoNotFoundError

from demetra_dash import setting_values as plain
from demetra_dash.env_file import read_env_file
from demetra_dash.security import setting_values as guarded
from services.database.redaction import without_secrets
from services.errors import InvalidInputError
from services.text import Lang, Text
from services.worth import PerChannel, Pricing

Source = Literal["environment", ".env", "default"]

_ENVIRONMENT_ONLY = Text(
    en="it can run code, so it is taken from the environment only",
    ru="он позволяет выполнять код, поэтому берётся только из окружения",
)
_PICKLE_ELSEWHERE = Text(
    en="with ML_MODEL_TRUST_PICKLE it can run code, so it is taken from the environment only",
    ru="вместе с ML_MODEL_TRUST_PICKLE он позволяет выполнять код, поэтому берётся только из окружения",
)

log = logging.getLogger(__name__)


class SettingError(InvalidInputError):
    """A variable has a value that cannot be used."""

    code = "setting"
    words = Text(
        en="{variable} is “{value}”, but must be {expected}.",
        ru="{variable} = «{value}», а должно быть: {expected}.",
    )


def _setting(
    variable: str,
    default: Any,
    read: Callable[[str], Any],
    help_: str,
    *,
    is_secret: bool = False,
    runs_code: bool = False,
) -> Any:
    """Declare a setting. A secret is never printed; a setting that `runs_code` is not read from `.env`."""
    # `demetra settings` and docs/configuration.md show the metadata.
    metadata = {
        "variable": variable,
        "read": read,
        "help": help_,
        "is_secret": is_secret,
        "runs_code": runs_code,
    }
    return field(default=default, metadata=metadata, repr=not is_secret)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A part of `.env` that was not read, one variable or all of it, and the reason."""

    what: str
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings in force. `sources` tells where each comes from, `ignored` what of `.env` was not read."""

    database_url: str | None = _setting(
        "DATABASE_URL",
        None,
        plain.postgres,
        "PostgreSQL 14 or newer; empty: the embedded one in DEMETRA_HOME",
        is_secret=True,
    )
    home: Path = _setting(
        "DEMETRA_HOME", Path("~/.demetra"), plain.path, "folder for the embedded database and the model"
    )
    host: str = _setting("DEMETRA_HOST", "127.0.0.1", plain.words, "network address to listen on")
    port: int = _setting("DEMETRA_PORT", 8050, plain.whole(1, 65535), "port to listen on")
    workers: int = _setting("DEMETRA_WORKERS", 2, plain.whole(1, 64), "number of web processes")
    path_prefix: str = _setting(
        "DEMETRA_PATH_PREFIX", "/", plain.prefix, "path prefix of all addresses, with both slashes"
    )
    locale: Lang = _setting("DEMETRA_LOCALE", "en", plain.lang, "language of the page and the charts")
    currency: str = _setting(
        "DEMETRA_CURRENCY", "EUR", plain.currency, "currency of the amounts; unset: that of the data"
    )
    time_zone: str = _setting("DEMETRA_TIME_ZONE", "UTC", plain.zone, "time zone of displayed times")
    sync_interval_minutes: float = _setting(
        "SYNC_INTERVAL_MINUTES", 30.0, plain.number(0, 10_080, above=True), "minutes between scheduled syncs"
    )
    sync_deadline_seconds: int = _setting(
        "SYNC_DEADLINE_SECONDS",
        300,
        plain.whole(5, 86_400),
        "seconds that a sync may take; a longer one is stopped",
    )
    pool_processes: int = _setting(
        "DEMETRA_POOL_PROCESSES",
        2,
        plain.whole(1, 64),
        "number of pool processes of a worker, which forecast and draw",
    )
    polling_interval_ms: int = _setting(
        "ML_POLLING_INTERVAL",
        1_800_000,
        plain.whole(1000, 2_000_000_000),
        "milliseconds after which an open page asks for a sync, if the figures are older than the interval",
    )
    model_path: Path | None = _setting(
        "ML_MODEL_PATH", None, plain.path, "model file; empty: model.skops in DEMETRA_HOME"
    )
    trust_pickle: bool = _setting(
        "ML_MODEL_TRUST_PICKLE",
        False,
        plain.flag,
        "1 allows a .pkl model, which can run any code",
        runs_code=True,
    )
    chart_dir: Path | None = _setting(
        "ML_DASHBOARD_DIR", None, plain.path, "folder for copies of the chart PNGs; empty: no copies"
    )
    chart_dpi: int = _setting("CHART_DPI", 300, plain.whole(50, 600), "dots per inch of the chart PNGs")
    pptx_template: Path | None = _setting(
        "DEMETRA_PPTX_TEMPLATE",
        None,
        plain.path,
        "PPTX file whose masters and layouts the slides of reports take, without its own slides",
    )
    sources_path: Path | None = _setting(
        "DEMETRA_SOURCES",
        None,
        plain.path,
        "file that declares the sources which syncs fetch (docs/sources.md); empty: sources.toml in "
        "DEMETRA_HOME, if it exists",
    )
    reports_path: Path | None = _setting(
        "DEMETRA_REPORTS",
        None,
        plain.path,
        "file that declares the scheduled reports (docs/reports-and-alerts.md); empty: reports.toml in "
        "DEMETRA_HOME, if it exists",
    )
    smtp_url: str | None = _setting(
        "DEMETRA_SMTP_URL",
        None,
        plain.smtp,
        "mail server for scheduled reports: smtp:// (STARTTLS), smtps:// (TLS), smtp-plain:// (no TLS, no "
        "password)",
        is_secret=True,
    )
    mail_from: str | None = _setting(
        "DEMETRA_MAIL_FROM", None, plain.mail, "sender of the mails with scheduled reports"
    )
    retention_rows: int = _setting(
        "RETENTION_ROWS",
        1000,
        plain.whole(1, 100_000_000),
        "rows to keep in each ml_ table, by whole snapshots",
    )
    undo_days: int = _setting(
        "DEMETRA_UNDO_DAYS",
        90,
        plain.whole(0, 36_500),
        "days for which an import can be undone; the rows that it replaced are kept so long",
    )
    horizon_days: int = _setting("FORECAST_HORIZON_DAYS", 28, plain.whole(1, 365), "forecast horizon in days")
    budget_total: Decimal | None = _setting(
        "BUDGET_TOTAL", None, plain.amount, "budget to split; empty: the spend of the last 28 days of data"
    )
    budget_change_limit: float = _setting(
        "BUDGET_CHANGE_LIMIT", 0.3, plain.number(0, 1), "largest change of a channel's budget, as a fraction"
    )
    country: str | None = _setting(
        "DEMETRA_COUNTRY",
        None,
        plain.country,
        "country whose public holidays the forecasts try out; empty: none",
    )
    brand_names: tuple[str, ...] = _setting(
        "DEMETRA_BRAND_NAMES",
        (),
        plain.names,
        "own names, separated by commas: a channel with one in its name is brand search, as are those with "
        "“brand” or “бренд”; the plan keeps its budget and no ranking names it",
    )
    brand_channels: tuple[tuple[str, bool], ...] = _setting(
        "DEMETRA_BRAND_CHANNELS",
        (),
        plain.rules,
        "whether a channel is brand search, whatever its name: Channel=yes; Other channel=no",
    )
    margin: PerChannel = _setting(
        "DEMETRA_MARGIN",
        PerChannel(1.0),
        plain.margin,
        "part of revenue that is gross margin, before advertising; a number, and others by channel: "
        "0.35; Google Ads=0.5. ROI, break-even and the plan are then those of the margin",
    )
    conversion_value: PerChannel = _setting(
        "DEMETRA_CONVERSION_VALUE",
        PerChannel(),
        plain.value_of_conversion,
        "money that a conversion is worth, for channels without revenue; a number, and others by channel: "
        "120; Telegram=80",
    )
    conversion_cost_ceiling: float | None = _setting(
        "DEMETRA_CONVERSION_COST_CEILING",
        None,
        plain.money_above_nothing,
        "the most that a conversion may cost, in an account without revenue or value of conversions; "
        "empty: channels are compared with the account's own mean cost",
    )
    attribution_days: int = _setting(
        "DEMETRA_ATTRIBUTION_DAYS",
        7,
        plain.whole(0, 90),
        "newest days that forecasts, plan and findings leave out, until syncs have shown how late "
        "conversions are reported; 0: none",
    )
    cache_redis_url: str | None = _setting(
        "CACHE_REDIS_URL",
        None,
        plain.redis,
        "Redis cache of finished answers, shared by all web processes; empty: a cache in each process",
        is_secret=True,
    )
    auth: guarded.Auth = _setting(
        "DEMETRA_AUTH", "none", guarded.auth, "authentication: none, header (set by a trusted proxy) or jwt"
    )
    allow_anonymous: bool = _setting(
        "DEMETRA_ALLOW_ANONYMOUS",
        False,
        plain.flag,
        "1 lets in all clients that reach the address, without a sign-in and as operators",
    )
    viewer_groups: frozenset[str] = _setting(
        "DEMETRA_VIEWER_GROUPS",
        frozenset(),
        guarded.groups,
        "groups whose members may view; empty: all signed-in users",
    )
    operator_groups: frozenset[str] = _setting(
        "DEMETRA_OPERATOR_GROUPS",
        frozenset(),
        guarded.groups,
        "groups whose members may also sync (operators); empty: none",
    )
    auth_header: str = _setting(
        "DEMETRA_AUTH_HEADER", "X-Remote-User", guarded.identity_header, "header with the user's name"
    )
    auth_groups_header: str = _setting(
        "DEMETRA_AUTH_GROUPS_HEADER",
        "X-Remote-Groups",
        guarded.identity_header,
        "header with the user's groups, separated by commas",
    )
    jwt_header: str = _setting(
        "DEMETRA_JWT_HEADER", "Authorization", guarded.token_header, "header with the signed token (JWT)"
    )
    jwt_issuer: str = _setting("DEMETRA_JWT_ISSUER", "", guarded.line, "required issuer of the token (iss)")
    jwt_audience: str = _setting(
        "DEMETRA_JWT_AUDIENCE", "", guarded.line, "required audience of the token (aud)"
    )
    jwt_key_file: Path | None = _setting(
        "DEMETRA_JWT_KEY_FILE",
        None,
        plain.path,
        "file with the public key (PEM) or keys (JWKS) for RS256, ES256 or EdDSA",
    )
    jwt_secret_file: Path | None = _setting(
        "DEMETRA_JWT_SECRET_FILE",
        None,
        plain.path,
        "file with a shared secret of 32 bytes or more, for HS256 instead",
    )
    jwt_groups_claim: str = _setting(
        "DEMETRA_JWT_GROUPS_CLAIM", "groups", guarded.line, "claim of the token with the user's groups"
    )
    dask_scheduler: str | None = _setting(
        "DEMETRA_DASK_SCHEDULER",
        None,
        plain.dask,
        "Dask scheduler of the cluster that forecasts and draws; empty: this machine alone",
        is_secret=True,
        runs_code=True,  # its answers are unpickled
    )
    api_token: str | None = _setting(
        "DEMETRA_API_TOKEN",
        None,
        guarded.secret,
        "bearer token that a script must send to start a sync",
        is_secret=True,
    )
    link_secret: str | None = _setting(
        "DEMETRA_LINK_SECRET",
        None,
        guarded.secret,
        "key that signs the links for portals; empty: no links",
        is_secret=True,
    )
    frame_ancestors: str = _setting(
        "DEMETRA_FRAME_ANCESTORS",
        "'self'",
        guarded.frame_ancestors,
        "sites that may embed the page (CSP frame-ancestors)",
    )
    trusted_proxies: tuple[guarded.Network, ...] = _setting(
        "DEMETRA_TRUSTED_PROXIES",
        (),
        guarded.networks,
        "addresses or networks of the proxies whose forwarded headers are trusted",
    )
    proxy_hops: int = _setting(
        "DEMETRA_PROXY_HOPS", 1, plain.whole(1, 10), "number of proxies that each request passes through"
    )
    proxy_secret: str | None = _setting(
        "DEMETRA_PROXY_SECRET",
        None,
        guarded.secret,
        "secret that trusted proxies must send as X-Demetra-Proxy-Secret; empty: none",
        is_secret=True,
    )
    allowed_hosts: tuple[str, ...] = _setting(
        "DEMETRA_ALLOWED_HOSTS",
        (),
        guarded.hosts,
        "host names to answer to; empty: all with a sign-in, else localhost, IP addresses and DEMETRA_HOST",
    )
    rate_limit: int = _setting(
        "DEMETRA_RATE_LIMIT",
        6000,
        plain.whole(0, 10_000_000),
        "requests per minute, per client address and web process (0 = unlimited; this machine is exempt)",
    )
    audit_log: Path | None = _setting(
        "DEMETRA_AUDIT_LOG", None, plain.path, "file for the audit log; empty: the log of the web process"
    )
    sources: Mapping[str, Source] = field(default_factory=dict)
    ignored: tuple[Ignored, ...] = ()

    @property
    def interval_seconds(self) -> float:
        """Seconds between scheduled syncs."""
        return 60 * self.sync_interval_minutes

    @property
    def own_address(self) -> str:
        """The address of the page on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{host}:{self.port}{self.path_prefix}"

    @property
    def pricing(self) -> Pricing:
        """What revenue and conversions are worth."""
        return Pricing(self.margin, self.conversion_value, self.conversion_cost_ceiling)

    @property
    def chosen_currency(self) -> str | None:
        """The currency if it was set; None for the default, which says nothing about the amounts."""
        return self.currency if "currency" in self.sources else None

    @property
    def sources_file(self) -> Path:
        """The path of the file that declares the sources."""
        return (self.sources_path or self.home / "sources.toml").expanduser()

    @property
    def reports_file(self) -> Path:
        """The path of the file that declares the scheduled reports."""
        return (self.reports_path or self.home / "reports.toml").expanduser()

    @property
    def model_file(self) -> Path:
        """The path of the model file."""
        return self.model_path or self.home / "model.skops"


def read_settings(
    environment: Mapping[str, str] = os.environ, env_file: Path = Path(".env"), **given: object
) -> Settings:
    """Return the settings in force; `given` (from the command line) overrides everything.

    Ignored parts of the file are logged once. Raises `SettingError` for the first value that cannot be used.
    """
    from_file, ignored = _from_file(env_file, environment)
    for one in ignored:
        _warn(f"{env_file}: {one.what} is ignored: {one.reason.en}.")
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    for item in declared():
        variable = item.metadata["variable"]
        for source, mapping in (("environment", environment), (".env", from_file)):
            if mapping.get(variable):
                values[item.name] = _read(item.metadata, mapping[variable])
                sources[item.name] = cast("Source", source)
                break
        if item.name == "home" and "home" not in values:
            values["home"] = _read(item.metadata, str(item.default))
    values |= {k: v for k, v in given.items() if v is not None}
    return Settings(**values, sources=sources, ignored=ignored)


def _from_file(path: Path, environment: Mapping[str, str]) -> tuple[Mapping[str, str], tuple[Ignored, ...]]:
    """Return the values to use from the file, and what is ignored."""
    file = read_env_file(path)
    if file.ignored is not None:
        return {}, (Ignored("all of it", file.ignored),)
    reasons = {
        item.metadata["variable"]: _ENVIRONMENT_ONLY for item in declared() if item.metadata["runs_code"]
    }
    if environment.get("ML_MODEL_TRUST_PICKLE"):
        reasons["ML_MODEL_PATH"] = _PICKLE_ELSEWHERE
    ignored = tuple(
        Ignored(name, why)
        for name, why in reasons.items()
        if name in file.values and not environment.get(name)
    )
    return {name: value for name, value in file.values.items() if name not in reasons}, ignored


@cache
def _warn(sentence: str) -> None:
    """Log the sentence, once in each process."""
    log.warning("%s", sentence)


def declared() -> list[Any]:
    """Return the dataclass fields of all settings, in the order of their declaration."""
    return [item for item in fields(Settings) if "variable" in item.metadata]


def shown(item: Any, value: object) -> str:
    """Return the value of a declared setting as text; of a secret, only the parts that are not secret."""
    if value is None:
        return ""
    if item.metadata["is_secret"]:
        return without_secrets(str(value))
    if isinstance(value, tuple | frozenset):
        return ", ".join(sorted(map(str, value)))
    return str(value)


def _read(metadata: Mapping[str, Any], text: str) -> Any:
    read = metadata["read"]
    try:
        return read(text.strip())
    except (ValueError, KeyError, InvalidOperation, ZoneInfoNotFoundError, InvalidInputError) as error:
        value = "…" if metadata["is_secret"] else text[:80]
        raise SettingError(variable=metadata["variable"], value=value, expected=read.__doc__) from error
