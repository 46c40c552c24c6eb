"""The stage `fetch` of a run: the sources are read and imported, in transactions of their own.

It comes before the first read of the run's transaction, which so sees what was imported. That transaction
holds the sync lock meanwhile, and a statement each second keeps it: a worker process that is frozen loses it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from services.database.engine import brief
from services.sources.declarations import Declarations
from services.sources.importing import ImportOptions
from services.sync import queue
from services.sync.progress import Progress


@dataclass(frozen=True, slots=True)
class FetchStage:
    """What runs fetch, and how; `is_stopping` says that the worker process is to end."""

    declarations: Declarations
    options: ImportOptions = ImportOptions()
    is_stopping: Callable[[], bool] = lambda: False

    def publish(self, connection: sa.Connection) -> bool:
        """Record the declarations in the database, and tell whether there are any."""
        return bool(self.declarations.publish(connection))

    def run(self, engine: sa.Engine, work: sa.Connection, progress: Progress) -> bool:
        """Fetch the sources that are due, and tell whether any are declared.

        `work` is the connection of the run. Sources that fail do not raise; errors of the database do.
        """
        with brief(engine) as connection:
            declared = self.declarations.publish(connection)
        if not declared:
            return False
        # Its libraries are loaded after the claim of a run only.
        from services.sources.fetching import Fetched, Watch, fetch_due

        def show(fetched: Fetched) -> None:
            with brief(engine) as connection:
                queue.note_fetched(connection, progress.run_id, fetched.to_json())

        watch = Watch(self.is_stopping, lambda: work.execute(sa.text("SELECT 1")), show)
        with progress.at("fetch"):
            fetch_due(engine, declared, self.options, watch)
        return True
