"""The child process of a report: reads one job from its standard input, writes the file."""

from __future__ import annotations

import logging
import os
import pickle
import sys

from services.reports.making import ReportJob, TableJob, made


def main() -> None:
    """Make one report."""
    logging.basicConfig(level=logging.WARNING)
    outbox = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not be taken for the file
    job: ReportJob | TableJob = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the parent
    with outbox:
        outbox.write(made(job))


if __name__ == "__main__":
    main()
