"""How an apply goes through the hosts: all at once, or in waves, of which one that goes wrong is the last. Pure."""

from __future__ import annotations

from baseline.classes import dataclass


@dataclass(frozen=True)
class Pace:
    """How an apply goes through the hosts: first `canary` of them, then `batch` at a time (0: all that are left).

    `batch` may be a share of all hosts, such as `10%`, rounded up.
    """

    canary: int = 0
    batch: str = "0"

    def waves(self, hosts: int) -> list[int]:
        """The sizes of the waves; they add up to `hosts`. Raises ValueError for a batch that is no number."""
        number, percent = self.batch.removesuffix("%"), self.batch.endswith("%")
        if not number.isdigit() or self.canary < 0:
            raise ValueError(
                f"{self.batch!r} is neither a number of hosts, such as 5, nor a share of them, such as 10%"
            )
        size = -(-hosts * int(number) // 100) if percent else int(number)
        waves = [min(self.canary, hosts)] if self.canary else []
        while (left := hosts - sum(waves)) > 0:
            waves.append(min(size or left, left))
        return waves


ALL_AT_ONCE = Pace()
