"""The formats that a model can be exported to, beside Keras's own. No Keras."""

from collections.abc import Iterable
from typing import NamedTuple

from semihard._core import checks


class Format(NamedTuple):
    """Attributes:
    path: of the file, or of the directory, in the bundle.
    word: of `keras.Model.export`.
    batch: of its input; None for any.
    what: it is.
    """

    path: str
    word: str
    batch: int | None
    what: str


FORMATS = {
    "onnx": Format("model.onnx", "onnx", None, "the model for ONNX Runtime; any number of pictures at a time"),
    "saved_model": Format(
        "saved_model", "tf_saved_model", None, "the model for TensorFlow Serving; any number of pictures at a time"
    ),
    # With PyTorch it can be no other; and where the size is known, LiteRT's faster kernels are used.
    "litert": Format("model.tflite", "litert", 1, "the model for LiteRT, on phones; one picture at a time"),
}


def checked_formats(formats: Iterable[str] | None) -> list[str]:
    """Return the names of the formats that were asked for; all of them for None.

    Raises:
        TypeError, ValueError: for another name, or one twice.

    Example:
        >>> checked_formats(None)
        ['onnx', 'saved_model', 'litert']
    """
    if formats is None:
        return list(FORMATS)
    if isinstance(formats, str) or not isinstance(formats, Iterable):
        raise TypeError(f"Expected `formats` to be a list of names. Received: formats={formats!r}.")
    asked = list(formats)
    for name in asked:
        checks.one_of("formats", name, FORMATS)
    if len(set(asked)) < len(asked):
        raise ValueError(f"Expected each of `formats` once. Received: {asked}.")
    return asked
