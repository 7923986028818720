"""The whole configuration of a host, from 2.3 to 2.4."""

from __future__ import annotations

from collections.abc import Mapping

from baseline.classes import dataclass
from baseline.programs import DOVECOT
from baseline.upgrading.dovecot import auth, general, namespaces, plugins, services
from baseline.upgrading.dovecot.draft import DovecotDraft, Old
from baseline.upgrading.dovecot.source import DovecotSource, read
from baseline.upgrading.dovecot.tree import Block
from baseline.upgrading.dovecot.writing import Comment, Set, WrittenSection, write
from baseline.upgrading.items import Item

_HEAD = """Dovecot 2.4, converted from the configuration of 2.3 that was in force.
It takes the place of /etc/dovecot/dovecot.conf; files of conf.d are not read any more."""
_VERSIONS = (Set("dovecot_config_version", "2.4.0"), Set("dovecot_storage_version", "2.3.0"))
"""2.4.0 has more of 2.3's defaults than 2.4.1 has; mailboxes stay readable for 2.3, for those who go back."""
USUAL_PROTOCOLS = "imap pop3 lmtp"
"""What 2.3 serves where nothing is set; 2.4 serves nothing then."""
_FILTERS = ("protocol", "remote", "local", "local_name")


@dataclass(frozen=True)
class Conversion:
    """A converted configuration: files by their names, what becomes of each setting, and what is left to a person."""

    files: Mapping[str, str]
    items: tuple[Item, ...]
    left: tuple[Old, ...]


def convert(source: DovecotSource) -> Conversion:
    """Raises ValueError for what `doveconf -n` of 2.3 cannot have printed."""
    known = read(source)
    draft = DovecotDraft(known)
    draft.items.append(_as_a_whole(known.tree, source.main))
    _block(draft, known.tree)
    _defaults(draft, known.tree)
    text = write([Comment(_HEAD), *_VERSIONS, *draft.entries])
    return Conversion({"dovecot.conf": text}, tuple(draft.items), tuple(draft.left))


def _as_a_whole(tree: Block, main: str) -> Item:
    """That nothing of it is read as it stands, which comes before whatever becomes of single settings."""
    served = ", ".join(tree.get("protocols", USUAL_PROTOCOLS).split())
    meaning = (
        f"2.4 does not start with a configuration in the dialect of 2.3, so that none of {served} would be served:"
        " write the converted one with `baseline render --for trixie --to DIR`; what follows is what it makes of"
        " each setting"
    )
    return Item(DOVECOT.name, "", "", main, "breaks", meaning)


def _block(draft: DovecotDraft, block: Block) -> None:
    """The settings and blocks of the configuration, or of a block that holds for some connections only."""
    for name, value in block.settings.items():
        general.setting(draft, name, value)
    plugins.plugin(draft, block)
    auth.authentication(draft, block)
    namespaces.namespaces(draft, block)
    for one in block.all("service"):
        services.service(draft, one)
    for one in block.all("dict"):
        general.dicts(draft, one)
    for one in block.blocks:
        if one.kind in _FILTERS:
            inner = draft.inner(one.head)
            _block(inner, one)
            draft.put(WrittenSection(one.head, tuple(inner.entries)))
        elif one.kind not in _KNOWN:
            inner = draft.inner(one.head)
            for name, value in one.settings.items():
                inner.gone(inner.old(name, value), f"2.4 writes `{one.kind}` in another way: see doc.dovecot.org")
            draft.put(*inner.entries)


_KNOWN = frozenset({"plugin", "passdb", "userdb", "namespace", "service", "dict"})


WEAK = frozenset({"DES-CRYPT", "HMAC-MD5", "LDAP-MD5", "MD5", "MD5-CRYPT", "PLAIN-MD4", "PLAIN-MD5", "SMD5"})
"""Schemes of passwords that 2.4.1 refuses at the login unless it is told to take them: each was tried."""


def _schemes(draft: DovecotDraft) -> None:
    """Whether accounts have passwords that 2.4 would refuse."""
    weak = sum(
        number
        for accounts in draft.known.accounts.values()
        for name, number in accounts.schemes.items()
        if name in WEAK
    )
    usual = {
        section.value
        for written in draft.entries
        if isinstance(written, WrittenSection) and written.head.startswith("passdb")
        for section in written.entries
        if isinstance(section, Set) and section.name == "default_password_scheme"
    }
    if not weak and not usual & WEAK:
        return
    whose = (
        f"{weak} accounts have"
        if weak
        else f"accounts without a scheme of their own have ({', '.join(sorted(usual & WEAK))})"
    )
    draft.changed(
        Old((), "passdb", "", next(iter(draft.known.accounts), "")),
        f"{whose} passwords of schemes that 2.4 refuses unless told otherwise, so that nobody of them could log in:"
        " the converted configuration takes them; give them new passwords",
        Set("auth_allow_weak_schemes", "yes"),
    )


def _defaults(draft: DovecotDraft, tree: Block) -> None:
    """What 2.3 did without being told, and 2.4 would do otherwise."""
    _schemes(draft)
    if "NO-NOSELECT" not in tree.get("mail_location") and "KEEP-NOSELECT" not in tree.get("mail_location"):
        draft.put(Set("mailbox_list_drop_noselect", "no"))
    if "protocols" not in tree.settings:
        draft.plain(Old((), "protocols", USUAL_PROTOCOLS, ""), Set("protocols", USUAL_PROTOCOLS))
