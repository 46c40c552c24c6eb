"""What is worth compressing is compressed."""

from __future__ import annotations

import gzip

import brotli
import pytest
from flask.testing import FlaskClient

UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}


@pytest.mark.parametrize(("accepted", "used"), [("gzip, br", "br"), ("gzip", "gzip"), ("gzip, zstd", "gzip")])
def test_long_text_is_compressed(reader: FlaskClient, accepted: str, used: str) -> None:
    plain = reader.get("/api/openapi.json", headers={"Accept-Encoding": "identity"})

    packed = reader.get("/api/openapi.json", headers={"Accept-Encoding": accepted})

    assert packed.headers["Content-Encoding"] == used
    assert UNPACK[used](packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 4


@pytest.mark.parametrize("path", ["/healthz", "/api/ml-dashboard/roi-forecast/chart"])
def test_short_texts_and_pictures_are_not(reader: FlaskClient, path: str) -> None:
    answer = reader.get(path, headers={"Accept-Encoding": "gzip, br"})

    assert "Content-Encoding" not in answer.headers


def test_caches_are_told_that_the_form_differs(reader: FlaskClient) -> None:
    assert "Accept-Encoding" in reader.get("/api/openapi.json").headers["Vary"]
