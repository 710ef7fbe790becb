"""Write pml_triplets.npz and .json: what pytorch-metric-learning says of triplets (tests/data/README.md).

python tests/data/make_pml_triplets.py        # where pytorch-metric-learning 2.9 is installed
"""

import itertools
import json
from pathlib import Path

import numpy as np

MINERS = {
    "none": None,
    "semihard": ("TripletMarginMiner", {"type_of_triplets": "semihard"}),
    "hard": ("TripletMarginMiner", {"type_of_triplets": "hard"}),
    "batch hard": ("BatchHardMiner", {}),
    "easy, semihard": ("BatchEasyHardMiner", {}),
    "hard, semihard": ("BatchEasyHardMiner", {"pos_strategy": "hard", "neg_strategy": "semihard"}),
    "easy, hard": ("BatchEasyHardMiner", {"pos_strategy": "easy", "neg_strategy": "hard"}),
    "all, hard": ("BatchEasyHardMiner", {"pos_strategy": "all", "neg_strategy": "hard"}),
    "hard, all": ("BatchEasyHardMiner", {"pos_strategy": "hard", "neg_strategy": "all"}),
    "easy, all": ("BatchEasyHardMiner", {"pos_strategy": "easy", "neg_strategy": "all"}),
}
DISTANCES = {
    "unit L2": ("LpDistance", {}),
    "L2": ("LpDistance", {"normalize_embeddings": False}),
    "squared-L2": ("LpDistance", {"normalize_embeddings": False, "power": 2}),
    "angular": ("CosineSimilarity", {}),
}


# (distance, reducer, margin, smooth)
SETTINGS = [
    *((distance, "AvgNonZeroReducer", 0.3, False) for distance in DISTANCES),
    ("L2", "MeanReducer", 0.3, False),
    ("L2", "MeanReducer", 0.0, True),
]


def batches() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(29)
    uneven = np.array([0] * 12 + [1] * 6 + [2, 3, 4])
    return {
        "balanced": (rng.normal(size=(16, 6)).astype(np.float32), np.arange(16) % 4),
        "uneven, some alone": (rng.normal(size=(21, 3)).astype(np.float32), uneven),
    }


def main() -> None:
    import torch
    from pytorch_metric_learning import distances, losses, miners, reducers

    cases, arrays = [], {}
    for (kind, (x, y)), miner, setting in itertools.product(batches().items(), MINERS, SETTINGS):
        distance, reducer, margin, smooth = setting
        if smooth and miner == "semihard":
            continue  # within a margin of 0 there is nothing
        name, options = DISTANCES[distance]
        made = getattr(distances, name)(**options)
        averaged = getattr(reducers, reducer)()
        loss = losses.TripletMarginLoss(margin=margin, smooth_loss=smooth, distance=made, reducer=averaged)
        # Float64: in float32 `torch.cdist` takes distances off a matrix product and loses digits.
        embeddings = torch.tensor(x.astype(np.float64), requires_grad=True)
        labels, triplets = torch.tensor(y), None
        if MINERS[miner] is not None:
            name, options = MINERS[miner]
            own = {"margin": margin} if name == "TripletMarginMiner" else {}
            triplets = getattr(miners, name)(distance=made, **options, **own)(embeddings, labels)
        value = loss(embeddings, labels, triplets)
        value.backward()
        i = len(cases)
        arrays[f"x_{kind}"], arrays[f"y_{kind}"] = x, y
        arrays[f"value_{i}"], arrays[f"grad_{i}"] = value.detach().numpy(), embeddings.grad.numpy().astype(np.float32)
        named = {"distance": distance, "reducer": reducer, "margin": margin, "smooth": smooth}
        cases.append({"id": i, "batch": kind, "miner": miner, **named})
    path = Path(__file__).parent / "pml_triplets"
    path.with_suffix(".json").write_text("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")
    np.savez_compressed(path.with_suffix(".npz"), **arrays)


# The tests import every module for its examples, and must not write the fixture that they read.
if __name__ == "__main__":
    main()
