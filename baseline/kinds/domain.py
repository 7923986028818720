"""What all kinds about a domain's records share: the zone on the host that keeps it, and how records get there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from baseline.kinds.base import Control, Line
from baseline.model import About, Location, State, Target
from baseline.readings.outline import Outline
from baseline.readings.zones import IN_A_FILE, zone_configuration, zone_paths
from baseline.remedies.zone_records import RecordSet

if TYPE_CHECKING:
    from testinfra.host import Host


class DomainControl(Control):
    """A control about a mail domain. The domain's zone is edited where a host of role dns keeps it in a plain file."""

    about: ClassVar[About] = "domain"
    in_zone: ClassVar[tuple[str, ...]] = ()
    """Keys of the state, or their first words, that are as the domain's zone says."""

    zone_files: Annotated[
        tuple[Line, ...],
        Field(
            description="More places than the usual ones where the zone's file may stand; `{zone}` is its name.",
            examples=[["/srv/dns/{zone}.zone"]],
        ),
    ] = ()

    def actual(self, host: Host, target: Target) -> State:
        """Where the host keeps the zone that the domain is in."""
        return zone_configuration(host, target.subject)[1]

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The zone's file, for what the zone says, where this host keeps it in one."""
        del written
        if state.get("zone kept") != IN_A_FILE:
            return {}
        place = Location(str(state["zone file"]))
        return {key: place for key in state for said in self.in_zone if key == said or key.startswith(f"{said} ")}

    def reads(self, target: Target) -> tuple[str, ...]:
        """The files that the zone may stand in."""
        return zone_paths(self.zone_files, target.subject)

    def wanted_records(self, target: Target) -> Sequence[RecordSet]:
        """Records that this control wants, as far as the inventory alone tells; for people whose DNS is elsewhere."""
        del target
        return ()
