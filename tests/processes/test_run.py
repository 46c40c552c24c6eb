"""`demetra run` as a newcomer meets it: an empty home, one command, and everything is there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from services.dashboards import DASHBOARDS
from tests.processes.running import Running, demetra_run, left_over
from tests.processes.waiting import until


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with demetra_run() as demetra:
        yield demetra


def test_the_worker_leaves_the_processors_to_the_page_until_that_answers(running: Running) -> None:
    until(lambda: running.part("worker") is not None)
    web, worker = running.part("web"), running.part("worker")

    assert web is not None
    first_process_of_the_page = min(child.create_time() for child in web.children())

    assert worker is not None
    assert worker.create_time() > first_process_of_the_page


def test_all_four_charts_and_tables_come_from_one_run(running: Running) -> None:
    outcome = json.loads(running.bytes("/api/ml-dashboard/generate-all?wait=60", method="POST"))
    assert outcome["state"] == "succeeded"

    # Of this very run: another web process may be notified of it a moment later.
    run = outcome["run_id"]
    answers = [running.get(f"/api/ml-dashboard/{dashboard.slug}/data?run={run}") for dashboard in DASHBOARDS]
    charts = [running.bytes(f"/api/ml-dashboard/{d.slug}/chart?run={run}") for d in DASHBOARDS]

    assert {answer["run_id"] for answer in answers} == {run}
    assert all(answer["count"] == len(answer["rows"]) > 0 for answer in answers)
    assert all(chart.startswith(b"\x89PNG") for chart in charts)


def test_commands_work_while_it_runs(running: Running) -> None:
    done = running.command("sync", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["state"] == "succeeded"


def test_a_second_one_on_the_same_port_is_told_so(running: Running) -> None:
    second = running.command("run")

    assert second.returncode == 1
    assert "--port" in second.stderr


def test_the_state_lives_under_the_home_folder(running: Running) -> None:
    assert {"postgres", "model.skops"} <= {path.name for path in (running.home / ".demetra").iterdir()}


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_part_that_dies_is_started_again(running: Running, name: str) -> None:
    victim = running.part(name)
    assert victim is not None

    victim.kill()

    until(lambda: running.part(name) not in {victim, None})
    until(running.answers)
    outcome = json.loads(running.bytes("/api/sync/run-now?wait=60", method="POST"))
    assert outcome["state"] == "succeeded"


def test_the_embedded_database_is_started_again_when_it_dies(running: Running) -> None:
    for process in left_over(running.home):
        process.kill()

    until(lambda: running.answers("/readyz"))
