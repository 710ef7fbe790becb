"""tensorflow-addons' own tests of its six metric losses, unchanged, run on semihard's losses.

A shim gives the loss modules their old import names (`shim.py`); nothing else differs. The tests are in the
source only, not in the wheel:

    git clone --depth 1 --branch v0.23.0 https://github.com/tensorflow/addons
    python -m benchmarks addons_tests --addons addons

Tests that fail are listed with the cause that stands in docs/migration.md. Exit 1 if one fails without such a cause.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.harness.checkout import CHECKOUT, BenchmarkError
from benchmarks.harness.environments import python_for

FILES = ("triplet_test.py", "lifted_test.py", "npairs_test.py", "contrastive_test.py")


@dataclass(frozen=True)
class Cause:
    """Why a test of theirs cannot pass here; both patterns must fit."""

    test: str
    message: str
    why: str


CAUSES = (
    Cause(
        r"float16",  # bfloat16 as well
        r"Not equal to tolerance rtol=1e-06, atol=1e-06",
        "half precision: a loss class of Keras 3 gives float32, so the test allows no rounding of the embeddings",
    ),
    Cause(
        r"npairs_test\.test_config",
        r"'sum_over_batch_size' == 'none'",
        "reduction: here the class reduces, by Keras's rules",
    ),
)


def package_in(folder: Path) -> Path:
    """The folder `tensorflow_addons` of a checkout, of site-packages, or itself."""
    for package in (folder, folder / "tensorflow_addons"):
        if all((package / "losses" / "tests" / name).is_file() for name in FILES):
            return package.resolve()
    raise BenchmarkError(
        f"Expected the source of tensorflow-addons with tensorflow_addons/losses/tests. Received: {folder}. The wheel "
        "leaves its tests out: `git clone --depth 1 --branch v0.23.0 https://github.com/tensorflow/addons`."
    )


def run(package: Path) -> list[tuple[str, str]]:
    """(test, message) of every test, with an empty message for those that pass."""
    tests = [str(package / "losses" / "tests" / name) for name in FILES]
    environ = {
        **os.environ,
        "KERAS_BACKEND": "tensorflow",
        "PYTHONPATH": os.pathsep.join([str(CHECKOUT / "src"), str(CHECKOUT)]),
        "PYTHONDONTWRITEBYTECODE": "1",  # their folder stays as it is
        "SEMIHARD_ADDONS": str(package),
    }
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch) / "results.xml"
        options = ["-q", "--no-header", "-p", "benchmarks.addons_tests.shim", "-p", "no:cacheprovider"]
        options += [f"--junitxml={results}", "-o", "junit_family=xunit1"]  # the family that names the file
        # Not our settings, nor theirs.
        ini = Path(scratch) / "pytest.ini"
        ini.write_text("[pytest]\n")
        command = [str(python_for("tensorflow")), "-m", "pytest", *options, "-c", str(ini), "--rootdir", scratch]
        ended = subprocess.run([*command, *tests], env=environ, cwd=scratch, capture_output=True, text=True)
        if not results.exists() or ended.returncode not in (0, 1):
            raise BenchmarkError(f"pytest ended with {ended.returncode}:\n{ended.stdout}\n{ended.stderr}")
        # Written by the run above.
        cases = list(ElementTree.parse(results).iter("testcase"))
    found = []
    for case in cases:
        failure = next((part for part in case if part.tag in ("failure", "error", "skipped")), None)
        name = f"{Path(case.get('file')).stem}.{case.get('name')}"
        found.append((name, "" if failure is None else f"{failure.get('message')}\n{failure.text}"))
    return found


def cause_of(test: str, message: str) -> str | None:
    """What docs/migration.md says of a test that fails, or None."""
    fits = (c.why for c in CAUSES if re.search(c.test, test) and re.search(c.message, message))
    return next(fits, None)


def main(line: Sequence[str]) -> None:
    """Run, print the table, and end with 1 if a failure has no cause."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks addons_tests",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--addons", type=Path, required=True, help="a checkout of tensorflow-addons")
    found = run(package_in(parser.parse_args(line).addons.expanduser()))
    failed = [(test, message) for test, message in found if message]
    print(f"{len(found) - len(failed)} of {len(found)} pass.")
    causes = Counter(cause_of(*test) for test in failed)
    for why, count in causes.items():
        if why is not None:
            print(f"{count} fail: {why} (docs/migration.md).")
    unknown = [(test, message) for test, message in failed if cause_of(test, message) is None]
    for test, message in unknown:
        print(f"fails without a cause that is written down: {test}: {message.splitlines()[0][:300]}")
    if unknown:
        sys.exit(1)
