"""Argument checks and the wording of errors: what was expected, what came, what to do."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np


def one_of(name: str, value: Any, choices: Iterable[Any]) -> Any:
    """Return `value` if it is one of `choices`, else raise `ValueError` listing them."""
    choices = tuple(choices)
    for choice in choices:
        if type(value) is type(choice) and value == choice:
            return value
    listed = ", ".join(map(repr, choices))
    raise ValueError(f"Expected `{name}` to be one of {listed}. Received: {name}={value!r}. Check the spelling.")


def whole_number(name: str, value: Any, minimum: int) -> int:
    """Return `value` as an `int` of at least `minimum`; raise `TypeError` or `ValueError` otherwise."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"Expected `{name}` to be a whole number. Received: {name}={value!r} ({type(value).__name__}).")
    value = int(value.__index__())
    if value < minimum:
        raise ValueError(f"Expected `{name}` to be at least {minimum}. Received: {name}={value}.")
    return value


def open_fraction(name: str, value: Any) -> float:
    """Return `value` as a `float` strictly between 0 and 1; raise `TypeError` or `ValueError` otherwise."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"Expected `{name}` to be a number. Received: {name}={value!r} ({type(value).__name__}).")
    value = float(value)
    if not 0.0 < value < 1.0:
        raise ValueError(f"Expected `{name}` to lie between 0 and 1, both excluded. Received: {name}={value}.")
    return value


def finite_number(name: str, value: Any) -> float:
    """`value` as a finite float; raises `TypeError` or `ValueError` otherwise."""
    if isinstance(value, bool | str) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"Expected `{name}` to be a number. Received: {name}={value!r} ({type(value).__name__}).")
    if not -math.inf < value < math.inf:  # false for NaN too; `math.isfinite` would break a compiled PyTorch graph
        raise ValueError(f"Expected `{name}` to be finite. Received: {name}={value}.")
    return float(value)


def positive_number(name: str, value: Any) -> float:
    """`value` as a finite float above 0; raises `TypeError` or `ValueError` otherwise."""
    number = finite_number(name, value)
    if number <= 0:
        raise ValueError(f"Expected `{name}` to be above 0. Received: {name}={value}.")
    return number


def ascending(name: str, values: Sequence[int]) -> list[int]:
    """Return `values` as a list of whole numbers of at least 1, each above the one before; raise otherwise."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TypeError(f"Expected `{name}` to be whole numbers. Received: {name}={values!r}. Give a list.")
    found = [whole_number(name, value, 1) for value in values]
    if not found or sorted(set(found)) != found:
        raise ValueError(f"Expected `{name}` to be at least one number, ascending. Received: {name}={found}.")
    return found


def part(name: str, value: Any) -> float:
    """`value` as a float from 0 to 1; raises `TypeError` or `ValueError` otherwise."""
    number = finite_number(name, value)
    if not 0 <= number <= 1:
        raise ValueError(f"Expected `{name}` to be from 0 to 1. Received: {name}={value}.")
    return number
