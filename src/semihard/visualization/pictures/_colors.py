"""Colours that ten classes can be told apart by, colour-blind readers included."""

from typing import Any

# Searched for the largest smallest distance (OKLab, on linear RGB) between any two as seen with normal, protan, deutan
# and tritan vision (Machado et al. 2009, severity 1), lightness and chroma bounded so that all show on white: 0.10.
# The tests measure it; matplotlib's own ten have 0.007.
TEN = (
    "#ce4a7c",
    "#c5d222",
    "#9b87f4",
    "#ba8f06",
    "#701922",
    "#4f118c",
    "#f5939c",
    "#1364cc",
    "#12d7fc",
    "#676804",
)


def class_colors(count: int) -> list[str]:
    """Return `count` colours as "#rrggbb": the ten above, or a rainbow of even steps where there are more classes."""
    if count <= len(TEN):
        return list(TEN[:count])
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps["turbo"](0.04 + 0.92 * i / (count - 1))) for i in range(count)]


def text_color(background: Any) -> str:
    """Return "black" or "white", whichever has the higher contrast (WCAG 2) on `background`."""
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(background)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"
