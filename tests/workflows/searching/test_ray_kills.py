"""What is made on Ray is whole, and there once, whoever is killed meanwhile. The model is of NumPy, without Keras."""

import os
import pickle
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from PIL import Image

from semihard._core.decode import CorruptImage
from semihard._core.extras import MissingPackage
from semihard.data.preprocessing import Preprocessing
from semihard.workflows.searching import _ray_data
from semihard.workflows.searching._pieces import Piece, PieceMaker, Plan, summed
from semihard.workflows.searching._ray_data import each_on_ray, ray_cluster
from semihard.workflows.searching._shards import ShardFormat
from semihard.workflows.searching._vectors import label_type
from semihard.workflows.searching.photos import find_photos
from tests.cli.processes import end
from tests.cli.processes import start as start_command

ray = pytest.importorskip("ray")
cluster_utils = pytest.importorskip("ray.cluster_utils")

# A dead machine is noticed in a second instead of in half a minute.
NOTICED = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 300, "health_check_failure_threshold": 3}
MACHINE = {"num_cpus": 1, "object_store_memory": 2**27, "include_dashboard": False}


@pytest.fixture(scope="module")
def machines():
    """Two of Ray's own, both here; this process is connected to the first."""
    patched = pytest.MonkeyPatch()
    patched.setenv("RAY_USAGE_STATS_ENABLED", "0")
    cluster = cluster_utils.Cluster(
        initialize_head=True, head_node_args={**MACHINE, "_system_config": NOTICED}, shutdown_at_exit=False
    )
    second = cluster.add_node(**MACHINE)
    ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    yield cluster, second
    ray.shutdown()
    cluster.shutdown()
    patched.undo()


class Colors:
    """The mean color of a picture, which takes its time."""

    dim = 3

    def __call__(self, pixels, batch):
        time.sleep(0.05)
        return pixels.mean(axis=(1, 2)).astype(np.float32)


def start(shards):
    """Of an actor: what it does with a piece, and who it is."""
    make = PieceMaker(Colors(), Preprocessing(4), batch=2, threads=1, shards=shards)

    def do(piece: Piece):
        make(piece)
        return piece.first, os.getpid(), ray.get_runtime_context().get_node_id()

    return do


def asleep():
    def do(task):
        time.sleep(0.1)
        return os.getpid()

    return do


def gone(pid):
    """Whether a process ends in time."""
    until = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.1)
    return not Path(f"/proc/{pid}").exists()


def wrong():
    raise FileNotFoundError("Expected a model. Received: none.\nSecond line.")


# In place of `embed`, which needs Keras: an actor that begins, and is heard of.
INSTEAD = """
import semihard.workflows.searching as searching
from semihard.workflows.searching._ray_data import each_on_ray, ray_cluster
from tests.workflows.searching.test_ray_kills import asleep
def embed(*arguments, engine, **options):
    with ray_cluster():
        for pid in each_on_ray(range(10_000), asleep, actors=1):
            print("here", pid, file=sys.__stdout__, flush=True)
searching.embed = embed
"""


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """Shards of four of 122 pictures, one of which is corrupt, and one is gone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for number in range(121):
        Image.new("RGB", (5, 5), (number, 255 - number, 7)).save(f"photos/{number:03}.png")
    (tmp_path / "photos" / "017.png").write_text("no picture")
    (tmp_path / "photos" / "gone.png").symlink_to("nowhere.png")
    (tmp_path / "made").mkdir()
    return Plan(find_photos(tmp_path / "photos"), tmp_path / "made", 4, tmp_path / "out")


def shards(plan):
    return ShardFormat({"model": "m", "job": "j", "root": None}, label_type(plan.photos.labels))


def test_a_worker_and_a_machine_are_killed(machines, plan):
    """Ids are unique and none is missing; the files are those that this process writes alone."""
    cluster, second = machines
    pieces = [plan.piece(number) for number in range(len(plan.files))]
    killed, results = set(), []
    with ray_cluster() as found:
        assert (found.machines, found.processors) == (2, 2)
        for first, pid, node in each_on_ray(pieces, lambda: start(shards(plan)), actors=2):
            results.append((first, pid, node))
            if len(results) == 3:
                killed.add(pid)
                os.kill(pid, signal.SIGKILL)
            if len(results) == 10:
                cluster.remove_node(second, allow_graceful=False)
    assert ray.is_initialized()  # it was before, and stays
    assert sorted(first for first, _, _ in results) == [piece.first for piece in pieces]
    # Whether another comes for the one that was killed before all is done depends on how busy the machine is.
    assert {pid for _, pid, _ in results[-5:]}.isdisjoint(killed)
    assert len({node for _, _, node in results}) == 2
    assert {node for _, _, node in results[-5:]} == {node["NodeID"] for node in ray.nodes() if node["Alive"]}
    ids = [one for file in plan.files for one in parquet.read_table(file)["id"].to_pylist()]
    assert ids == [one for one in range(122) if one not in (17, 121)]
    failed, count, dim = summed(plan)
    assert (count, dim, [Path(path).name for path, _ in failed]) == (120, 3, ["017.png", "gone.png"])
    before = {file: file.read_bytes() for file in plan.files}
    make = PieceMaker(Colors(), Preprocessing(4), batch=2, threads=1, shards=shards(plan))
    for piece in pieces[::10]:
        piece.file.unlink()
        make(piece)
    assert {file: file.read_bytes() for file in plan.files} == before
    assert not list(plan.folder.glob(".*"))


def test_what_is_given_up_ends(machines):
    """The actors go, though Ray stays; what was done is enough."""
    with ray_cluster():
        made = each_on_ray(range(100), asleep, actors=1)
        pid = next(made)
        made.close()
        assert gone(pid)


def test_what_an_actor_cannot_do_is_said_as_it_says_it(machines):
    with ray_cluster(), pytest.raises(OSError, match=r"^Expected a model\. Received: none\.\nSecond line\.$"):
        list(each_on_ray([1, 2, 3], wrong, actors=1))


@pytest.mark.parametrize(
    ("error", "value"),
    [(ValueError("no"), True), (CorruptImage("a.png", "no"), False), (MissingPackage("x", "no", "none"), False)],
)
def test_what_a_user_can_mend_is_a_row_and_a_bug_is_not(error, value):
    """Also a package that a machine lacks, which is nothing that is wrong with the files."""

    def fail(task=None):
        raise error

    given = pa.table({"task": [pickle.dumps(1)]})
    for start in (fail, lambda: fail):
        expected = {"wrong": [str(error)], "value": [value], "made": [None]}
        assert _ray_data._Actor(start)(given).to_pydict() == expected
    with pytest.raises(ZeroDivisionError):
        _ray_data._Actor(lambda: lambda task: task / 0)(given)


def test_ctrl_c(machines, monkeypatch, tmp_path):
    """The status and the line of every command; its actors end, and the cluster that it was told of stays."""
    cluster, _ = machines
    (tmp_path / "model.keras").write_bytes(b"weights")
    Preprocessing(4).to_json(tmp_path / "preprocessing.json")
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)
    arguments = ["embed", str(tmp_path), str(tmp_path), "--out", str(tmp_path / "out"), "--engine", "ray"]
    process = start_command(arguments, INSTEAD)
    pid = int(next(line for line in process.stdout if "here" in line).split()[-1])
    end(process)
    assert gone(pid)
    assert any(node["Alive"] for node in ray.nodes())


def test_without_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingPackage, match=r'Expected Ray Data.*pip install "semihard\[ray\]"'), ray_cluster():
        pass
