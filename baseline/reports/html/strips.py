"""What findings were over time, as small pictures in SVG: time from left to right, and what share of hosts was what."""

from __future__ import annotations

from markupsafe import Markup, escape

from baseline.reports.past import Strip

WIDTH, HEIGHT = 240, 14
_ORDER = ("fail", "unknown", "warn", "waived", "pass", "notapplicable")
_SHORT = {"fail": "f", "unknown": "u", "warn": "w", "waived": "v", "pass": "p", "notapplicable": "n"}


def drawn(strip: Strip, label: str) -> Markup:
    """The picture. `label` says the same in words, for who does not see it."""
    parts = []
    for piece in strip.pieces:
        shares, top = dict(piece.shares), 0.0
        x, wide = piece.begins * WIDTH, (piece.ends - piece.begins) * WIDTH
        for name in _ORDER:
            if share := shares.get(name, 0.0):
                tall = share * HEIGHT
                parts.append(
                    f'<rect class="{_SHORT[name]}" x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{tall:.1f}"/>'
                )
                top += tall
    head = f'<svg class="strip" role="img" aria-label="{escape(label)}" viewBox="0 0 {WIDTH} {HEIGHT}" '
    size = f'width="{WIDTH}" height="{HEIGHT}" preserveAspectRatio="none">'
    return Markup(f"{head}{size}{''.join(parts)}</svg>")  # noqa: S704 -- numbers and names of ours, the label escaped
