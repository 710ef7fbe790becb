"""Optional packages: found without importing them, named with the command that installs them."""

import subprocess
import sys

import pytest

from semihard._core import extras


def test_present_packages_are_not_imported():
    code = (
        "import sys, semihard._core.extras as e; e.require_plots(); assert not {'umap', 'matplotlib'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("module", "package"), [("umap", "umap-learn"), ("matplotlib", "matplotlib")])
def test_a_missing_package_is_named_with_its_command(monkeypatch, module, package):
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == module else object())
    with pytest.raises(ImportError) as raised:
        extras.require_plots()
    assert str(raised.value) == (
        f"Expected {package} to be installed. Received: no module named '{module}'. "
        'Run: pip install "semihard[plots]"'
    )
    assert raised.value.name == package
