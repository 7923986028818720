"""One round of all tests that a document names: access and delivery, beside each other."""

from __future__ import annotations

import contextlib
import ipaddress
import threading
from collections.abc import Iterable, Iterator, Sequence
from queue import SimpleQueue
from typing import Literal

from baseline.crew import INTERRUPTED
from baseline.deadline import Deadline, Halt
from baseline.delivery import Own, deliveries, legs
from baseline.formats.networks import IPNetwork
from baseline.load.probed import ProbesDocument
from baseline.model import Target
from baseline.model.measurements import AccessTests, Measurement
from baseline.probing.access import access_runs
from baseline.probing.keeping import TOOL
from baseline.version import __version__


def round_of(
    document: ProbesDocument,
    targets: Sequence[Target],
    only: Literal["access", "delivery"] | None,
    over: Deadline,
    halt: Halt,
) -> list[Measurement]:
    """What was measured, access tests first. A halted access test is no measurement. `targets` are the agency's own."""
    found: list[Measurement] = []
    if only != "delivery":
        runs = access_runs(document, over, halt=halt)
        if halt.asked:
            return found
        found += [Measurement(site, TOOL, __version__, AccessTests((run,))) for site, run in runs.items()]
    if only != "access":
        wanted = legs(document.providers, document.mailboxes)
        with _given_up_by(halt, over):
            done = deliveries(wanted, own_of(document, targets), document.limits, over) if wanted else []
        found += [Measurement(leg.mailbox.site, TOOL, __version__, one) for leg, one in zip(wanted, done, strict=True)]
    return found


@contextlib.contextmanager
def _given_up_by(halt: Halt, over: Deadline) -> Iterator[None]:
    """Give up what is under way as soon as a halt is asked."""
    wake: SimpleQueue[bool | None] = SimpleQueue()

    def wait() -> None:
        if wake.get() is None:
            over.give_up(INTERRUPTED)

    with halt.waking(wake):
        if halt.asked:
            over.give_up(INTERRUPTED)
        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        try:
            yield
        finally:
            wake.put(True)
            waiting.join()


def own_of(document: ProbesDocument, targets: Sequence[Target]) -> Own:
    """What is the agency's own: its mail domains and networks, and the hosts of the inventory."""
    domains = [one.domain for one in document.mailboxes] + [name for target in targets for name in target.domains]
    hosts = [name for target in targets for name in (target.name, target.fqdn) if name]
    named = [address for target in targets for address in (target.address, *target.outbound)]
    networks = (*_networks(named), *document.networks)
    return Own(tuple(dict.fromkeys(domains)), tuple(dict.fromkeys(hosts)), networks, document.other_networks)


def _networks(named: Iterable[str]) -> Iterator[IPNetwork]:
    """Addresses and networks among some words; names of hosts are none."""
    for word in dict.fromkeys(named):
        with contextlib.suppress(ValueError):
            yield ipaddress.ip_network(word, strict=False)
