"""What a scrape of `/metrics` says."""

from __future__ import annotations

from flask.testing import FlaskClient


def numbers(client: FlaskClient) -> dict[str, float]:
    """Return the value of each series, by its name with its labels."""
    return numbers_in(client.get("/metrics").text)


def numbers_in(text: str) -> dict[str, float]:
    """Return the values in a text of Prometheus."""
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {series: float(value) for series, value in lines}


def requests(method: str, route: str, status: str) -> str:
    """Return the series that counts the requests of one kind."""
    return f'demetra_http_request_seconds_count{{method="{method}",route="{route}",status="{status}"}}'
