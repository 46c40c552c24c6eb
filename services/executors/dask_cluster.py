"""An executor on a Dask cluster: for thousands of channels, more than one machine can compute in time.

The cluster's workers need only this version of Demetra, neither the database nor the model file. The cluster
is optional. When its scheduler is unreachable, has no workers or fails during a run, the calls are computed
on this machine, and the run records a warning. Dask itself reassigns the calls of a worker that died.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, ParamSpec, TypeVar
from weakref import WeakSet

from services.database.redaction import redacted, without_secrets
from services.errors import UnavailableError
from services.executors.base import Executor, ExecutorWarning, WorkerCrashError
from services.executors.tasks import RemoteFuture
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
UNAIDED = Text(
    en="The Dask scheduler {address} could not help: {why}. Everything was computed on this machine, "
    "which takes longer. Check the cluster, or empty DEMETRA_DASK_SCHEDULER.",
    ru="Планировщик Dask {address} не помог: {why}. Всё посчитано на этой машине, это дольше. "
    "Проверьте кластер или очистите DEMETRA_DASK_SCHEDULER.",
)


class DaskMissingError(UnavailableError):
    """A cluster is configured, but Dask is not installed."""

    code = "dask_missing"
    words = Text(
        en="DEMETRA_DASK_SCHEDULER is set, but Dask is not installed. Run: pip install 'demetra-dash[dask]'",
        ru="DEMETRA_DASK_SCHEDULER задан, но Dask не установлен. Выполните: pip install 'demetra-dash[dask]'",
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
        self._pending: WeakSet[_RemoteCall[Any]] = WeakSet()

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of the call, see `Executor.submit`; its result stays there until read."""
        client = self.connected()
        if client is None:
            return self._local.submit(function, *map(_plain, args), **kwargs)
        call = _RemoteCall(self, function, args, kwargs)
        self._pending.add(call)
        call.send(client)
        return call

    def start(self) -> None:
        """Start the executor on this machine; the cluster is asked when the first call comes."""
        self._local.start()

    def local(self) -> Executor:
        """Return the executor on this machine."""
        return self._local

    def warning(self) -> ExecutorWarning | None:
        """Return why the cluster failed, or None; later calls try the cluster again."""
        with self._lock:
            trouble, self._trouble = self._trouble, None
        if trouble is None:
            return None
        return ExecutorWarning(
            "cluster_unavailable", UNAIDED.format(address=without_secrets(self._address), why=trouble)
        )

    def cancel_all(self) -> None:
        """Cancel all calls at once."""
        self._leave()
        self._local.cancel_all()
        self._trouble = None

    def close(self) -> None:
        """Cancel all calls, and close the executor on this machine."""
        self._leave()
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

    def _leave(self) -> None:
        with self._lock:
            client, self._client = self._client, None
            pending = list(self._pending)
            self._pending = WeakSet()
        for call in pending:
            call.lose()
        if client is not None:
            client.close(timeout=1)


class _RemoteCall(RemoteFuture[T]):
    """A call on the cluster. Once the cluster is lost, `result` computes it on this machine."""

    def __init__(self, cluster: DaskExecutor, function: Callable[..., T], args: Any, kwargs: Any) -> None:
        super().__init__()
        self._cluster = cluster
        self._call = function, args, kwargs
        self._done_near: Future[T] | None = None
        self._lock = threading.Lock()
        self.remote: Any = None

    def send(self, client: Any) -> None:
        """Submit the call to the cluster."""
        function, args, kwargs = self._call
        sent = [one.remote if isinstance(one, _RemoteCall) and one.remote else _plain(one) for one in args]
        try:
            self.remote = client.submit(function, *sent, **kwargs, pure=False)
        except _lost():
            self._cluster.give_up(GONE)
            return
        self.remote.add_done_callback(self._ended)

    def lose(self) -> None:
        """Stop waiting for the cluster."""
        self.remote = None
        with suppress(InvalidStateError):
            self.set_result(None)  # type: ignore[arg-type] # `result` computes it locally then

    def result(self, timeout: float | None = None) -> T:
        """Return the result, fetched from the cluster or computed on this machine."""
        super().result(timeout)
        remote = self.remote
        return self._local(timeout) if remote is None else self._fetched(remote)

    def part(self, name: str) -> Any:
        """Return one attribute of the result, without fetching the rest."""
        super().result()
        client = self._cluster.connected()
        if self.remote is None or client is None:
            return getattr(self._local(None), name)
        call = _RemoteCall(self._cluster, getattr, (self, name), {})
        call.send(client)
        return call.result()

    def _fetched(self, remote: Any) -> T:
        try:
            value: T = remote.result()
        except _lost():
            self._cluster.give_up(GONE)
            return self._local(None)
        return value

    def _local(self, timeout: float | None) -> T:
        function, args, kwargs = self._call
        with self._lock:
            if self._done_near is None:
                self._done_near = self._cluster.local().submit(function, *map(_plain, args), **kwargs)
        return self._done_near.result(timeout)

    def _ended(self, remote: Any) -> None:
        with suppress(InvalidStateError):  # `lose` was called meanwhile
            if remote.status == "finished":
                self.set_result(None)  # type: ignore[arg-type] # `result` fetches it then
            elif remote.status == "error":
                self.set_exception(_failure(remote.exception()))
            elif not self.done():
                self._cluster.give_up(GONE)


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


def _plain(argument: Any) -> Any:
    return argument.result() if isinstance(argument, RemoteFuture) else argument
