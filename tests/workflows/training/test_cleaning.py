"""What is wrong with the data, from embeddings to the table, the report's words and the page's column."""

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from semihard.workflows.training._cleaning import COLUMNS, clean


class Images(SimpleNamespace):
    def __len__(self):
        return len(self.paths)


def made():
    """Three classes of ten learn, two of ten judge: one wrong label, one copy across, and one under two labels."""
    rng = np.random.default_rng(0)
    labels = np.repeat(["ant", "bee", "cat", "dog", "elk"], 10)
    points = 8 * np.eye(5)[np.repeat(np.arange(5), 10)] + rng.normal(size=(50, 5))
    paths = [Path("/photos") / label / f"{number}.png" for number, label in enumerate(labels)]
    points[3] = points[45] + 1e-3  # ant 3 is elk 45, too
    points[12] = points[14] + 1e-3
    points[31] = points[47]
    points[31, 0] += 0.5  # dog 31 is an elk
    parts = {}
    for name, rows in (("train", slice(30)), ("val", slice(30, 50))):
        parts[name] = (Images(paths=paths[rows], labels=labels[rows].tolist()), points[rows])
    return parts


def test_the_table_and_what_is_said_of_it(tmp_path):
    found = clean(made(), tmp_path)
    with (tmp_path / "cleaning.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == COLUMNS
    assert [row[:7] for row in rows] == [
        ["label", "/photos/ant/3.png", "train", "ant", "", "", "elk"],
        ["label", "/photos/dog/31.png", "val", "dog", "", "", "elk"],
        ["near-duplicate", "/photos/bee/12.png", "train", "bee", "/photos/bee/14.png", "train", "bee"],
        ["near-duplicate", "/photos/ant/3.png", "train", "ant", "/photos/elk/45.png", "val", "elk"],
    ]
    assert found.counts == {
        "labels_that_look_wrong": 2,
        "near_duplicates_across_the_split": 1,
        "near_duplicates_under_two_labels": 1,
    }
    assert found.sentence == (
        "Look at the data (cleaning.csv): labels that look wrong: 2, near duplicates across the split: 1, near "
        "duplicates under two labels: 1."
    )
    lines = found.text.splitlines()
    assert lines[0] == "the data, by what the model makes of 50 images (cleaning.csv has all)"
    assert lines[2].startswith("2 of 50 labels look wrong: 4.00%.")
    assert lines[3] == "  /photos/ant/3.png (train, ant): neighbors say elk"
    assert lines[6:8] == [
        "Near-duplicates across the split: 1 pairs.",
        "  /photos/ant/3.png (train, ant) = /photos/elk/45.png (val, elk)",
    ]
    assert [name for name in found.leaked if name != "no"] == ["ant/3.png"]
    assert found.leaked[15] == "ant/3.png"


def test_data_without_fault_are_not_spoken_of(tmp_path):
    rng = np.random.default_rng(0)
    points = {
        name: 8 * np.eye(4)[np.arange(20) % 2 + 2 * part] + rng.normal(size=(20, 4)) for part, name in enumerate("ab")
    }
    images = {
        name: Images(paths=[Path(f"{name}{i}") for i in range(20)], labels=[f"{name}{i % 2}" for i in range(20)])
        for name in "ab"
    }
    found = clean({name: (images[name], points[name]) for name in "ab"}, tmp_path)
    assert found.sentence == ""
    assert set(found.leaked) == {"no"}
    assert (tmp_path / "cleaning.csv").read_text() == ",".join(COLUMNS) + "\n"
