"""An executor on a Dask cluster: for thousands of channels, more than one machine can compute in time.

The cluster's workers need only this version of Demetra, neither the database nor the model file. The cluster
is optional. When its scheduler is unreachable, has no workers or fails during a run, the calls are computed
on this machine, and the run records a warning. Dask itself reassigns the calls of a worker that died.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import Any, ParamSpec, TypeVar
from weakref import WeakSet

from services.database.redaction import redacted, without_secrets
from services.errors import DemetraError, UnavailableError
from services.executors.base import CallCancelledError, Deadline, Executor, WorkerCrashError, results_of
from services.text import Text

log = logging.getLogger("demetra.cluster")

P = ParamSpec("P")
T = TypeVar("T")

CONNECT_SECONDS = 5.0
CHECK_SECONDS = 2.0
CHECKS_WITHOUT_WORKERS = 3  # time for a restarting worker to come back

UNREACHABLE = Text(en="it does not answer ({reason})", ru="он не отвечает ({reason})")
NO_WORKERS = Text(en="it has no workers", ru="у него нет рабочих процессов")
GONE = Text(en="it went away in the middle", ru="он пропал посреди работы")


class DaskMissingError(UnavailableError):
    """A cluster is configured, but Dask is not installed."""

    code = "dask_missing"
    words = Text(
        en="DEMETRA_DASK_SCHEDULER is set, but Dask is not installed. Run: pip install 'demetra-dash[dask]'",
        ru="DEMETRA_DASK_SCHEDULER задан, но Dask не установлен. Выполните: pip install 'demetra-dash[dask]'",
    )


class ClusterUnavailableError(UnavailableError):
    """The cluster failed, and its calls were computed on this machine; never raised, see `warning`."""

    code = "cluster_unavailable"
    words = Text(
        en="The Dask scheduler {address} could not help: {why}. Everything was computed on this machine, "
        "which takes longer. Check the cluster, or empty DEMETRA_DASK_SCHEDULER.",
        ru="Планировщик Dask {address} не помог: {why}. Всё посчитано на этой машине, это дольше. "
        "Проверьте кластер или очистите DEMETRA_DASK_SCHEDULER.",
    )


class DaskExecutor(Executor):
    """An executor on a Dask cluster, with a local executor to fall back on."""

    def __init__(self, address: str, local: Executor) -> None:
        """Use the scheduler at `address`; the connection is made for the first call."""
        if find_spec("distributed") is None:
            raise DaskMissingError
        self._address = address
        self._local = local
        self._client: Any = None
        self._trouble: Text | None = None
        self._lock = threading.RLock()
        self._pending: WeakSet[_RemoteFuture[Any]] = WeakSet()

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of the call, see `Executor.submit`; its result stays there until read."""
        client = self.connected()
        if client is None:
            return self._local.submit(function, *args, **kwargs)
        future = _RemoteFuture(self, function, args, kwargs)
        with self._lock:
            self._check_deadline()
            self._pending.add(future)
        future.send(client)
        return future

    def fetch(self, future: Future[Any], name: str) -> Any:
        """Return one attribute of the result of a future, without fetching the rest from the cluster."""
        if isinstance(future, _RemoteFuture) and future.remote is not None:
            return self.submit(getattr, future, name).result()
        return super().fetch(future, name)

    @contextmanager
    def until(self, deadline: Deadline) -> Iterator[None]:
        """Set the deadline here and for the executor on this machine, see `Executor.until`."""
        with super().until(deadline), self._local.until(deadline):
            yield

    def start(self) -> None:
        """Start the executor on this machine; the connection to the cluster is made for the first call."""
        self._local.start()

    def local(self) -> Executor:
        """Return the executor on this machine."""
        return self._local

    def warning(self) -> DemetraError | None:
        """Return why the cluster failed, or None; later calls try the cluster again."""
        with self._lock:
            trouble, self._trouble = self._trouble, None
        if trouble is None:
            return None
        return ClusterUnavailableError(address=without_secrets(self._address), why=trouble)

    def cancel_all(self, reason: Callable[[], DemetraError] = CallCancelledError) -> None:
        """Cancel all calls at once."""
        self._local.cancel_all(reason)  # first: closing the connection to the cluster takes up to a second
        self._leave(reason)
        with self._lock:
            self._trouble = None

    def close(self) -> None:
        """Cancel all calls, and close the executor on this machine."""
        self._leave(CallCancelledError)
        self._local.close()

    def give_up(self, why: Text) -> None:
        """Stop using the cluster until the next `warning`; unfinished calls are computed on this machine."""
        with self._lock:
            if self._trouble is None:
                log.warning("Dask scheduler %s: %s", without_secrets(self._address), why.en)
                self._trouble = why
        self._leave()

    def connected(self) -> Any:
        """Return the client of a cluster that has workers, or None if there is none."""
        with self._lock:
            if self._trouble is not None:
                return None
            if self._client is None or self._client.status != "running":
                self._connect()
            return self._client

    def _connect(self) -> None:
        from distributed import Client

        client: Any
        try:
            client = Client(  # type: ignore[no-untyped-call]
                self._address, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError) as error:
            reason = redacted(str(error).partition("\n")[0], self._address)
            self.give_up(UNREACHABLE.format(reason=reason))
            return
        if not _count_workers(client):
            client.close(timeout=1)
            self.give_up(NO_WORKERS)
            return
        self._client = client
        threading.Thread(target=self._watch, args=(client,), name="cluster", daemon=True).start()

    def _watch(self, client: Any) -> None:
        """Stop using the cluster when its scheduler is gone, or has had no worker for some time."""
        without = 0
        pause = threading.Event()
        while self._client is client:
            pause.wait(CHECK_SECONDS)
            # None means that the scheduler is too busy to answer, which is no reason to give up.
            without = without + 1 if _count_workers(client) == 0 else 0
            if self._client is client and (client.status != "running" or without >= CHECKS_WITHOUT_WORKERS):
                self.give_up(GONE if client.status != "running" else NO_WORKERS)

    def _leave(self, reason: Callable[[], DemetraError] | None = None) -> None:
        """Disconnect; unfinished calls fail with `reason()`, or are computed on this machine without one."""
        with self._lock:
            client, self._client = self._client, None
            pending = list(self._pending)
            self._pending = WeakSet()
        for future in pending:
            future.leave(None if reason is None else reason())
        if client is not None:
            client.close(timeout=1)


