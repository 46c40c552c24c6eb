"""How long a whole sync takes, against a plain script that draws the same four pictures.

Both are warm, one after the other in turn; what counts is the median of their ratios.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import sqlalchemy as sa
from PIL import Image
from skimage.metrics import structural_similarity

from services.charts import channel_colours, png
from services.dashboards import DASHBOARDS
from services.dashboards.spec import RenderContext
from services.database import embedded
from services.database.engine import make_engine
from services.database.schema import migrate
from services.executors.base import Executor
from services.executors.process_pool import ProcessPool
from services.snapshots import store
from services.sync.run import run_now
from services.sync.steps import warm_up
from services.views import Run
from tests.benchmarks import plain_script
from tests.options import sync_options

CHANNELS, DAYS, CAMPAIGNS = 8, 730, 52
TIMES = 7
DPI = 300
MOST_BYTES = 600_000

_ROWS = sa.text(
    """
    INSERT INTO campaigns
        (source, campaign_id, channel, date, impressions, clicks, conversions, cost, revenue, attributes)
    SELECT 'bench', 'c' || k, 'Channel ' || ch, date '2024-11-24' + n,
        20000 + (2000 * sin(n) + 500 * k)::int, 300 + (50 * sin(n / 7.0) + random() * 60)::int,
        12 + (random() * 5)::int, 100 + 20 * sin(n / 3.0) + random() * 10, 150 + ch * 20 + random() * 60,
        jsonb_build_object('audience', 'a' || (k % 5), 'region', 'r' || (k % 4))
    FROM generate_series(1, :channels) ch, generate_series(0, :days - 1) n, generate_series(1, :campaigns) k
    """
)


def main() -> None:
    """Measure and print the table."""
    with campaigns(CAMPAIGNS) as engine, tempfile.TemporaryDirectory() as folder:
        options = sync_options(Path(folder), chart_dpi=DPI, chart_dir=None)
        pool = ProcessPool(2, warm_up)

        def sync(*, redraw: bool = True) -> Run:
            return done(engine, options, pool, redraw=redraw)

        for _ in range(3):
            sync()
        pictures = plain_script.prepare(*_shown(engine))
        plain_script.draw_all(pictures)
        turns = [
            (
                seconds(lambda: plain_script.draw_all(pictures)),
                seconds(sync),
                seconds(lambda: sync(redraw=False)),
            )
            for _ in range(TIMES)
        ]
        assert sync(redraw=False).no_new_data
        pool.close()
        size, likeness = quality(engine)
    whole = median(run / plain for plain, run, _ in turns)
    nothing = median(check / plain for plain, _, check in turns)
    times = [median(column) for column in zip(*turns, strict=True)]
    rows = [
        ("whole warm sync, 300,000 campaign rows, against a plain script that only draws", "< 0.6 x",
         f"{whole:.2f} x ({times[1]:.2f} s against {times[0]:.2f} s)", whole < 0.6),
        ("sync when nothing has changed, against that script", "< 0.1 x",
         f"{nothing:.3f} x ({times[2]:.3f} s)", nothing < 0.1),
        (f"four PNGs together at {DPI} dpi", "<= 600 kB", f"{size / 1000:.0f} kB", size <= MOST_BYTES),
        ("likeness to the unreduced pictures (SSIM, the worst of four)", ">= 0.98", f"{likeness:.4f}",
         likeness >= 0.98),
    ]  # fmt: skip
    print_table("sync", rows)


def print_table(what: str, rows: list[tuple[str, str, str, bool]]) -> None:
    """Print a table in Markdown."""
    head = [f"| {what} | must be | is | reached |", "|---|---|---|---|"]
    lines = [f"| {name} | {must} | {found} | {'yes' if ok else 'no'} |" for name, must, found, ok in rows]
    sys.stdout.write("\n".join([*head, *lines, ""]))


@contextmanager
def campaigns(per_day: int) -> Iterator[sa.Engine]:
    """Give a database with so many campaigns on each day of two years, in each of eight channels."""
    with tempfile.TemporaryDirectory(prefix="demetra-", dir="/tmp", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o755)
        server = embedded.start(Path(home))
        engine = make_engine(server.url, name="demetra benchmark")
        migrate(engine)
        with engine.begin() as connection:
            connection.execute(_ROWS, {"channels": CHANNELS, "days": DAYS, "campaigns": per_day})
        yield engine
        engine.dispose()
        server.stop()


def done(engine: sa.Engine, options: object, pool: Executor, *, redraw: bool) -> Run:
    """Do one run; it has succeeded."""
    run = run_now(engine, options, pool, trigger="bench", requested_by=None, redraw=redraw)  # type: ignore[arg-type]
    assert run is not None
    assert run.state == "succeeded", run.error_text
    return run


def quality(engine: sa.Engine) -> tuple[int, float]:
    """Return the size of the four pictures together, and how like the unreduced ones they are."""
    rows, _ = _shown(engine)
    with engine.connect() as connection:
        context = RenderContext(lang="en", currency="EUR", positions=store.positions(connection))
        pictures = {spec.slug: store.chart(connection, spec.slug).png for spec in DASHBOARDS}
    likeness = [
        ssim(pictures[spec.slug], png.rendered(spec.draw(rows[spec.slug], context), DPI))
        for spec in DASHBOARDS
    ]
    return sum(map(len, pictures.values())), min(likeness)


def ssim(reduced: bytes, whole: Image.Image) -> float:
    """Return the structural similarity of a PNG and the picture that it was made from."""
    pair = (np.asarray(image.convert("RGB")) for image in (Image.open(BytesIO(reduced)), whole))
    return float(structural_similarity(*pair, channel_axis=2))


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def _shown(engine: sa.Engine) -> tuple[dict[str, list[dict[str, object]]], dict[str, str]]:
    with engine.connect() as connection:
        places = store.positions(connection)
        rows = {s.slug: list(store.dashboard(connection, s).rows) for s in DASHBOARDS}
    return rows, {name: channel_colours.colour(place) for name, place in places.items()}  # type: ignore[return-value]


if __name__ == "__main__":
    main()
