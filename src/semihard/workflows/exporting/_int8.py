"""A quantised ONNX model, beside the one it is made of."""

import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.extras import EXPORT, require

# Pictures that the ranges of the activations are found on.
CALIBRATION = 100
PRODUCTS = ["Conv", "Gemm", "MatMul"]


def require_int8() -> None:
    """Raise `MissingPackage` unless all is there that it takes."""
    for module in ("onnx", "onnxruntime"):
        require(module, module, EXPORT)


def make_int8(model: Path, out: Path, pixels: NDArray[Any]) -> None:
    """Write the model with weights and activations of 8 bits where it multiplies matrices or convolves.

    The last product stays as it is. It makes the vector, and doubles the error (docs/export.md): a fifth of the size in
    a small net, next to nothing in others. Ranges that are found at run time, of each picture anew, are as good, and
    slower than no quantisation.

    Args:
        model, out: .onnx files.
        pixels: [n, height, width, channels], as the preprocessing makes them, to find the ranges of activations on.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Pictures(CalibrationDataReader):
        def __init__(self, name: str) -> None:
            self.name, self.left = name, list(pixels[:CALIBRATION])

        def get_next(self) -> dict[str, Any] | None:
            return {self.name: self.left.pop(0)[None].astype(np.float32)} if self.left else None

    before = logging.root.manager.disable
    logging.disable(logging.WARNING)  # it logs advice to the root
    try:
        with tempfile.TemporaryDirectory() as folder:
            # Batch normalisation goes into the convolutions first.
            prepared = Path(folder) / "prepared.onnx"
            quant_pre_process(model, prepared, skip_symbolic_shape=True)
            quantize_static(
                prepared,
                out,
                Pictures(_input_name(model)),
                quant_format=QuantFormat.QDQ,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                per_channel=True,
                op_types_to_quantize=PRODUCTS,
                nodes_to_exclude=_last_product(prepared),
            )
    finally:
        logging.disable(before)


def _input_name(model: Path) -> str:
    import onnx

    return str(onnx.load(model, load_external_data=False).graph.input[0].name)


def _last_product(model: Path) -> list[str]:
    import onnx

    nodes = onnx.load(model, load_external_data=False).graph.node
    return [node.name for node in nodes if node.op_type in ("Gemm", "MatMul")][-1:]
