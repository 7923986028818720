"""Kind `greylisting`: suspicious mail of strangers is put off once, and for a bounded time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import Edit, SetUcl
from baseline.errors import NothingToJudge
from baseline.formats.ucl import literal
from baseline.judge import AtLeast, Between, Equal, Matches, Want, Wants
from baseline.kinds.base import Control, Line, Loosens
from baseline.model import State, Target
from baseline.model.looks import Parts, also_unread
from baseline.readings.answers import ask, decoded, text
from baseline.readings.exemptions import NOT_EVERYBODY, told, unread
from baseline.readings.filter_engine import Engine, rspamd
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.rspamd import DUMP, MODULES, assigned, exempt_from, module, override_question
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

LOCAL = "/etc/rspamd/local.d/greylist.conf"
OVERRIDE = "/etc/rspamd/override.d/greylist.conf"
_MODULE = "module greylist"
_RSPAMD = "Rspamd"
_OURS = ("enabled", "servers", "timeout", "expire")


class Greylisting(Control):
    """Whether Rspamd's greylist module really runs, as declared, and how long it puts mail off.

    Looked at: `rspamadm configdump -m`, which alone tells that a module is off: without Redis, Rspamd shows all of its
    settings and does nothing. Then `timeout`, how long a first attempt is put off, and `expire`, how long the sender
    is remembered; a retry after more than that starts anew, and many senders retry hours apart. And that neither
    `whitelisted_ip` of the module nor `local_addrs` of Rspamd holds everybody.

    Applied: in local.d/greylist.conf `servers` where the module lacks Redis and one answers on the host, for this
    module alone, so that no other that needs Redis comes to life with it; `enabled`, and times out of bounds. Not
    where override.d assigns one of these, which beats local.d. Redis itself is not installed.

    What can go wrong: greylisting delays the test mails of clause c, too; allow for it there rather than exempting
    them. Rspamd greylists from a score of 4 (`spam_thresholds`) and never mail from private addresses or of users who
    logged in. With SpamAssassin as engine there is nothing to judge. Sources: RFC 6647; rspamd.com "Greylisting".
    """

    summary: ClassVar[str] = "Suspicious mail of strangers is put off once, and for a bounded time."
    loosens: ClassVar[Loosens] = {
        "enabled": "change",
        "delay_at_most": "higher",
        "expire_at_least": "lower",
    }
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in(
        "rspamd", also={"timeout": "greylist.conf/timeout", "expire": "greylist.conf/expire"}
    )
    effects: ClassVar[Effects | None] = Effects(
        displaces="another greylisting of the site's (postgrey, milter-greylist, SQLgrey, PolicyD), beside which "
        "Rspamd would begin",
        notice="The first mail of an unknown sender comes some minutes later, or at once, as the control says.",
    )

    kind: Literal["greylisting"]
    engine: Engine = "rspamd"
    enabled: Annotated[bool, Field(description="Whether mail shall be greylisted at all.")] = True
    delay: Annotated[int, Field(ge=60, le=3600, description="Seconds that a first attempt is put off.")] = 300
    delay_at_least: Annotated[
        int, Field(ge=1, le=3600, description="Seconds that a first attempt is put off, at least.")
    ] = 60
    delay_at_most: Annotated[
        int, Field(ge=60, le=3600, description="Seconds that a first attempt is put off, at most.")
    ] = 900
    expire: Annotated[int, Field(ge=14400, description="Seconds that a sender is remembered.")] = 86400
    expire_at_least: Annotated[int, Field(ge=3600, description="Seconds that a sender is remembered, at least.")] = (
        14400
    )
    redis: Annotated[
        Line, Field(pattern=r"^[A-Za-z0-9.:\[\]-]+$", description="Redis for the module, where it has none.")
    ] = "127.0.0.1"

    def expected(self, target: Target) -> Wants:
        """The module as declared, and its times within bounds."""
        del target
        if not self.enabled:
            return {_MODULE: Matches("disabled.*", "disabled")}
        wants: dict[str, Want] = {_MODULE: Equal("enabled")}
        wants["timeout"] = Between(self.delay_at_least, self.delay_at_most, unit="s")
        wants["expire"] = AtLeast(self.expire_at_least, unit="s")
        wants[f"exempt in {_RSPAMD}"] = Equal(NOT_EVERYBODY)
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """The module's state, its times, what override.d says of them, and whether Redis answers."""
        del target
        if self.engine != "rspamd":
            raise NothingToJudge("the engine is SpamAssassin, and greylisting is judged of Rspamd")
        name, _, port = self.redis.partition(":")
        modules, dump, override, ping = ask(
            host,
            MODULES,
            DUMP,
            override_question(OVERRIDE),
            f"timeout 5 redis-cli -h {name} -p {port or '6379'} ping 2>&1 || true",
        )
        state = Parts()
        with state.part():
            state[_MODULE] = module(text(modules), "greylist")
        state["Redis"] = "answers" if decoded(ping.stdout_bytes).strip() == "PONG" else "does not answer"
        with state.part():
            state |= {f"{OVERRIDE}: {key}": assigned(override, key) for key in _OURS}
        hidden: list[str] = []
        with state.part():
            settings = rspamd(dump).get("greylist")
            for key in ("timeout", "expire"):
                value = settings.get(key) if isinstance(settings, dict) else None
                state[key] = value if isinstance(value, int | float) and not isinstance(value, bool) else None
            exempt = {_RSPAMD: exempt_from(rspamd(dump), "greylist", local=True)}
            state |= told(exempt)
            hidden += unread(exempt) if self.enabled else ()
        return also_unread(state, hidden)

    def reads(self, target: Target) -> tuple[str, ...]:
        """The module's file in local.d."""
        del target
        return (LOCAL,)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """What differs, in local.d; None where override.d decides, or the module needs something missing."""
        found = str(state[_MODULE])
        wanted: dict[str, str] = {}
        if not self.enabled:
            wanted = {"enabled": "false"} if found == "enabled" else {}
        else:
            if found == "disabled (no Redis)" and state["Redis"] == "answers":
                wanted["servers"] = literal(self.redis)
            elif found == "disabled (explicitly)":
                wanted["enabled"] = "true"
            wants = self.expected(target)
            for key, value in (("timeout", self.delay), ("expire", self.expire)):
                if wants[key].judge(state[key]) != "pass":
                    wanted[key] = str(value)
        if any(state[f"{OVERRIDE}: {key}"] is not None for key in wanted):
            return None
        exempt = f"exempt in {_RSPAMD}"
        runs = found == "enabled" or {"servers", "enabled"} & wanted.keys()
        if not wanted or not helps(
            self.expected(target), state, lambda key: (key == _MODULE and not runs) or key == exempt
        ):
            return None
        edits: tuple[Edit, ...] = tuple(SetUcl(LOCAL, key, value) for key, value in wanted.items())
        begun = self.enabled and found != "enabled" and bool(runs)
        if not self.enabled:
            noticed = "The first mail of an unknown sender is no longer delayed."
        else:
            noticed = f"The first mail of an unknown sender comes at least {self.delay} seconds late."
        return Remedy(edits=edits, reloads=("rspamd",), begins=("greylists",) if begun else (), noticed=noticed)

    def advice(self, state: State) -> str:
        """What a person can do."""
        if state.get(f"exempt in {_RSPAMD}", NOT_EVERYBODY) != NOT_EVERYBODY:
            return self.fix or "Name in whitelisted_ip and local_addrs of Rspamd the site's own networks alone."
        if any(value is not None for key, value in state.items() if key.startswith(f"{OVERRIDE}: ")):
            return self.fix or f"{OVERRIDE} beats local.d: change it there."
        if state.get("Redis") != "answers":
            return self.fix or "Install redis-server on the host, or name the Redis that Rspamd may use."
        return self.fix or "Look why Rspamd does not run its greylist module: `rspamadm configdump -m`."
