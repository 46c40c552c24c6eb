"""The names of the page's components, shared by layouts and callbacks."""

from __future__ import annotations

from services.views import KpiName

PAGE = "page"
TABS = "tabs"
TAB_OVERVIEW = "overview"
TAB_DASHBOARDS = "dashboards"

# What the page knows in the browser.
TICK = "tick"  # counted up by assets/follow.js: "ask how things stand"
SNAPSHOT = "snapshot"  # the run id that all figures on the page come from
FIGURES = "figures"  # the run id whose Overview is wanted: the snapshot, while its tab is open
CARDS = "cards"  # the run id whose cards are wanted, likewise
VERSION = "version"  # of the Demetra that served this page
RENEWAL = "renewal"  # the interval that asks for a fresh run
RENEWED = "renewed"

# Freshness and sync.
FRESHNESS = "freshness"
FRESH_WORD = "fresh-word"
FRESH_CHARTS = "fresh-charts"
FRESH_DATA = "fresh-data"
FRESH_NEXT = "fresh-next"
SYNC = "sync"
SYNC_LABEL = "sync-label"
SYNC_BAR = "sync-bar"
SYNC_STAGE = "sync-stage"
SYNC_SECONDS = "sync-seconds"
SYNC_PROGRESS = "sync-progress"
SYNC_RESULT = "sync-result"
ANNOUNCEMENT = "announcement"
THEME = "theme-toggle"

# Notices.
NOTICE_SAMPLE = "notice-sample"
NOTICE_FAILED = "notice-failed"
NOTICE_OLD = "notice-old"
NOTICE_DOWN = "notice-down"
NOTICE_WORKER = "notice-worker"
NOTICE_VERSION = "notice-version"
NOTICE_ERROR = "notice-error"
NOTICE_ERROR_TEXT = "notice-error-text"
NOTICE_OFFLINE = "notice-offline"  # shown and hidden by assets/connection.js
NOTICE_EXPIRED = "notice-expired"  # likewise
NOTICE_CUT = "notice-cut"  # likewise
NOTICE_BROKEN = "notice-broken"  # likewise
NOTICE_EARLY = "notice-early"  # any of these four, while the page is not built yet

# Overview.
OVERVIEW = "overview-panel"
PERIOD = "period"
PERIOD_SPAN = "period-span"
TREND = "trend"
TREND_STEP = "trend-step"
ROI = "roi"
ROI_NOTE = "roi-note"
PERFORMANCE = "performance"
ADVICE = "advice"
ADVICE_MORE = "advice-more"

# ML dashboards.
DASHBOARDS = "dashboards-panel"
DOWNLOAD = "download"
FORECAST_SKILL = "forecast-skill"
FORECAST_RECORD = "forecast-record"
LARGE = "large"
LARGE_TITLE = "large-title"
LARGE_PICTURE = "large-picture"
LARGE_RUN = "large-run"
LARGE_PNG = "large-png"
LARGE_SHOWN = "large-shown"  # the slug and run id that the large view shows
LARGE_WHOLE = "large-whole"  # a picture in all its pixels, with its slug and run id


def kpi(name: KpiName, part: str) -> str:
    """Return the id of a part (value, unit, change, line) of a key figure's card."""
    return f"kpi-{name}-{part}"


def advice(place: int, part: str) -> str:
    """Return the id of a part of the recommendation at `place`, counted from 0."""
    return f"advice-{place}-{part}"


def card(slug: str, part: str) -> str:
    """Return the id of a part (card, picture, table ...) of a dashboard's card."""
    return f"{slug}-{part}"
