"""Files that are in the data twice: under two labels, or on both sides of the split."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from semihard.workflows.training._images import Images

NAMED = 3


def notes_on_copies(images: Images) -> Iterator[str]:
    """Yield a sentence about each kind of copies that spoils a training or its figures, naming some."""
    held = {images.validation: None, images.test: None}
    samples = [
        (path, label, place)
        for place, part in enumerate((images.train, *held))
        for path, label in zip(part.paths, part.labels, strict=True)
    ]
    groups = list(_same(samples))
    two_labels = [group for group in groups if len({repr(label) for _, label, _ in group}) > 1]
    if two_labels:
        yield (
            f"Pictures under two labels or more: {len(two_labels):,} ({_named(two_labels)}). No model can be right "
            "about them; remove what is wrong."
        )
    across = [group for group in groups if len({place for _, _, place in group}) > 1]
    if across:
        yield (
            f"Pictures on both sides of the split: {len(across):,} ({_named(across)}). The figures are better than "
            "those of new pictures will be; remove the copies."
        )


def _same(samples: list[Any]) -> Iterator[list[Any]]:
    """Groups of samples whose files are equal byte by byte; only files of one size are read."""
    for group in _grouped((Path(sample[0]).stat().st_size, sample) for sample in samples):
        yield from _grouped((hashlib.sha256(Path(sample[0]).read_bytes()).digest(), sample) for sample in group)


def _grouped(keyed: Iterable[tuple[Any, Any]]) -> Iterator[list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for key, sample in keyed:
        groups[key].append(sample)
    return (group for group in groups.values() if len(group) > 1)


def _named(groups: list[list[Any]]) -> str:
    few = "; ".join(" = ".join(str(path) for path, _, _ in group[:2]) for group in groups[:NAMED])
    return few + ("; …" if len(groups) > NAMED else "")
