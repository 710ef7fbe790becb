"""How much one request may ask of a server."""

import dataclasses

from semihard._core import checks

MOST_NEIGHBORS = 1000
# Characters of a label and of an id.
MOST_TEXT = 1000


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a request may cost; what is beyond is refused, and says so.

    Args:
        bytes: of a request's body. It is counted as it comes, and not read to its end.
        pictures: in a request.
        pixels: of a picture, as its file states them: it is not decoded to find out.
        seconds: for a request, from its first byte to its answer.
        at_once: requests with pictures at a time.

    Raises:
        TypeError, ValueError: for anything but whole numbers above 0, and seconds above 0.

    Example:
        >>> Limits(pictures=8).pictures
        8
    """

    bytes: int = 32 * 2**20
    pictures: int = 32
    pixels: int = 50_000_000
    seconds: float = 30.0
    at_once: int = 8

    def __post_init__(self) -> None:
        for name in ("bytes", "pictures", "pixels", "at_once"):
            checks.whole_number(name, getattr(self, name), 1)
        checks.positive_number("seconds", self.seconds)
