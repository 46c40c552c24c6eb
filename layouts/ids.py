"""The ids of the page's components, shared by layouts and callbacks."""

from __future__ import annotations

from services.views import KpiName

PAGE = "page"
TABS = "tabs"
TAB_OVERVIEW = "overview"
TAB_DASHBOARDS = "dashboards"
TAB_PLAN = "plan-tab"

# State of the page in the browser.
TICK = "tick"  # incremented by assets/follow.js to request the status
SNAPSHOT = "snapshot"  # the run id of all figures on the page
FIGURES = "figures"  # the run id that the Overview is to show: the snapshot, while its tab is open
CARDS = "cards"  # the run id that the cards are to show, likewise
PICTURE_THEME = "picture-theme"  # that of the page, told by assets/picture_theme.js
VERSION = "version"  # of Demetra when it served this page
RENEWAL = "renewal"  # the interval after which the page requests a run
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
DATA = "data-open"  # opens the Data view, which assets/opening.js loads
DATA_WORDS = "data-words"  # its texts
HISTORY = "history-open"  # opens the History view, which assets/opening.js loads
HISTORY_WORDS = "history-words"  # its texts
PLAN = "plan"  # the place of the Plan tab, filled by assets/plan
PACING = "pacing"
PLAN_WORDS = "plan-words"  # its texts
WORDS_ASKED = "words-asked"  # set when a view needs its texts for the first time
PRESENT = "present-open"  # begins the presentation, as the key P does
PRESENTATION = "presentation"

# Notices.
RUN_BANNER = "run-banner"  # which run the page shows, if not the newest
RUN_WORDS = "run-words"
RUN_COMPARE = "run-compare"  # opens the comparison with the newest run
NOTICE_SAMPLE = "notice-sample"
NOTICE_FAILED = "notice-failed"
NOTICE_OLD = "notice-old"
NOTICE_DOWN = "notice-down"
NOTICE_WORKER = "notice-worker"
NOTICE_SLOW = "notice-slow"
NOTICE_VERSION = "notice-version"
PRINT_FOOT = "print-foot"
NOTICE_ERROR = "notice-error"
NOTICE_ERROR_TEXT = "notice-error-text"
NOTICE_OFFLINE = "notice-offline"  # shown and hidden by assets/connection.js
NOTICE_EXPIRED = "notice-expired"  # likewise
NOTICE_CUT = "notice-cut"  # likewise
NOTICE_BROKEN = "notice-broken"  # likewise
PAST_ADVICE = "past-advice"  # in place of recommendations on data of long ago
PAST_FORECASTS = "past-forecasts"  # likewise of the headlines of forecasts
NOTICE_EARLY = "notice-early"  # any of these four, before the page is built

# Overview.
OVERVIEW = "overview-panel"
VIEW = "view"  # what the Overview shows: period, comparison and channel, as the address has them
VIEW_BAR = "view-bar"
VIEW_SPAN = "view-span"
VIEW_CLEAR = "view-clear"
VIEW_COPY = "view-copy"
VIEW_SAID = "view-said"
PERIOD = "period"
COMPARE = "compare"
CHANNEL = "channel"
CHANNELS = "channels"  # the names to choose from, and the days of the data
ALL_CHANNELS = "all-channels"
CHANNEL_TITLE = "channel-title"
CHANNEL_AHEAD = "channel-ahead"
CHANNEL_ADVICE = "channel-advice"
CHANNEL_QUALITY = "channel-quality"
CAMPAIGNS = "campaigns"
CAMPAIGNS_ASKED = "campaigns-asked"  # what is searched for, and the order
CAMPAIGNS_OF = "campaigns-of"
CAMPAIGNS_ORDER = "campaigns-order"
CAMPAIGNS_SEARCH = "campaigns-search"
CAMPAIGNS_WHY = "campaigns-why"
DIMENSIONS = "dimensions"
ADVICE_OF = "advice-of"
DECISION_OF = "decision-of"
INCOMPLETE = "incomplete"
DECISION_DO = "decision-do"
DECISION_GAIN = "decision-gain"
DECISION_MOVES = "decision-moves"
DECISION_MORE = "decision-more"
DECISION_LOOK = "decision-look"
DECISION_STATE = "decision-state"
WORTH = "worth"
TREND = "trend"
TREND_TITLE = "trend-title"
TREND_STEP = "trend-step"
ROI = "roi"
ROI_TITLE = "roi-title"
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
LARGE_WHOLE = "large-whole"  # a picture at full resolution, with its slug and run id


def place(panel: str, number: int) -> str:
    """Return the id of a line of a panel, counted from 0."""
    return f"{panel}-{number}"


def slides(deck: str) -> str:
    """Return the id of a deck of slides."""
    return f"slides-{deck}"


def slides_run(deck: str) -> str:
    """Return the id of the store with the run that a deck is to show."""
    return f"slides-run-{deck}"


def report(kind: str) -> str:
    """Return the id of the link to a report, by the kind of its file."""
    return f"report-{kind}"


def kpi(name: KpiName, part: str) -> str:
    """Return the id of a part (value, unit, change, line) of a key figure's card."""
    return f"kpi-{name}-{part}"


def advice(place: int, part: str) -> str:
    """Return the id of a part of the recommendation at `place`, counted from 0."""
    return f"advice-{place}-{part}"


def move(place: int, part: str) -> str:
    """Return the id of a part of a move of the decision at `place`, counted from 0."""
    return f"move-{place}-{part}"


def card(slug: str, part: str) -> str:
    """Return the id of a part (card, picture, table ...) of a dashboard's card."""
    return f"{slug}-{part}"
