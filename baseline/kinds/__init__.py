"""The kinds of control, found by looking: a new kind is one new file here, and nothing is registered.

What is here:

- `access_probes`: A named tool uses the mail system on a schedule, as its users do, and succeeds.
- `account_quota`: The limit of every single account, as Dovecot computes it.
- `auth_over_tls`: Nobody is asked for a password outside of TLS.
- `awareness_programme`: Programmes on the use of e-mail are held again and again.
- `base`: What every kind of control shares: its fields, and the four things it can be asked.
- `basic_training`: Officers are trained in handling e-mail before they get an account.
- `caa_records`: Only the authority in use may issue certificates for the domain's mail hosts.
- `certificates`: What the mail services show is theirs, in time, and what the file says.
- `clock_sync`: One daemon keeps the host's clock, and keeps it right.
- `content_filter`: Every mail that comes in by SMTP is put to the spam filter.
- `daily_checklist`: A checklist of every day, with the test of delivery from outside among its items.
- `dane_records`: Where TLSA records stand, they are secure, and fit what the mail hosts present.
- `disk_headroom`: No filesystem that mail depends on is about to fill, or has become read-only.
- `dkim_keys`: Mail of each domain is signed, with a strong key, and the world can verify it.
- `dmarc_policy`: Receivers are told what to do with mail that is not from the domain, and whom to report to.
- `dns_blocklists`: The DNS block lists in use answer this site, and answer sensibly.
- `dnssec_state`: The domain's zone is signed, and validates.
- `domain`: What all kinds about a domain's records share: the zone on the host that keeps it, and how records get
  there.
- `dovecot_setting`: One setting of Dovecot, as the protocols' processes get it.
- `envelope_sanity`: Clients say who they are, senders are addresses, and users send as themselves.
- `exchange_quota`: The mailbox quotas of an Exchange organisation.
- `external_delivery`: Every day a mail from an outside system is seen to arrive.
- `file`: One regular file, its content, owner and mode.
- `filter_failure`: When the spam filter fails, mail waits; it is neither lost nor let through.
- `filter_freshness`: What the filters know of spam and malware is not out of date.
- `filter_test`: The spam filter refuses the message that every spam filter has to refuse.
- `greylisting`: Suspicious mail of strangers is put off once, and for a bounded time.
- `host_firewall`: The host refuses what it does not serve, now and after a boot.
- `intrusion_prevention`: Whoever guesses passwords is shut out for a while.
- `listening_sockets`: Only what the host serves listens to the network.
- `mail_queue`: How much mail waits in Postfix's queue, and for how long.
- `mail_services`: The daemons of a host's roles run, start at boot, and do not fall over; a monitor watches.
- `mailbox_quota`: The default limit of a Dovecot mailbox.
- `mailbox_reports`: Owners are told how full their mailboxes are, and keep them in order.
- `mailbox_tls`: Mailboxes are reached over TLS alone.
- `maintenance_agreement`: A premium maintenance agreement with a qualified supplier is in force.
- `malware_scanning`: Rspamd has ClamAV look for malware, where ClamAV is installed.
- `mx_records`: A domain's MX records lead to hosts that take mail.
- `name_servers`: A domain's zone is served by more than one server, alike, and with sane times.
- `open_relay`: Strangers cannot send through this host to anywhere else.
- `outbound_tls`: Mail goes out over TLS where the other side can.
- `overquota_refusal`: Mail to a full mailbox is refused while the sender is still connected.
- `package`: Debian packages that are installed, new enough, or not there.
- `postfix_file_limits`: Postfix's own limits on mailbox files leave each mailbox its space.
- `postfix_setting`: One parameter of Postfix, as its daemons get it.
- `queue_minfree`: Postfix refuses mail before its queue fills the filesystem.
- `quota_capacity`: The store can hold what the quotas promise.
- `quota_enforcement`: Quota is loaded, set up and enforced wherever mail is written.
- `quota_thresholds`: Warn, then stop sending, then stop receiving.
- `resolver_health`: A host's resolvers answer, Postfix uses them, and its own BIND does not serve the world.
- `reverse_dns`: Every address that a host sends from has a name, and the name has that address.
- `rspamd_setting`: One value of Rspamd's configuration, or whether a module really runs.
- `sending_limits`: A stolen account cannot send without end.
- `server_name`: A mail host has one full name, and greets with it wherever it is seen.
- `service`: A systemd unit runs and starts at boot, or does neither.
- `setting`: What the kinds of one setting of a program have in common: a value, others that will do, or bounds.
- `size_coherence`: The largest message fits everywhere it has to pass.
- `smtp_smuggling`: A message ends where the protocol says, and commands come in turn.
- `smtp_tls`: Mail comes in over TLS where the sender can, and only over versions that hold.
- `spam_thresholds`: From which score mail is delayed, marked and refused.
- `spf_record`: A domain has one SPF record, and receivers can evaluate it.
- `spf_senders`: The SPF record lets the domain's own hosts send, and no stranger.
- `temp_free`: The temp locations are not about to fill up.
- `temp_mounts`: Mounts for temporary files are safe, and what backs them suffices.
- `temp_space`: Room for the temporary files of every component of a mail host.
- `third_party_assessment`: Somebody else assesses the infrastructure once a year, all of it.
- `tls_policies`: Senders are told to use TLS (MTA-STS), and to report when they could not (TLS-RPT).
- `unknown_recipients`: Mail for nobody is refused at RCPT, and never bounced later.
- `unlimited_accounts`: Mailboxes of top management without a limit.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Literal, get_args, get_origin

from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.kinds.base import Control


@cache
def kinds() -> Mapping[str, type[Control]]:
    """Every kind by its name, in the order of names: the subclasses of `Control` with a literal `kind`.

    Read-only, and looked for once. Raises TypeError when two classes claim one name.
    """
    found: dict[str, type[Control]] = {}
    for info in pkgutil.iter_modules(__path__):
        for name, control in kinds_of(importlib.import_module(f"{__name__}.{info.name}")):
            if found.setdefault(name, control) is not control:
                raise TypeError(f"kind `{name}` is claimed by {found[name].__qualname__} and {control.__qualname__}")
    return MappingProxyType(dict(sorted(found.items())))


def kind_named(name: str) -> type[Control] | None:
    """One kind, without those that nobody names: each is in the module of its name. None when there is none.

    Making a kind takes some milliseconds, and most baselines use few. One that is not of this package is looked for
    among extensions. Raises `UserError` for one there that cannot be used.
    """
    return _own(name) or _brought(name)


@cache
def _own(name: str) -> type[Control] | None:
    if name.isidentifier() and importlib.util.find_spec(f"{__name__}.{name}") is not None:
        return dict(kinds_of(importlib.import_module(f"{__name__}.{name}"))).get(name)
    return None


def _brought(name: str) -> type[Control] | None:
    from baseline import extensions

    offer = extensions.find("kinds", name, [info.name for info in pkgutil.iter_modules(__path__)])
    if offer is None:
        return None
    found = dict(kinds_of(extensions.loaded(offer))).get(name)
    if found is None:
        raise UserError(f"{offer.told} has no class of that kind in its module; {offer.way_out}")
    if others := sorted(_SAME_FOR_ALL & _written_by_others(found)):
        raise UserError(f"{offer.told} overrides `{others[0]}`, which is the same for all kinds; {offer.way_out}")
    # Else that is done when a control of it is first read, where a mistake in it would be a fault of ours.
    extensions.got(offer, found.model_rebuild)
    return found


_SAME_FOR_ALL = frozenset({"applies", "asked_of", "judged_wants", "key", "not_for", "on", "subject"})
"""What decides whether a control is asked at all, and of whom: no kind of others has a say in that."""


def _written_by_others(kind: type[Control]) -> set[str]:
    """The names that a kind, and what it is derived from outside of this package, defines."""
    classes = [one for one in kind.__mro__ if one.__module__.partition(".")[0] not in ("baseline", "pydantic")]
    return {name for one in classes for name in vars(one)}


def known_names() -> tuple[str, ...]:
    """The names of all kinds, of this package and of extensions, which are not imported. Raises `UserError`."""
    from baseline import extensions

    return (*kinds(), *extensions.names("kinds"))


def by_whom(control: Control) -> str:
    """Whose kind a control is of, in words; empty for one of this package, and where it was not loaded here."""
    if type(control).__module__.startswith("baseline.kinds."):
        return ""
    from baseline import extensions

    brought = extensions.by_whom(type(control).__module__)
    return f"kind `{control.kind}` of {brought}" if brought else ""


def in_brackets(control: Control) -> str:
    """Whose kind a control is of, to be put behind what went wrong in it: that is who has to mend it."""
    maker = by_whom(control)
    return f" ({maker})" if maker else ""


def kinds_of(module: ModuleType) -> Iterator[tuple[str, type[Control]]]:
    """The kinds that a module defines, each with its name; classes it only imports are left out."""
    from baseline.kinds.base import Control

    for value in vars(module).values():
        if not (isinstance(value, type) and issubclass(value, Control) and value.__module__ == module.__name__):
            continue
        annotation = value.model_fields["kind"].annotation
        if get_origin(annotation) is Literal:
            for name in get_args(annotation):
                yield name, value
