"""The first version: runs, findings and answers as spans, and what they stand on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _content(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey("contents.id"), nullable=False)


def _key(name: str, *references: sa.ForeignKey) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, *references, primary_key=True, autoincrement=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def upgrade() -> None:
    """Make all tables."""
    op.create_table("contents", _key("id"), _bytes("digest"), _bytes("data"), sa.UniqueConstraint("digest"))
    op.create_table("hosts", _key("id"), _text("name"), sa.UniqueConstraint("name"))
    op.create_table(
        "series",
        _key("id"),
        sa.Column("host", sa.Integer, sa.ForeignKey("hosts.id"), nullable=False),
        _text("baseline"),
        _text("subject"),
        _text("control"),
        sa.UniqueConstraint("host", "baseline", "subject", "control"),
    )
    op.create_table(
        "runs",
        _key("number"),
        *map(_text, ("id", "command", "who", "started", "finished", "version")),
        *map(_text, ("baseline", "baseline_version", "baseline_sha256")),
        sa.Column("hosts", sa.Integer, nullable=False),
        _text("summary"),
        sa.Column("exit_code", sa.Integer, nullable=False),
        *map(_content, ("document", "scope", "asked", "about")),
        *map(_bytes, ("begun", "previous", "digest")),
        sa.UniqueConstraint("id"),
    )
    _spans()
    _answers()


def _spans() -> None:
    op.create_table(
        "spans",
        _key("series", sa.ForeignKey("series.id")),
        _key("first", sa.ForeignKey("runs.number")),
        sa.Column("ended", sa.Integer, sa.ForeignKey("runs.number"), nullable=True),
        sa.Column("outcome", sa.String(13), nullable=False),
        sa.Column("drift", sa.Boolean, nullable=False),
        *map(_content, ("definition", "finding")),
        sqlite_with_rowid=False,
    )
    op.create_index("spans_by_first", "spans", ["first"])
    _open("spans", "series")


def _answers() -> None:
    op.create_table(
        "answers",
        _key("host", sa.ForeignKey("hosts.id")),
        _key("question", sa.ForeignKey("contents.id")),
        _key("first", sa.ForeignKey("runs.number")),
        sa.Column("ended", sa.Integer, sa.ForeignKey("runs.number"), nullable=True),
        _content("answer"),
        sqlite_with_rowid=False,
    )
    op.create_index("answers_by_first", "answers", ["first"])
    _open("answers", "host", "question")


def _open(table: str, *columns: str) -> None:
    """At most one span of each kind has not ended."""
    still = sa.text("ended IS NULL")
    op.create_index(f"{table}_open", table, list(columns), unique=True, sqlite_where=still, postgresql_where=still)
