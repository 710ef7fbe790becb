"""Weights are read as PyTorch reads them; a file that could run something is refused, and nothing of it runs."""

import io
import os
import pickle
import random
import struct
import subprocess
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from semihard._core import torch_files
from semihard._core.torch_files import MAGIC, read_state_dict

FIXTURES = Path(__file__).parents[1] / "fixtures"
ZIP, OLDER = FIXTURES / "state_dict.pt", FIXTURES / "state_dict_older.pt"
FILES = [ZIP, OLDER]


def expected():
    with np.load(FIXTURES / "state_dict.npz") as archive:
        return {name: archive[name] for name in archive.files}


def same(read, arrays):
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype, name
        np.testing.assert_array_equal(read[name], array, err_msg=name)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_tensors_as_pytorch_wrote_them(file):
    """Transposed, of a part of a storage, half, whole numbers, none at all."""
    same(read_state_dict(file), expected())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_pytorch_reads_the_same(file):
    torch = pytest.importorskip("torch")
    theirs = torch.load(file, weights_only=True)
    same(read_state_dict(file), {name: tensor.detach().numpy() for name, tensor in theirs.items()})


def test_pytorch_is_not_imported():
    program = (
        "import sys; from semihard._core.torch_files import read_state_dict; read_state_dict(sys.argv[1]); "
        "assert not {'torch', 'keras'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", program, str(ZIP)], check=True)


