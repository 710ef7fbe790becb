"""Options of a training: what is misspelt or contradicts itself raises, and a file of them comes back as it was."""

import dataclasses
import string
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semihard.workflows.training import TrainingOptions
from semihard.workflows.training.config import read_config, write_config


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"epoch": 3}, TypeError, "Did you mean 'epochs'"),
        ({"loss": "tripplet"}, ValueError, "one of 'triplet'"),
        ({"mining": "seminard"}, ValueError, "one of 'semi_hard'"),
        ({"augment": "strong"}, ValueError, "'photo'"),
        ({"epochs": 0}, ValueError, "at least 1"),
        ({"epochs": 2.5}, TypeError, "whole number"),
        ({"freeze_epochs": "al"}, ValueError, "a whole number or 'all'"),
        ({"freeze_epochs": -1}, ValueError, "at least 0"),
        ({"test_fraction": 0.7, "val_fraction": 0.3}, ValueError, "less than 1 together"),
        ({"epochs": True}, TypeError, "whole number"),
        ({"test_fraction": 1.0}, ValueError, "between 0 and 1"),
        ({"strength": 1.5}, ValueError, "from 0 to 1"),
        ({"learning_rate": float("nan")}, ValueError, "finite"),
        ({"size": (3, 4, 5)}, TypeError, "height, width"),
        ({"device": ""}, TypeError, "a text"),
        ({"patience": None}, TypeError, "whole number"),
        ({"loss": "circle", "mining": "hardest"}, ValueError, "loss='triplet' only"),
        ({"loss": "nt_xent", "margin": 0.2}, ValueError, "with a loss that has one"),
        ({"dims": [64, 32]}, ValueError, "ascending"),
        ({"dims": [64, 128]}, ValueError, "`dims` below the 128 of `embedding`"),
        ({"dims": "64"}, TypeError, "`dims` to be whole numbers"),
        ({"classes_per_batch": 4}, ValueError, "Received: one of them"),
    ],
)
def test_wrong_options_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        TrainingOptions.checked({"data": "photos", **options})


def test_data_are_needed():
    with pytest.raises(TypeError, match="Expected `data`"):
        TrainingOptions.checked({})


def test_numbers_of_numpy_are_numbers():
    options = TrainingOptions("photos", epochs=np.int64(3), margin=np.float32(0.5))
    assert (options.epochs, options.margin) == (3, 0.5)
    assert (type(options.epochs), type(options.margin)) == (int, float)


def test_a_config_is_the_options_again(tmp_path):
    options = TrainingOptions(tmp_path / 'a "b"\n', size=(32, 48), loss="circle", margin=0.25, epochs=3, dims=[8, 64])
    write_config(tmp_path / "config.toml", options.given())
    assert TrainingOptions.checked(read_config(tmp_path / "config.toml")) == options


@given(
    st.dictionaries(
        st.text(string.ascii_lowercase, min_size=1),
        st.one_of(
            st.text(st.characters(codec="utf-8")),
            st.booleans(),
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False, allow_infinity=False),
            st.lists(st.integers(0, 9)).map(tuple),
        ),
    )
)
def test_every_value_comes_back(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("config") / "config.toml"
    write_config(path, values)
    assert read_config(path) == values


def test_what_is_no_toml_is_refused(tmp_path):
    (tmp_path / "config.toml").write_text("epochs: 3")
    with pytest.raises(ValueError, match="to be TOML"):
        read_config(tmp_path / "config.toml")


def test_every_option_says_what_it_is_and_checks_its_default():
    for field in dataclasses.fields(TrainingOptions):
        assert field.metadata["help"]
        if field.default not in (None, dataclasses.MISSING):
            assert field.metadata["kind"].check(field.name, field.default) == field.default


def test_they_do_without_keras():
    program = "import sys, semihard.workflows.training as t; t.TrainingOptions('x'); print('keras' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout.split() == ["False"]
