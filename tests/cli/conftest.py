"""What the tests of several commands share."""

import pytest


@pytest.fixture
def here(made, monkeypatch):
    """In the folder that the module has `made`, where commands take the backend of these tests."""
    import keras  # here: not every file of this folder needs it

    monkeypatch.chdir(made)
    monkeypatch.setenv("KERAS_BACKEND", keras.backend.backend())
    return made
