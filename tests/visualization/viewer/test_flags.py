"""What the page says of each sample: the same as the functions that judge data."""

import numpy as np

from semihard.evaluation import duplicates, label_errors
from semihard.visualization import make_view
from semihard.visualization.viewer.page_data import page_json


def noisy(seed=0):
    """Eight classes of 25; ten labels are wrong, and five samples are there twice, two of them under two labels."""
    rng = np.random.default_rng(seed)
    labels = np.arange(200) % 8
    points = 4 * rng.normal(size=(8, 5))[labels] + rng.normal(size=(200, 5))
    labels[:10] = (labels[:10] + 3) % 8
    points, labels = np.concatenate([points, points[50:55] + 1e-4]), np.concatenate([labels, labels[50:55]])
    labels[200:202] += 1
    return points.astype(np.float32), labels % 8


def texts(column):
    return np.array([column.text(i) for i in range(len(column.data))])


def test_the_flags_are_what_the_functions_say():
    points, labels = noisy()
    view = make_view(points, {"label": labels, "size": labels}, methods=["pca"])
    check, copies = view.columns[2:]
    assert (check.name, copies.name) == ("label check", "near-duplicate")
    wrong = label_errors(points, labels).samples
    assert set(np.flatnonzero(texts(check) == "looks wrong")) == set(wrong) >= set(range(10))
    assert view.frames[0].neighbours.suspicious[:, 0].tolist() == wrong.tolist()
    found = duplicates(points)
    assert set(np.flatnonzero(texts(copies) != "none")) == set(found.samples) == {*range(50, 55), *range(200, 205)}
    assert set(np.flatnonzero(texts(copies) == "of another label")) == {50, 51, 200, 201}
    assert page_json(view)["frames"][0]["near"] == np.float32(found.threshold)
    assert [column["kind"] for column in page_json(view)["columns"]] == ["text", "number", "flag", "flag"]


def test_the_last_epoch_is_judged_and_a_column_of_that_name_stays():
    points, labels = noisy()
    rng = np.random.default_rng(1)
    mine = ["mine"] * len(points)
    view = make_view(
        points,
        {"label": labels, "near-duplicate": mine},
        epochs={"epoch 1": rng.normal(size=points.shape)},
        methods=["pca"],
    )
    assert [column.name for column in view.columns] == ["label", "near-duplicate", "label check"]
    assert set(texts(view.columns[1])) == {"mine"}
    assert (texts(view.columns[2]) == "looks wrong").sum() == len(label_errors(points, labels))


def test_no_flags_where_neighbours_were_not_searched():
    points, labels = noisy()
    assert len(make_view(points, labels, methods=["pca"], k=0).columns) == 1
    alone = make_view([[0.0], [1.0], [5.0]], ["a", "a", "b"], methods=["pca"])
    assert texts(alone.columns[1]).tolist() == ["looks right", "looks right", "not judged"]
