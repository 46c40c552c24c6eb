"""From a click on "Sync now" to four new pictures on screen, measured by the page's own clock.

Chromium looks at the page that `demetra web` serves, `demetra worker` does the runs; then a second window
looks as well, whose drawing shares the machine. The campaigns change before every click, so that there is
something new to show.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import sleep
from typing import Any

import sqlalchemy as sa
from selenium.webdriver import Chrome, ChromeOptions

from services.dashboards import DASHBOARDS
from services.database.engine import make_engine
from tests.benchmarks.installation import Installation, answers, installation, until
from tests.benchmarks.table import Line, show

CLICKS = 7
REST_SECONDS = 8.0  # until the page is idle again and asks seldom

# A picture counts when it is decoded and the frame after that has been painted. Nothing is asked over
# and over: that would keep the machine busy with the watching.
_WATCH = """
window.marks = {};
const now = () => performance.timeOrigin + performance.now();
const painted = then => requestAnimationFrame(() => requestAnimationFrame(then));
const bar = document.getElementById('sync-bar');
const watch = new MutationObserver(() => {
  if (!bar.classList.contains('is-idle')) {
    watch.disconnect();
    painted(() => { marks.acknowledged = now(); });
  }
});
watch.observe(bar, { attributes: true, attributeFilter: ['class'] });
const pictures = [...document.querySelectorAll('.picture')];
const waiting = new Set(pictures);
pictures.forEach(picture => picture.addEventListener('load', () => {
  waiting.delete(picture);
  if (waiting.size === 0) {
    const decoded = Promise.all(pictures.map(picture => picture.decode()));
    decoded.then(() => painted(() => { marks.shown = now(); }));
  }
}, { once: true }));
"""
_CLICK = """
marks.clicked = performance.timeOrigin + performance.now();
document.getElementById('sync').click();
"""
# Every picture must change, or the new one could not be recognised.
_CHANGE = """
UPDATE campaigns SET impressions = impressions * 1.05, cost = cost * 1.01, revenue = revenue * 1.03
WHERE date > (SELECT max(date) - 14 FROM campaigns)
"""
_LAST_RUN = """
SELECT extract(epoch FROM finished_at), extract(epoch FROM finished_at - requested_at)
FROM sync_runs ORDER BY id DESC LIMIT 1
"""
_PICTURES = """
return [...document.querySelectorAll('.picture')]
    .filter(picture => picture.complete && picture.src.startsWith('data:image/png')).length;
"""


def main() -> None:
    """Measure and print the table."""
    with installation() as built, built.part("demetra_dash", "web"), built.part("demetra_dash", "worker"):
        until(lambda: answers(built.address + "/readyz"))
        built.sync()  # warm
        show("from a click to the page (Chromium, loopback, sample data)", _lines(built))


def _lines(built: Installation) -> Iterator[Line]:
    with _window(built) as clicked:
        alone = [_click(built, clicked) for _ in range(CLICKS)]
        with _window(built) as other:
            both = [_click(built, clicked, other) for _ in range(CLICKS)]
    beside = median(marks["shown"] for marks in both)
    yield _line("click to acknowledgement", "acknowledged", 0.1, alone)
    yield _line(
        "click to all four pictures", "shown", 1.5, alone, f"; with a second page open there: {beside:.2f} s"
    )
    yield _line("end of the sync to all four pictures on another open page", "other", 3.0, both)


def _line(what: str, mark: str, limit: float, measured: list[dict[str, float]], remark: str = "") -> Line:
    found = median(marks[mark] for marks in measured)
    longest = max(marks[mark] for marks in measured)
    sync = median(marks["sync"] for marks in measured)
    figure = f"{found:.2f} s (longest of {CLICKS}: {longest:.2f} s; the sync in it: {sync:.2f} s{remark})"
    return Line(what, f"<= {limit:g} s", figure, found <= limit)


def _click(built: Installation, clicked: Chrome, *others: Chrome) -> dict[str, float]:
    """Return how many seconds after a click each thing happened; of other windows, after the sync's end."""
    windows = (clicked, *others)
    sleep(REST_SECONDS)
    _change_campaigns(built)
    for window in windows:
        window.execute_script(_WATCH)
    clicked.execute_script(_CLICK)
    sleep(REST_SECONDS / 2)  # asking a window how far it is would take its time
    until(lambda: all(window.execute_script("return marks.shown") for window in windows))
    marks: dict[str, float] = clicked.execute_script("return marks")
    seconds = {name: (at - marks["clicked"]) / 1000 for name, at in marks.items()}
    ended, took = _last_run(built)
    shown = [window.execute_script("return marks.shown") / 1000 - ended for window in others]
    return seconds | {"sync": took} | ({"other": max(shown)} if shown else {})


def _change_campaigns(built: Installation) -> None:
    with _engine(built).begin() as connection:
        connection.execute(sa.text(_CHANGE))


def _last_run(built: Installation) -> tuple[float, float]:
    """Return when the newest run ended (seconds since 1970), and how long that was after its request."""
    with _engine(built).connect() as connection:
        ended, took = connection.execute(sa.text(_LAST_RUN)).one()
        return float(ended), float(took)


def _engine(built: Installation) -> sa.Engine:
    return make_engine(built.environment["DATABASE_URL"], name="demetra benchmark", pool_size=1)


@contextmanager
def _window(built: Installation) -> Iterator[Any]:
    """Open the page on its second tab, and give its window once there are pictures."""
    options = ChromeOptions()
    for switch in ("--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,1600"):
        options.add_argument(switch)
    driver = Chrome(options=options)
    try:
        driver.get(built.address)
        until(lambda: driver.execute_script("return document.querySelectorAll('.nav-tabs .nav-link').length"))
        driver.execute_script("document.querySelectorAll('.nav-tabs .nav-link')[1].click()")
        until(lambda: driver.execute_script(_PICTURES) == len(DASHBOARDS))
        yield driver
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
