"""What the tests of several commands share."""

import keras
import pytest


@pytest.fixture
def here(made, monkeypatch):
    """In the folder that the module has `made`, where commands take the backend of these tests."""
    monkeypatch.chdir(made)
    monkeypatch.setenv("KERAS_BACKEND", keras.backend.backend())
    return made
