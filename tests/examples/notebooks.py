"""What a notebook holds, printed and showed."""

import base64
import io
import re

import numpy as np
from PIL import Image


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tagged(notebook, tag):
    """The one cell with this tag."""
    (found,) = (cell for cell in notebook.cells if tag in cell.metadata.get("tags", []))
    return found


def printed(notebook) -> str:
    return "".join(output.text for cell in code(notebook) for output in cell.outputs if output.get("name") == "stdout")


def recall_at_1(notebook) -> float:
    return float(re.search(r"^Recall@1 +([\d.]+)", printed(notebook), re.MULTILINE)[1])


def pictures(notebook) -> list[Image.Image]:
    found = [output["data"] for cell in code(notebook) for output in cell.outputs if "data" in output]
    return [Image.open(io.BytesIO(base64.b64decode(data["image/png"]))) for data in found]


def colored(picture: Image.Image) -> float:
    """The share of pixels that are neither white nor gray."""
    pixels = np.asarray(picture.convert("RGB"), int)
    return float((np.ptp(pixels, axis=2) > 30).mean())
