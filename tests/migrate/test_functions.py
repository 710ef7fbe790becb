"""Functions in old files are told by their byte code, which is never run."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.migrate._functions import code_of, normalized_axis
from semihard.migrate._marshal import read_code

# Made by Python 3.10 and 3.11.
RECORDED = json.loads((Path(__file__).parents[1] / "fixtures" / "addons_models" / "lambdas.json").read_text())
NORMALIZE = {
    "lambda x: tf.math.l2_normalize(x, axis=1)": 1,
    "lambda x: tf.nn.l2_normalize(x, axis=-1)": -1,
    "lambda t: K.l2_normalize(t, axis=1)": 1,
    "lambda x: tf.keras.backend.l2_normalize(x, axis=1)": 1,
    "lambda x: tf.math.l2_normalize(x, 1)": 1,
    "lambda x: K.l2_normalize(x, 1)": 1,
}
CASES = [(version, source) for version, found in RECORDED.items() for source in found]
TUTORIAL = base64.b64decode(RECORDED["3.11"]["lambda x: tf.math.l2_normalize(x, axis=1)"])


def test_two_versions_are_recorded():
    assert set(RECORDED) == {"3.10", "3.11"}
    assert len(CASES) == 32


@pytest.mark.parametrize(("version", "source"), CASES)
def test_only_the_normalisation_is_known(version, source):
    assert normalized_axis([RECORDED[version][source], None, None]) == NORMALIZE.get(source)


@pytest.mark.parametrize("source", NORMALIZE)
def test_python_3_7_had_one_number_less(source):
    """Without the count of positional-only arguments, which is the second; its byte code is that of 3.10."""
    data = base64.b64decode(RECORDED["3.10"][source])
    older = base64.b64encode(data[:5] + data[9:]).decode()
    assert normalized_axis([older, None, None]) == NORMALIZE[source]


@pytest.mark.parametrize("captured", [[2, None], [None, [1]]])
def test_defaults_and_closures_are_not_known(captured):
    assert normalized_axis([base64.b64encode(TUTORIAL).decode(), *captured]) is None


@pytest.mark.parametrize("wrong", [None, "x", [], ["?", None, None], ["4wEA", None, None], {"class_name": "f"}])
def test_what_is_no_function_is_not_known(wrong):
    assert normalized_axis(wrong) is None
    assert code_of(wrong) is None


@given(st.integers(0, len(TUTORIAL) - 1), st.binary(min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_damaged_bytes_are_read_or_refused(at, put):
    data = TUTORIAL[:at] + put + TUTORIAL[at + len(put) :]
    try:
        read_code(data)
    except ValueError as error:
        assert "Expected a code object" in str(error)


def test_deep_nesting_is_refused():
    with pytest.raises(ValueError, match="Expected a code object"):
        read_code(b")\x01" * 100_000)
