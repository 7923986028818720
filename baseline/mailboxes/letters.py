"""The mail that tells an owner how full the mailbox is, in Malay and in English, ready to send."""

from __future__ import annotations

from datetime import datetime, tzinfo
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from baseline.mailboxes.owners import MailboxOwner

_SUBJECT = "Peti mel anda {percent:.0f}% penuh / Your mailbox is {percent:.0f}% full"
_BODY = """\
(English below.)

Tuan/Puan,

Peti mel {address} menggunakan {used} daripada {limit} ({percent:.1f}%). Ia sepenuh ini {ms_since}.

Apabila had itu dicapai, mel baharu kepada tuan/puan tidak lagi diterima. Setiap pegawai bertanggungjawab ke
atas peti melnya sendiri: sila padam atau arkibkan mel yang tidak diperlukan lagi, termasuk lampiran besar, dan
kosongkan folder Sampah (Trash).

Angka ini diambil pada {at}. Hanya saiz yang dilihat, bukan kandungan mel.

---

Dear owner,

The mailbox {address} uses {used} of {limit} ({percent:.1f}%). It has been this full {en_since}.

Once the limit is reached, new mail to you is not accepted any more. Each officer is responsible for his or her
own mailbox: please delete or archive mail that is no longer needed, large attachments among it, and empty the
folder Trash.

These numbers were taken on {at}. Only sizes were looked at, not mail.
"""


def letter(owner: MailboxOwner, sender: str, now: datetime, zone: tzinfo | None = None) -> bytes:
    """The mail to the owner of a full mailbox, with CR LF at its line ends.

    `owner.address` and `sender` are addresses, which the caller has made sure of. `now` is the time of the mail, `zone`
    the one that its times are told in. Raises ValueError for a mailbox that is not full.
    """
    if owner.full_since is None or owner.used is None or owner.limit is None:
        raise ValueError(f"{owner.login} is not full")
    since = _day(owner.full_since, zone)
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = owner.address
    message["Subject"] = _SUBJECT.format(percent=owner.percent)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=sender.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "ms, en"
    told = _BODY.format(
        address=owner.address,
        used=_mib(owner.used),
        limit=_mib(owner.limit),
        percent=owner.percent,
        ms_since=f"sejak {since} atau lebih awal" if owner.or_before else f"sejak {since}",
        en_since=f"since {since} or longer" if owner.or_before else f"since {since}",
        at=_day(owner.at, zone),
    )
    message.set_content(told, cte="quoted-printable")
    return bytes(message)


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"


def _day(moment: datetime, zone: tzinfo | None) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M (UTC%z)")
