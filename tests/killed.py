"""A call that is ended where nothing catches it."""

from pathlib import Path


class Killed(BaseException):
    """What ends a call in this process."""


def killed_at(monkeypatch, place: int, after: bool) -> None:
    """End the call at the `place`-th time that something takes its place: before it does, or just after."""
    replace, calls = Path.replace, iter(range(10**6))

    def killed(self, target):
        now = next(calls) == place
        if now and not after:
            raise Killed
        done = replace(self, target)
        if now:
            raise Killed
        return done

    monkeypatch.setattr(Path, "replace", killed)
