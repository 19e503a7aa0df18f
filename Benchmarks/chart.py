"""Draws how far each figure that has an aim is from it: a bar that reaches the line meets the aim."""
from html import escape

WIDTH, LEFT, BAR, ROW = 860, 330, 300, 26


def score(entry):
    """1 at the aim, more when better."""
    comparison, number = entry["aim"]
    median = entry["median"]
    if comparison == ">=":
        return median / number
    return number / median if median else 2


def svg(table, is_met):
    aimed = [entry for entry in table if entry["aim"]]
    height = ROW * (len(aimed) + 2)
    line = LEFT + BAR / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{line}" y="16" text-anchor="middle">aim</text>',
    ]
    for index, entry in enumerate(aimed):
        top = ROW * (index + 1)
        length = max(2, BAR / 2 * min(score(entry), 2))
        color = "#2a7f62" if is_met(entry) else "#c0562f"
        comparison, number = entry["aim"]
        median = entry["median"]
        figure = f"{median:,.0f}" if median >= 100 else f"{median:.3g}"
        label = f"{figure} {entry['unit']} (aim {comparison} {number:,})"
        parts += [
            f'<text x="{LEFT - 10}" y="{top + 15}" text-anchor="end">{escape(entry["name"])}</text>',
            f'<rect x="{LEFT}" y="{top + 4}" width="{length:.0f}" height="16" fill="{color}"/>',
            f'<text x="{LEFT + max(length, BAR / 2) + 8:.0f}" y="{top + 16}">{escape(label)}</text>',
        ]
    parts.append(f'<line x1="{line}" y1="20" x2="{line}" y2="{height - ROW}" stroke="black"/>')
    return "\n".join(parts + ["</svg>", ""])
