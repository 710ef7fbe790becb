"""The common face of the reports: whoever knows one can print, read, save and draw the others."""

import json
import math

import numpy as np
import pytest
from matplotlib.image import imread

from semihard.evaluation import (
    Estimate,
    calibrate,
    calibrate_identification,
    evaluate,
    evaluate_at_dims,
    verify,
    verify_pairs,
)


def people(identities=40, each=5):
    rng, labels = np.random.default_rng(0), np.arange(identities).repeat(each)
    return rng.normal(size=(identities, 8))[labels] + 0.7 * rng.normal(size=(len(labels), 8)), labels


def pairs():
    same = np.arange(60) % 3 == 0
    return verify_pairs(np.random.default_rng(0).normal(size=60) - same, same, fars=[0.3])


# How a report is made; what print calls its figures; how many of them have an interval.
KINDS = {
    "evaluate": (
        lambda: evaluate(*people(), ks=[5]),
        ["Recall@1", "Recall@5", "Precision@1", "Precision@5", "R-Precision", "MAP@R", "MRR"],
        7,
    ),
    "evaluate, cheap": (
        lambda: evaluate(*people(), ks=[5], resamples=0),
        ["Recall@1", "Recall@5", "R-Precision", "MAP@R"],
        0,
    ),
    "evaluate_at_dims": (
        lambda: evaluate_at_dims(*people(), [2, 8], measures=["recall_at", "map_at_r"]),
        ["Recall@1 of 2", "Recall@1 of 8", "MAP@R of 2", "MAP@R of 8"],
        4,
    ),
    "verify": (
        lambda: verify(*people(), fars=[0.1, 1e-4]),
        ["ROC-AUC", "EER", "EER threshold", "TAR@FAR 0.1", "TAR@FAR 0.0001"],
        4,
    ),
    "verify_pairs": (pairs, ["ROC-AUC", "EER", "EER threshold", "TAR@FAR 0.3"], 0),
    "calibrate": (
        lambda: calibrate(*people(), target_far=0.01),
        ["same identity if the distance is at most", "FAR", "TAR", "Precision", "F1"],
        4,
    ),
    "calibrate, in sample": (
        lambda: calibrate(*people(2, 9), maximize="f1"),
        ["same identity if the distance is at most", "FAR", "TAR", "Precision", "F1"],
        0,
    ),
    "calibrate_identification": (
        lambda: calibrate_identification(*people(80), target_fpir=0.1, gallery=20),
        ["a name if the distance is at most", "FPIR", "FNIR"],
        2,
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    make, titles, intervals = KINDS[request.param]
    return make(), titles, intervals


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def test_figures_are_estimates(kind):
    """Numbers with an interval around them, but for the false accept rate that 19,500 impostor pairs cannot judge."""
    report, titles, intervals = kind
    assert len(report.figures) == len(titles)
    assert all(type(figure) is Estimate for figure in report.figures.values())
    unknown = [name for name, figure in report.figures.items() if not math.isfinite(figure.value)]
    assert unknown == [name for name in report.figures if name == "tar_at_far_0.0001"]
    found = [figure for figure in report.figures.values() if figure.interval is not None]
    assert len(found) == intervals
    for figure in found:
        assert figure.interval[0] <= figure.value <= figure.interval[1]
        assert figure.interval[0] < figure.interval[1]


def test_print_says_every_figure(kind):
    report, titles, _ = kind
    lines = str(report).splitlines()
    for title, figure in zip(titles, report.figures.values(), strict=True):
        (line,) = [line for line in lines if line.startswith(f"{title} ") and not line.startswith(f"{title} thr")]
        numbers = [float(word) for word in line.removeprefix(title).replace("(", " ").split() if is_number(word)]
        if math.isnan(figure.value):
            assert "not reported" in line
        else:
            assert numbers[0] == pytest.approx(figure.value, rel=1e-3, abs=5e-5)


def is_number(word):
    return word.replace(".", "").replace("-", "").replace("e", "").isdigit()


def test_json_is_strict_and_holds_what_to_dict_says(kind, tmp_path):
    report, _, _ = kind
    path = report.to_json(tmp_path / "report.json")
    assert path == tmp_path / "report.json"
    loaded = json.loads(path.read_text(), parse_constant=refuse)
    assert loaded == report.to_dict()
    for name, figure in report.figures.items():
        value = None if math.isnan(figure.value) else figure.value
        interval = None if figure.interval is None else list(figure.interval)
        assert loaded["figures"][name] == {"value": value, "interval": interval}


def test_the_picture_is_not_blank(kind, tmp_path):
    """In blue what was found. As SVG too, and by its suffix only."""
    report, _, _ = kind
    path = report.plot(tmp_path / "report.png", title="$ a title")
    assert path == tmp_path / "report.png"
    pixels = imread(path)[..., :3]
    blue = (np.abs(pixels - np.array([0x1F, 0x5F, 0xA8]) / 255) < 2 / 255).all(axis=-1)
    assert blue.sum() > 200
    assert report.plot(tmp_path / "report.svg").read_text().startswith("<?xml")
    with pytest.raises(ValueError, match=r"\.png or \.svg"):
        report.plot(tmp_path / "report.gif")
