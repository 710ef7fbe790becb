"""What each choice of `semihard train` brings on classes of the emoji that it never saw, one change at a time.

Every row is `semihard.train` as a user calls it, on a table of drawings whose classes are divided by a seed. Nothing is
chosen by the test classes: the best epoch is that of the validation classes. What was measured is kept in --cache, and
a run that is stopped goes on from there.

    npm install --prefix icons @iconify-json/noto@1.2.9 @iconify-json/twemoji@1.2.5 @iconify-json/openmoji@1.2.29 \\
        @iconify-json/fluent-emoji-flat@1.2.6
    pip install -e ".[torch,drawings,backbones]"
    python -m benchmarks recipe --icons icons --write
    python -m benchmarks recipe --icons icons --rows all last --seeds 0
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness.checkout import CHECKOUT
from benchmarks.harness.environments import OURS
from benchmarks.harness.estimates import Estimate, estimate
from benchmarks.harness.page import made_by, options, page, progress, publish, table
from benchmarks.harness.worker import Worker

BASE: dict[str, Any] = {"backbone": "efficientnet_lite0", "freeze_epochs": "all"}
BATCH = {"batch": 256}
# By name: what is said of it, and its options.
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "all": ("as it is: `--backbone efficientnet_lite0 --freeze-epochs all`", {}),
    "small": ("`--backbone small`, the default: nothing but these drawings", {"backbone": "small", "freeze_epochs": 0}),
    "batch": ("`--batch 256` instead of 64", BATCH),
    "copies": ("the same with `--copies 1`: a changed copy of each picture, too", {**BATCH, "copies": 1}),
    "last": ("the same with `--features last`: the last layer's mean alone", {**BATCH, "features": "last"}),
    "embedding": ("the same with `--embedding 512` instead of 128", {**BATCH, "embedding": 512}),
    "supcon": ("the same with `--loss supervised_contrastive`", {**BATCH, "loss": "supervised_contrastive"}),
    "hard": ("the same with `--hard-classes 1`", {**BATCH, "hard_classes": 1.0}),
    "mobilenet": ("the same with `--backbone mobilenet_v2`", {**BATCH, "backbone": "mobilenet_v2"}),
}
FIGURES = {"recall_at_1": "Recall@1", "map_at_r": "MAP@R"}


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("recipe", __doc__)
    add = parser.add_argument
    add("--icons", type=Path, required=True, help="where npm installed the four sets of icons")
    add("--size", type=int, default=96, help="height and width of the drawings (96)")
    add("--rows", nargs="+", choices=list(ROWS), default=list(ROWS), help="all of them")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2], help="each divides the classes anew (0 1 2)")
    add("--backend", choices=list(OURS), default="torch", help="of semihard (torch)")
    add("--cache", type=Path, default=CHECKOUT / ".cache" / "recipe", help="of drawings and runs (.cache/recipe)")
    arguments = parser.parse_args(line)
    found = measure(arguments)
    count = len(arguments.seeds)
    over = f"Means of {count} divisions, with 95 % intervals over them" if count > 1 else "One division of the classes"
    rows = []
    for name in arguments.rows:
        cells = [_estimate(found, name, arguments.seeds, figure) for figure in FIGURES]
        seconds = _estimate(found, name, arguments.seeds, "seconds")
        rows.append([ROWS[name][0], *(f"{cell:.3f}" for cell in cells), f"{seconds.mean:.0f}"])
    text = page(
        "The recipe of `semihard train` on unseen classes",
        f"{made_by('recipe')} on {OURS[arguments.backend].title}: {found['drawn']}, drawn at {arguments.size} × "
        f"{arguments.size}; about half of the classes are searched, which neither the training nor the choice of its "
        f"epoch has seen. {over}; processor seconds of the whole "
        "command, its features and its report included.",
        table(["choices", *FIGURES.values(), "processor seconds"], rows, words=["choices"]),
    )
    publish("recipe", text, arguments.write)


def measure(arguments: Any) -> dict[str, Any]:
    """Train what is not in the cache: "row seed" → figures, and "drawn", what the images are."""
    arguments.cache.mkdir(parents=True, exist_ok=True)
    kept = arguments.cache / f"results_{arguments.backend}_{arguments.size}.json"
    found: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    with Worker(arguments.backend, "recipe.ours") as worker:
        found["drawn"] = worker.ask(
            "draw", icons=str(arguments.icons.resolve()), folder=str(arguments.cache.resolve()), size=arguments.size
        )
        for seed in arguments.seeds:
            for name in arguments.rows:
                if (key := f"{name} {seed}") not in found:
                    found[key] = worker.ask("train", name=name, seed=seed, options={**BASE, **ROWS[name][1]})
                    kept.write_text(json.dumps(found, indent=1))
                progress(f"seed {seed}, {name}: Recall@1 {found[key]['recall_at_1']:.4f}")
    return found


def _estimate(found: dict[str, Any], name: str, seeds: list[int], figure: str) -> Estimate:
    return estimate([found[f"{name} {seed}"][figure] for seed in seeds])
