"""The same fleet on a cluster of Dask: workers that stand where the hosts can be reached, with keys of their own.

What is here:

- `address`: Which cluster is meant: what `--cluster` says. Pure.
- `opening`: A connection to a Dask cluster, or a cluster of this machine. The only module that imports Dask on the
  controller.
- `parcel`: What a worker is sent: one host, and what is to be done with it. Of a secret only where it is to be had
  travels.
- `results`: What a worker gives back, as JSON, and how it is read: like a file that somebody else wrote.
- `watching`: Which workers a cluster has, looked at every second, and for how long those of a site have been missing.
- `worker`: What a worker of a cluster does with a parcel: the same work as this process would do itself. Bytes in,
  bytes out.
- `workers`: The hands of a cluster: each host is a task for a worker of its site, and an apply is never begun twice.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Sequence

from baseline import engine
from baseline.classes import dataclass
from baseline.cluster.address import ClusterAddress, address_of
from baseline.deadline import Deadline
from baseline.engine import HostResult
from baseline.hands import Hands, Order
from baseline.kinds.base import Control
from baseline.load import Baseline
from baseline.model import Target

WAIT_SECONDS = 30
"""How long the scheduler, and a worker for a site, may be missing until its hosts are given up."""


class Cluster:
    """Workers that check, plan and apply in place of this process: `check_all(..., cluster=Cluster("tls://…:8786"))`.

    Hosts of a site go to workers with the resource `site:NAME`, hosts without one to any worker. `where` is
    `tls://HOST:PORT`, with the certificates that Dask's own configuration names, `local` or `local:N`; `wait` is how
    long in seconds a worker may be missing. Raises `UserError` for another `where`.
    """

    def __init__(self, where: str, *, wait: float = WAIT_SECONDS) -> None:
        self._address: ClusterAddress = address_of(where)
        self._wait = wait

    @contextlib.contextmanager
    def hands(
        self,
        baseline: Baseline,
        targets: Sequence[Target],
        here: Hands,
        *,
        at_once: int,
        answers: bool,
        progress: engine.Progress,
    ) -> Iterator[Hands]:
        """See `Elsewhere.hands`. With a cluster that cannot be reached, every host is `unknown` for that reason."""
        from baseline.cluster.opening import NoCluster, opened
        from baseline.cluster.parcel import Rules
        from baseline.cluster.watching import WorkersWatched
        from baseline.cluster.workers import Workers, listener

        rules = Rules.of(baseline)
        sites = sorted({target.site for target in targets if target.site})
        with contextlib.ExitStack() as stack:
            try:
                client = stack.enter_context(opened(self._address, sites, at_once))
            except NoCluster as error:
                yield _Nobody(str(error))
                return
            watch = WorkersWatched(client.scheduler_info, self._wait, str(self._address))
            watch.start()
            stack.callback(watch.stop)
            topic = f"baseline-{secrets.token_hex(8)}"
            client.subscribe_topic(topic, listener(targets, progress))
            yield Workers(client, watch, rules, here, progress, topic, answers)


@dataclass(frozen=True)
class _Nobody:
    """The hands of a cluster that is not there."""

    why: str

    def check(self, target: Target, controls: Sequence[Control], deadline: Deadline) -> HostResult:
        del deadline
        return engine.not_known(target, controls, self.why)

    def plan(self, target: Target, controls: Sequence[Control], deadline: Deadline, order: Order) -> HostResult:
        del deadline, order
        return engine.not_known(target, controls, self.why)

    def apply(self, target: Target, controls: Sequence[Control], deadline: Deadline, order: Order) -> HostResult:
        del deadline, order
        return engine.not_begun(target, controls, self.why)
