"""Some classes of both sets, a row each."""

from pathlib import Path

import numpy as np
from PIL import Image

from semihard.datasets import LabeledImages

# Classes of the emoji stand in columns of four, and letters beside them.
SIDE, GAP = 48, 4
EMOJI_COLUMNS, LETTERS = 2, 14


def draw(emoji: LabeledImages, letters: LabeledImages, path: Path) -> None:
    """Write a picture of emoji, several classes a row, and of as many rows of letters, a class of a script each."""
    scripts = sorted({str(script) for script in letters.superclasses})
    # Scripts of which most classes have many drawings.
    sizes = np.bincount(letters.labels)
    scripts = sorted(scripts, key=lambda script: -np.median(sizes[letters.superclasses == script]))[:LETTERS]
    rng = np.random.default_rng(0)
    classes = [rng.choice(np.flatnonzero(letters.superclasses == script)) for script in sorted(scripts)]
    width = max(sizes[chosen] for chosen in classes)
    right = [row(255 - letters.images[letters.labels == chosen], int(width)) for chosen in classes]
    kinds = sorted({str(kind) for kind in emoji.superclasses})
    chosen = [
        rng.choice(np.flatnonzero(emoji.superclasses == kinds[place % len(kinds)]))
        for place in range(EMOJI_COLUMNS * LETTERS)
    ]
    left = [row(emoji.images[emoji.labels == each], 4) for each in chosen]
    columns = [np.vstack(left[start * LETTERS : (start + 1) * LETTERS]) for start in range(EMOJI_COLUMNS)]
    space = np.full((LETTERS * (SIDE + GAP), 3 * GAP, 3), 255, np.uint8)
    whole = [part for column in (*columns, np.vstack(right)) for part in (column, space)][:-1]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.hstack(whole)).quantize(128).save(path, optimize=True)


def row(images: np.ndarray, width: int) -> np.ndarray:
    """Images side by side, in so many places."""
    shown = np.full((SIDE + GAP, width * (SIDE + GAP), 3), 255, np.uint8)
    for place, image in enumerate(images):
        tile = Image.fromarray(image).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
        start = place * (SIDE + GAP)
        shown[:SIDE, start : start + SIDE] = np.asarray(tile)
    return shown
