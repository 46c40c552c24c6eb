"""All benchmarks, one table after the other: what `make bench` runs.

The rivals of the forecasts need an environment of their own (see `forecasting_rivals`); its
interpreter is the first argument.
"""

from __future__ import annotations

import sys

from tests.benchmarks import (
    analytics,
    breakdowns,
    budgeting,
    clicking,
    endurance,
    forecasting,
    growing,
    growth,
    importing,
    insights,
    late_conversions,
    one_advice,
    pacing,
    planner,
    reading,
    reports,
    sources,
    starting,
    syncing,
    weighing,
)


def main(rivals_python: str) -> None:
    """Measure everything and print the tables in Markdown."""
    forecasting.main(rivals_python)
    budgeting.main()
    planner.main()
    pacing.main()
    insights.main()
    late_conversions.main()
    one_advice.main()
    analytics.main()
    growth.main()
    importing.main()
    sources.main()
    reading.main()
    breakdowns.main()
    reports.main()
    starting.main()
    clicking.main()
    weighing.main()
    syncing.main()
    growing.main()
    endurance.main()


if __name__ == "__main__":
    main(sys.argv[1])
