"""What a worker is sent: one host, and what is to be done with it. Of a secret only where it is to be had travels."""

from __future__ import annotations

import hashlib
import io
import pickle
import zlib
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Literal

from baseline import extensions
from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.hands import Order
from baseline.load import Baseline
from baseline.load.draft import Draft
from baseline.model import Finding, HostPlan, Target
from baseline.reviewed import Reviewed
from baseline.secret import Secret
from baseline.version import __version__

Doing = Literal["check", "plan", "apply", "journal"]
"""What is to be done: `journal` only reads what a host's journal says of an apply."""


@dataclass(frozen=True)
class Rules:
    """A baseline as it travels: packed once for a whole run, and unpacked once by each worker."""

    packed: bytes
    digest: str

    @classmethod
    def of(cls, baseline: Baseline) -> Rules:
        """The baseline, packed. Raises `UserError` where it holds what cannot travel."""
        packed = zlib.compress(packed_without_secrets(baseline))
        return cls(packed, hashlib.sha256(packed).hexdigest())

    def unpacked(self) -> Baseline:
        """The baseline again."""
        found: Baseline = pickle.loads(zlib.decompress(self.packed))  # noqa: S301 -- as `Parcel.unpacked`
        extensions.remember(found.brought)
        return found


@dataclass(frozen=True)
class Parcel:
    """One host and its work. `seconds` is how long it may be looked at; `topic` is where progress is told.

    `transaction` is how the ids of an apply's transactions begin: by it a worker finds out whether it was begun before.
    `version` is that of the sender.
    """

    doing: Doing
    target: Target
    rules: Rules
    order: Order
    seconds: float
    transaction: str = ""
    answers: bool = False
    topic: str = ""
    reviewed: Mapping[str, Any] | None = None
    version: str = __version__

    def packed(self) -> bytes:
        """The bytes that travel. Raises `UserError` where it holds what cannot."""
        expected = self.order.expected
        shown = None if expected is None else _shown(expected)
        return packed_without_secrets(replace(self, order=replace(self.order, expected=None), reviewed=shown))

    @staticmethod
    def unpacked(sent: bytes) -> Parcel:
        """The opposite of `packed`. Only for bytes from the cluster's own scheduler: to unpickle is to run code."""
        parcel: Parcel = pickle.loads(sent)  # noqa: S301 -- Dask itself hands over functions in the same way
        if parcel.reviewed is None:
            return parcel
        return replace(parcel, order=replace(parcel.order, expected=_reviewed(parcel.reviewed)))


def packed_without_secrets(value: object) -> bytes:
    """A value as bytes in which no secret stands. Raises `UserError` for what cannot travel."""
    to = io.BytesIO()
    try:
        _Pickler(to, protocol=5).dump(value)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise UserError(f"this cannot be sent to a worker of a cluster: {error}") from None
    return to.getvalue()


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: object) -> Any:
        if isinstance(obj, Secret):
            return Secret, (obj.source, obj.fetch)
        if isinstance(obj, Baseline | Draft):
            # As it was read: what it remembers of hosts that it was rendered for stays here.
            return type(obj), tuple(getattr(obj, one.name) for one in fields(obj) if one.init)
        return NotImplemented


def _shown(reviewed: Reviewed) -> dict[str, Any]:
    """As a plan file has it: digests of what files hold, and nothing of what is secret."""
    return {"plan": reviewed.plan.to_dict(), "findings": [one.to_dict() for one in reviewed.findings]}


def _reviewed(document: Mapping[str, Any]) -> Reviewed:
    return Reviewed(HostPlan.from_dict(document["plan"]), tuple(map(Finding.from_dict, document["findings"])))
