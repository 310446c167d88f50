"""A row as a small SVG badge, for a README."""

from __future__ import annotations

from xml.sax.saxutils import escape

from synthbench.board.row import Row


def badge(row: Row) -> str:
    """An SVG badge: board, rank interval and score.

    Widths are estimated (6.6 px per character of 11 px type) and pinned by ``textLength``.
    """
    left = "synthbench"
    place = (
        "" if row.rank_interval is None else "rank " + "–".join(str(n) for n in dict.fromkeys(row.rank_interval)) + ", "
    )
    spread = "" if row.std is None else f" ± {100 * row.std:.1f}"
    right = "no score" if row.value is None else f"{place}{100 * row.value:.1f}{spread}"
    widths = [round(len(text) * 6.6) + 14 for text in (left, right)]
    title = escape(f"synthbench: {right} ({row.track}, {row.scale} scale)", {'"': "&quot;"})

    def text(words: str, x: float, width: int) -> str:
        return f'<text x="{x}" y="14" textLength="{width - 14}">{escape(words)}</text>'

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sum(widths)}" height="20" role="img" '
        f'aria-label="{title}"><title>{title}</title>'
        f'<clipPath id="r"><rect width="{sum(widths)}" height="20" rx="3"/></clipPath><g clip-path="url(#r)">'
        f'<rect width="{widths[0]}" height="20" fill="#33413e"/><rect '
        f'x="{widths[0]}" width="{widths[1]}" height="20" fill="#0a6c74"/></g>'
        f'<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{text(left, widths[0] / 2, widths[0])}{text(right, widths[0] + widths[1] / 2, widths[1])}</g></svg>\n"
    )