class _RemoteFuture(Future[T]):
    """A call on the cluster, where its result stays. Without the cluster, `result` computes it here."""

    def __init__(self, cluster: DaskExecutor, function: Callable[..., T], args: Any, kwargs: Any) -> None:
        super().__init__()
        self._cluster = cluster
        self._call = function, args, kwargs
        self._local_future: Future[T] | None = None
        self._lock = threading.Lock()
        self.remote: Any = None

    def send(self, client: Any) -> None:
        """Submit the call to the cluster."""
        function, args, kwargs = self._call
        sent = results_of(
            one.remote if isinstance(one, _RemoteFuture) and one.remote else one for one in args
        )
        try:
            self.remote = client.submit(function, *sent, **kwargs, pure=False)
        except _lost():
            self._cluster.give_up(GONE)
            return
        self.remote.add_done_callback(self._ended)

    def leave(self, error: DemetraError | None) -> None:
        """Stop waiting for the cluster: fail with `error`, or without one have `result` compute it here."""
        self.remote = None
        self._set(error)

    def result(self, timeout: float | None = None) -> T:
        """Return the result, fetched from the cluster or computed on this machine."""
        super().result(timeout)
        remote = self.remote
        if remote is not None:
            try:
                value: T = remote.result()
            except _lost():
                self._cluster.give_up(GONE)
            else:
                return value
        return self._computed_here().result(timeout)

    def _computed_here(self) -> Future[T]:
        function, args, kwargs = self._call
        with self._lock:
            if self._local_future is None:
                self._local_future = self._cluster.local().submit(function, *args, **kwargs)
            return self._local_future

    def _ended(self, remote: Any) -> None:
        if remote.status == "finished":
            self._set(None)
        elif remote.status == "error":
            self._set(_failure(remote.exception()))
        elif not self.done():
            self._cluster.give_up(GONE)

    def _set(self, error: BaseException | None) -> None:
        """End the waiting, unless it has ended: a result is fetched or computed by `result`."""
        with suppress(InvalidStateError):
            if error is None:
                self.set_result(None)  # type: ignore[arg-type]
            else:
                self.set_exception(error)


def _failure(error: BaseException) -> BaseException:
    from distributed.scheduler import KilledWorker

    return WorkerCrashError(reason=error) if isinstance(error, KilledWorker) else error


def _count_workers(client: Any) -> int | None:
    """Return the number of workers of the cluster; None if the scheduler does not answer."""
    try:
        return len(client.nthreads()) if client.status == "running" else None
    except _lost():
        return None


def _lost() -> tuple[type[BaseException], ...]:
    """Return the exceptions that Dask raises when its scheduler is gone or its client is closing."""
    from distributed.client import ClosedClientError

    return (asyncio.CancelledError, CancelledError, ClosedClientError, OSError, RuntimeError, ValueError)
