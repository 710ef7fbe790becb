"""What a request says of its pictures, or wants; raises `Problem` where that is nothing."""

import re

from semihard.workflows.serving._problem import Problem
from semihard.workflows.serving._uploads import Uploads
from semihard.workflows.serving.limits import MOST_NEIGHBORS, MOST_TEXT


def k_of(uploads: Uploads) -> int:
    """How many neighbors; 10 where nothing is said."""
    given = ", ".join(uploads.words.get("k", ["10"]))
    if not re.fullmatch("[0-9]{1,9}", given) or not 1 <= int(given) <= MOST_NEIGHBORS:
        raise Problem(422, f"Expected a whole `k` from 1 to {MOST_NEIGHBORS:,}. Received: {given[:100]!r}.")
    return int(given)


def label_of(uploads: Uploads) -> str:
    """Of all pictures."""
    given = uploads.words.get("label", [])
    if len(given) != 1 or not 1 <= len(given[0]) <= MOST_TEXT:
        raise Problem(422, f"Expected one `label`, of 1 to {MOST_TEXT:,} characters. Received: {len(given)}.")
    return given[0]


def ids_of(uploads: Uploads) -> list[str] | None:
    """Of each picture, or None."""
    given = uploads.words.get("id")
    if given is None:
        return None
    if len(given) != len(uploads.pictures) or not all(1 <= len(one) <= MOST_TEXT for one in given):
        raise Problem(
            422,
            f"Expected no `id`, or one of 1 to {MOST_TEXT:,} characters for each of {len(uploads.pictures)} pictures. "
            f"Received: {len(given)}.",
        )
    return given
