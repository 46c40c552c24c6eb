"""The sentence of a chart, as it is stored with the picture."""

from __future__ import annotations

import sqlalchemy as sa

from services.database.tables import ml_charts
from services.snapshots import store
from services.text import Text, both
from tests.rows import add_campaigns, publish


def test_a_chart_keeps_its_sentence_in_both_languages(connection: sa.Connection) -> None:
    add_campaigns(connection)
    run_id = publish(connection)

    assert store.chart(connection, "roi-forecast", run_id).headline == Text(
        en="roi-forecast", ru="roi-forecast по-русски"
    )


def test_a_chart_of_an_earlier_version_shows_the_one_sentence_that_it_has(connection: sa.Connection) -> None:
    add_campaigns(connection)
    run_id = publish(connection)
    connection.execute(ml_charts.update().values(headline=sa.null(), alt="ROI rises."))

    assert store.chart(connection, "roi-forecast", run_id).headline == both("ROI rises.")
    assert {chart.headline for chart in store.charts(connection)} == {both("ROI rises.")}