class Evil:
    """What makes a pickle run a command."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


def in_a_zip(content, path, **numbers):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", content)
        for key, raw in numbers.items():
            archive.writestr(f"archive/data/{key}", raw)
    return path


def in_the_older_format(content, path, after=b""):
    head = [MAGIC, 1001, {"protocol_version": 1001, "little_endian": True}]
    path.write_bytes(b"".join(pickle.dumps(one, 2) for one in head) + content + after)
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_runs_a_command_is_refused(tmp_path, protocol):
    mark = tmp_path / "was_run"
    content = pickle.dumps(OrderedDict(weight=Evil(mark)), protocol)
    plain = tmp_path / "plain.pt"
    plain.write_bytes(content)
    for file in (plain, in_a_zip(content, tmp_path / "z.pt"), in_the_older_format(content, tmp_path / "o.pt")):
        with pytest.raises(ValueError, match=r"Received: a pickle that wants .*Nothing of it was run") as raised:
            read_state_dict(file)
        if protocol == 2:  # which torch.save writes
            assert f"wants '{os.system.__module__}.system'" in str(raised.value)
    assert not mark.exists()
    pickle.loads(content)
    assert mark.exists(), "the command would have been run"


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.",  # eval("1")
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}X\x08\x00\x00\x00__code__K\x01sb.",  # sets its attribute
        b"\x80\x02ccollections\nOrderedDict\n]\x85R.",  # any other arguments
        b"\x80\x02ctorch\nFloatStorage\n)R.",
        b"\x80\x02ccollections\nOrderedDict\n)\x81.",  # NEWOBJ
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2 x\n.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93.",  # STACK_GLOBAL
        b"(i__main__\nX\n.",  # INST
        b"\x80\x02}(K\x01K\x02u.",  # a name that is none
        b"\x80\x02]K\x01a.",
        b"\x80\x02}X\x01\x00\x00\x00aK\x01s.",  # no tensor
        b"\x80\x02N.",
        b"\x80\x02r\xff\xff\xff\x7f.",  # a memo of 2³¹ places
        b"\x80\x02h\x05.",
        b"\x80\x02X\xff\xff\xff\x7fshort.",
        b"\x80\x02].X",
        b"\x80\x02}]]s.",  # a key that cannot be one
        b"\x80\x02",
        b"\x80\x02\x85.",
        b"\x80\x02(.",
        b"",
    ],
)
def test_other_instructions_than_a_state_dict_has_are_refused(tmp_path, content):
    for file in (in_a_zip(content, tmp_path / "z.pt"), in_the_older_format(content, tmp_path / "o.pt")):
        with pytest.raises(ValueError, match="Expected weights in"):
            read_state_dict(file)


def tensor(size, stride, *, offset=0, count=4, key="0", storage="FloatStorage"):
    """The pickle of {"a": a tensor}, as the instructions that torch.save writes."""
    made = io.BytesIO()

    class Writer(pickle._Pickler):
        def save_global(self, obj, name=None):
            self.write(b"c" + names[obj].encode() + b"\n")

        def persistent_id(self, obj):
            return ("storage", Storage, key, "cpu", count) if obj is MARK else None

    class Tensor:
        def __reduce__(self):
            return rebuild, (MARK, offset, size, stride, False, {})

    def rebuild():
        pass

    class Storage:
        pass

    MARK = Storage()
    names = {rebuild: "torch._utils\n_rebuild_tensor_v2", Storage: f"torch\n{storage}"}
    Writer.dispatch = {**pickle._Pickler.dispatch, **dict.fromkeys(map(type, names), Writer.save_global)}
    Writer(made, 2).dump({"a": Tensor()})
    return made.getvalue()


RAW = np.arange(4, dtype="<f4").tobytes()


def test_a_tensor_that_this_test_writes(tmp_path):
    """[2, 2] with strides (1, 2) is the transpose of 0, 1 / 2, 3."""
    read = read_state_dict(in_a_zip(tensor((2, 2), (1, 2)), tmp_path / "z.pt", **{"0": RAW}))
    np.testing.assert_array_equal(read["a"], [[0, 2], [1, 3]])
    after = pickle.dumps(["0"], 2) + struct.pack("<q", 4) + RAW
    read = read_state_dict(in_the_older_format(tensor((3,), (1,), offset=1), tmp_path / "o.pt", after))
    np.testing.assert_array_equal(read["a"], [1, 2, 3])


@pytest.mark.parametrize(
    "options",
    [
        {"size": (5,), "stride": (1,)},  # beyond the storage
        {"size": (2,), "stride": (4,)},
        {"size": (4,), "stride": (1,), "offset": 1},
        {"size": (2,), "stride": (1,), "offset": -1},
        {"size": (2,), "stride": (-1,), "offset": 3},
        {"size": (10**12,), "stride": (0,)},  # one number, many times
        {"size": (10**6, 10**6, 0), "stride": (1, 1, 1), "offset": 9, "count": 5},
        {"size": (2,), "stride": ()},
        {"size": (True,), "stride": (1,)},
        {"size": (4,), "stride": (1,), "count": 10**15},
        {"size": (4,), "stride": (1,), "count": -1},
        {"size": (4,), "stride": (1,), "key": "../../data.pkl"},
        {"size": (4,), "stride": (1,), "storage": "DoubleStorage"},
        {"size": (4,), "stride": (1,), "storage": "BFloat16Storage"},
    ],
)
def test_numbers_that_are_not_there(tmp_path, options):
    content = tensor(**options)
    after = pickle.dumps(["0"], 2) + struct.pack("<q", 4) + RAW
    for file in (
        in_a_zip(content, tmp_path / "z.pt", **{"0": RAW}),
        in_the_older_format(content, tmp_path / "o.pt", after),
    ):
        with pytest.raises(ValueError, match="Expected weights in"):
            read_state_dict(file)


def test_a_zip_that_grows(tmp_path):
    """A megabyte of zeros takes a kilobyte: PyTorch compresses nothing."""
    with zipfile.ZipFile(tmp_path / "z.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", tensor((2**18,), (1,), count=2**18))
        archive.writestr("archive/data/0", bytes(2**20))
    with pytest.raises(ValueError, match="1048576 bytes of numbers '0' in a smaller file"):
        read_state_dict(tmp_path / "z.pt")


def test_bytes_in_the_other_order(tmp_path):
    file = in_a_zip(tensor((4,), (1,)), tmp_path / "z.pt", **{"0": RAW})
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("archive/byteorder", "big")
    with pytest.raises(ValueError, match="in the other order"):
        read_state_dict(file)


@pytest.mark.filterwarnings("ignore:invalid escape sequence")  # of pickletools
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_broken_file_is_refused_or_read_as_numbers(tmp_path, file):
    """Whatever byte is another one, there are arrays or a ValueError."""
    content, draw = file.read_bytes(), random.Random(0)
    broken = tmp_path / "broken.pt"
    for length in range(0, len(content), max(len(content) // 40, 1)):
        broken.write_bytes(content[:length])
        with pytest.raises(ValueError, match="Expected weights in"):
            read_state_dict(broken)
    for _ in range(300):
        changed = bytearray(content)
        changed[draw.randrange(len(content))] = draw.randrange(256)
        broken.write_bytes(changed)
        try:
            read = read_state_dict(broken)
        except ValueError as error:
            assert "Expected weights in" in str(error)
        else:
            assert all(isinstance(array, np.ndarray) for array in read.values())


def test_files_of_another_kind(tmp_path):
    with pytest.raises(FileNotFoundError, match="which is not there"):
        read_state_dict(tmp_path / "none.pt")
    (tmp_path / "text.pt").write_text("version https://git-lfs.github.com/spec/v1\n")
    np.savez(tmp_path / "arrays.npz", a=np.ones(2))
    (tmp_path / "other.pt").write_bytes(pickle.dumps({"a": 1}, 2))
    for name in ("text.pt", "arrays.npz", "other.pt"):
        with pytest.raises(ValueError, match="Expected weights in"):
            read_state_dict(tmp_path / name)


def test_the_pickle_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(torch_files, "MOST_BYTES_OF_PICKLE", 10)
    with pytest.raises(ValueError, match=r"a data\.pkl of"):
        read_state_dict(ZIP)
