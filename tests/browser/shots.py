"""The pictures of a report in docs/images: `python -m tests.browser.shots`, with Chromium and Node.js."""

from __future__ import annotations

import tempfile
from pathlib import Path

from baseline.reports import FORMATS
from tests.browser.looking import Look, look
from tests.browser.pages import agency, shown
from tests.reports.consoles import console

_IMAGES = Path(__file__).parents[2] / "docs" / "images"


def main() -> None:
    """Write them anew."""
    report = agency()
    _IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(FORMATS["html"](report, shown(report), console()), "utf-8")
        url = page.as_uri()
        look(
            [
                Look(url, width=1200, height=1150, shot=str(_IMAGES / "report-desk.png")),
                Look(url, width=390, height=800, scheme="dark", shot=str(_IMAGES / "report-phone.png")),
            ]
        )


if __name__ == "__main__":
    main()
