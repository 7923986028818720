"""The tables of a history as they are now. How they came to be so is in `migrations`.

A *span* is what a finding, or an answer, was from one run on until the run that first saw it otherwise (`ended`; NULL
while nothing else was seen). A run has seen what its `scope` lists; what it saw of that is in the spans that hold then.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

contents = Table(
    "contents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("data", LargeBinary, nullable=False),
)
"""Documents and answers, once each: see `baseline.history.content`."""


def _content(name: str) -> Column[int]:
    return Column(name, Integer, ForeignKey("contents.id"), nullable=False)


hosts = Table(
    "hosts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
)
"""What findings and answers are of: hosts, domains and sites."""

series = Table(
    "series",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("host", Integer, ForeignKey("hosts.id"), nullable=False),
    Column("baseline", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("control", Text, nullable=False),
    UniqueConstraint("host", "baseline", "subject", "control"),
)
"""One control of one baseline on one host, or about one subject."""

runs = Table(
    "runs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("command", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("finished", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("baseline", Text, nullable=False),
    Column("baseline_version", Text, nullable=False),
    Column("baseline_sha256", Text, nullable=False),
    Column("hosts", Integer, nullable=False),
    Column("summary", Text, nullable=False),
    Column("exit_code", Integer, nullable=False),
    _content("document"),
    _content("scope"),
    _content("asked"),
    _content("about"),
    Column("begun", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)
"""Runs in the order in which they were kept. `digest` covers a run and `previous`, the digest of the one before.

`document` is the report without its findings, `scope` the series of its findings in order, `asked` which control asked
which questions, `about` what else was known, `begun` a digest over all spans that begin with the run.
"""

spans = Table(
    "spans",
    metadata,
    Column("series", Integer, ForeignKey("series.id"), primary_key=True, autoincrement=False),
    Column("first", Integer, ForeignKey("runs.number"), primary_key=True, autoincrement=False),
    Column("ended", Integer, ForeignKey("runs.number"), nullable=True),
    Column("outcome", String(13), nullable=False),
    Column("drift", Boolean, nullable=False),
    _content("definition"),
    _content("finding"),
    Index("spans_by_first", "first"),
    sqlite_with_rowid=False,
)
"""What a series was: `definition` is what the baseline says of the control, `finding` what was found."""

answers = Table(
    "answers",
    metadata,
    Column("host", Integer, ForeignKey("hosts.id"), primary_key=True, autoincrement=False),
    Column("question", Integer, ForeignKey("contents.id"), primary_key=True, autoincrement=False),
    Column("first", Integer, ForeignKey("runs.number"), primary_key=True, autoincrement=False),
    Column("ended", Integer, ForeignKey("runs.number"), nullable=True),
    _content("answer"),
    Index("answers_by_first", "first"),
    sqlite_with_rowid=False,
)
"""What a host answered to a question."""

measurements = Table(
    "measurements",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("site", Text, nullable=False),
    Column("sort", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("address", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("signature", Text, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Index("measurements_by_time", "at"),
)
"""What was measured, in the order in which it was kept: see `baseline.history.measured`."""


def with_partial_indexes() -> MetaData:
    """All tables, with the indexes over open spans besides.

    Apart, since SQLAlchemy reads its whole dialect of PostgreSQL for their conditions, and no query needs to know them.
    """
    if not any(one.name == "spans_open" for one in spans.indexes):
        for name, columns, ended in (
            ("spans_open", (spans.c.series,), spans.c.ended),
            ("answers_open", (answers.c.host, answers.c.question), answers.c.ended),
        ):
            Index(name, *columns, unique=True, sqlite_where=ended.is_(None), postgresql_where=ended.is_(None))
    return metadata
