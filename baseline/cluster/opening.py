"""A connection to a Dask cluster, or a cluster of this machine. The only module that imports Dask on the controller."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from baseline.cluster.address import ClusterAddress
from baseline.errors import BaselineError, UserError

if TYPE_CHECKING:
    from distributed import Client, Security

OPEN_SECONDS = 10
"""How long a scheduler may take to answer at all."""

CLOSE_SECONDS = 5
PREFIX = "site:"
"""What the resource of a worker is called that reaches the hosts of a site: this, and the site's name."""

_NO_PICKLES = ("dask", "msgpack")
"""What is read of what workers give: nothing by which reading would run code."""


_FRUGAL: dict[str, object] = {
    # No pages about the cluster: nobody would be asked who he is that reads them.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # A worker would look every 10 ms at what each of its threads does, for a page that is not there.
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.work-stealing": False,
}


class NoCluster(BaselineError):
    """The cluster cannot be reached, or answers with what no scheduler says."""


@contextlib.contextmanager
def opened(address: ClusterAddress, sites: Sequence[str], at_once: int) -> Iterator[Client]:
    """A client of the cluster; one of this machine has workers for all `sites`, and ends with this.

    Raises `UserError` where Dask is not installed or its certificates are not as they should be, and `NoCluster`.
    """
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise UserError("--cluster needs Dask: pip install 'mail-baseline[dask]', here and on every worker") from None
    with _quiet(), contextlib.ExitStack() as stack:
        if address.url:
            security = _security(address)
            yield _client(address.url, security, stack)
        else:
            url, security = _on_this_machine(address.workers, sites, at_once, stack)
            yield _client(url, security, stack)


def _security(address: ClusterAddress) -> Security:
    """The certificates that Dask's own configuration names. Raises `UserError` when they cannot be used."""
    from distributed import Security

    try:
        security = Security(require_encryption=True)
        usable = security.get_connection_args("client").get("ssl_context") is not None
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"--cluster: the certificates that Dask is configured with cannot be used: {error}") from None
    if not usable or not getattr(security, "tls_ca_file", None):
        raise UserError(
            f"--cluster: {address} needs certificates: name them in Dask's configuration, distributed.comm.tls, or as "
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, …__CLIENT__CERT and …__CLIENT__KEY"
        )
    return security


def _client(url: str, security: Security, stack: contextlib.ExitStack) -> Client:
    from distributed import Client

    class Swept(Client):
        """One that came to nothing is swept up later, and tries to say goodbye: what comes of that is nobody's."""

        def __del__(self) -> None:
            with contextlib.suppress(Exception):
                super().__del__()  # type: ignore[no-untyped-call]

    made: type[Client] = Swept
    try:
        client = made(
            url,
            security=security,
            set_as_default=False,
            timeout=OPEN_SECONDS,
            name=f"baseline-{secrets.token_hex(4)}",
            serializers=list(_NO_PICKLES),
            deserializers=list(_NO_PICKLES),
        )
    except Exception as error:  # noqa: BLE001 -- whatever the other end is, it must not cost the report
        said = " ".join(str(error).split()) or type(error).__name__
        raise NoCluster(f"the scheduler {url} cannot be reached within {OPEN_SECONDS} s: {said[:200]}") from None
    stack.callback(_close, lambda: client.close(timeout=CLOSE_SECONDS))
    return client


def _on_this_machine(
    workers: int, sites: Sequence[str], at_once: int, stack: contextlib.ExitStack
) -> tuple[str, Security]:
    """Scheduler and workers as processes of this machine, under certificates that end with them."""
    import dask
    from distributed import LocalCluster, Security

    number = workers or os.cpu_count() or 1
    threads = max(1, math.ceil(at_once / number))
    security = Security.temporary()
    stack.enter_context(dask.config.set(_FRUGAL))
    try:
        cluster = LocalCluster(
            n_workers=number,
            threads_per_worker=threads,
            processes=True,
            host="127.0.0.1",
            protocol="tls",
            security=security,
            dashboard_address="127.0.0.1:0",
            resources={f"{PREFIX}{site}": threads for site in sites},
            silence_logs=logging.CRITICAL,
        )
    except Exception as error:  # noqa: BLE001 -- as in `_client`
        raise NoCluster(f"no workers can be started on this machine: {' '.join(str(error).split())[:200]}") from None
    stack.callback(_close, lambda: cluster.close(timeout=CLOSE_SECONDS))
    return str(cluster.scheduler_address), security


def _close(close: Callable[[], Any]) -> None:
    """End what may have ended already, or does not answer."""
    with contextlib.suppress(Exception):
        close()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Dask's own words about broken connections would land on the terminal, as tracebacks; what matters is reported."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in ("distributed", "tornado")]
    before = {name: logging.getLogger(name).level for name in names}
    try:
        for name in names:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
