"""Ids, labels and metadata as texts of JSON: what a table keeps of them, and finds by, whatever their types."""

import json
from collections.abc import Iterable, Mapping
from typing import Any


def written(value: Any) -> str | None:
    """The text that a table keeps: ASCII, so that each can hold it; None for None.

    Example:
        >>> written(1), written("1"), written(True), written("\\udcff"), written(None)
        ('1', '"1"', 'true', '"\\\\udcff"', None)
    """
    return None if value is None else json.dumps(value, allow_nan=False)


def read(text: str | None) -> Any:
    """What was `written`.

    Example:
        >>> read('"1"'), read("1"), read(None)
        ('1', 1, None)
    """
    return None if text is None else json.loads(text)


def spellings(values: Iterable[Any]) -> list[str]:
    """The texts of all values that equal one of these: 1, 1.0 and True are one, as everywhere here.

    Example:
        >>> spellings([1]), spellings(["1"]), spellings([0.5])
        (['1', '1.0', 'true'], ['"1"'], ['0.5'])
    """
    found = []
    for value in values:
        alike: list[Any] = [value]
        if not isinstance(value, str):
            alike = [kind(value) for kind in (int, float, bool) if _same(kind, value)]
            alike += [-0.0] if value == 0 else []
        found += [json.dumps(one) for one in alike]
    return found


def pairs(metadata: Mapping[str, list[Any]], count: int) -> list[list[str]]:
    """What a table keeps of metadata: of each item a list of texts, one a cell that is not empty.

    Example:
        >>> pairs({"file": ["a", None], "n": [1, 2]}, 2)
        [['["file", "a"]', '["n", 1]'], ['["n", 2]']]
    """
    return [
        [json.dumps([name, column[place]]) for name, column in metadata.items() if column[place] is not None]
        for place in range(count)
    ]


def pair_spellings(name: str, values: Iterable[Any]) -> list[str]:
    """The texts of `pairs` that have one of these values in a column.

    Example:
        >>> pair_spellings("n", [2])
        ['["n", 2]', '["n", 2.0]']
    """
    return [f"[{json.dumps(name)}, {text}]" for text in spellings(values)]


def cells(texts: Iterable[list[str]], columns: Iterable[str]) -> dict[str, list[Any]]:
    """Metadata by column, of what `pairs` made.

    Example:
        >>> cells([['["n", 1]'], []], ["n"])
        {'n': [1, None]}
    """
    rows = [dict(json.loads(text) for text in row) for row in texts]
    return {name: [row.get(name) for row in rows] for name in columns}


def _same(kind: type, value: Any) -> bool:
    try:
        return bool(kind(value) == value)
    except OverflowError:  # a whole number that no float comes near
        return False
