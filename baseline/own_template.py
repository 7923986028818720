"""The name of a template in a file of one's own. Apart from `templates`, so that nobody needs Jinja2 to name one."""

from __future__ import annotations

import hashlib
from typing import Self


class OwnTemplate(str):
    """The name of a template in a file of one's own, with the text that was read from there.

    `file` is the path that mistakes are told at. The text has to be one that `templates.fault_of` finds nothing in.
    """

    text: str
    file: str

    def __new__(cls, name: str, text: str = "", file: str = "") -> Self:
        """A name that is text like another."""
        made = super().__new__(cls, name)
        made.text, made.file = text, file
        return made

    def __reduce__(self) -> tuple[type[OwnTemplate], tuple[str, str, str]]:
        """What a copy in another process is made from."""
        return OwnTemplate, (str(self), self.text, self.file)

    @property
    def sha256(self) -> str:
        """The digest of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()
