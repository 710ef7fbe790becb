"""What chance decides of a data set, for ever: without a generator, whose stream another version may change."""

import hashlib


def chance(*keys: object) -> float:
    """A number from 0 to 1 that these keys decide, the same on every machine and with every version of NumPy.

    Example:
        >>> chance("split", 0, "cat") == chance("split", 0, "cat") != chance("split", 1, "cat")
        True
    """
    digest = hashlib.sha256("\n".join(map(str, keys)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
