"""Made `pml_losses.npz` and `.json`, in an environment with pytorch-metric-learning 2.9.0 on PyTorch: see README.md.

python tests/data/make_pml_losses.py
"""

import json
from pathlib import Path


def main() -> None:
    """Ask each loss for its value and gradient, in float64, on a few batches."""
    import numpy as np
    import torch
    from pytorch_metric_learning import losses, miners

    rng = np.random.default_rng(8)
    some = np.array([0, 1, 2, 0, 1, 2, 0, 1, 3, 0, 0, 4])
    batches = {
        "usual": (some, rng.normal(size=(12, 5))),
        "two a label": (np.arange(10) % 5, rng.normal(size=(10, 4))),
        "clustered": (some, rng.normal(size=(5, 4))[some] + 0.4 * rng.normal(size=(12, 4))),
        "one class": (np.zeros(6, int), rng.normal(size=(6, 3))),
        "all alone": (np.arange(6), rng.normal(size=(6, 3))),
    }
    mined = {"alpha": 1.0, "beta": 10.0, "base": 0.7}
    asked = [
        ("pair_contrastive", {}, losses.ContrastiveLoss(), None),
        (
            "pair_contrastive",
            {"positive_margin": 0.3, "negative_margin": 1.2},
            losses.ContrastiveLoss(0.3, 1.2),
            None,
        ),
        ("multi_similarity", {}, losses.MultiSimilarityLoss(), miners.MultiSimilarityMiner(0.1)),
        ("multi_similarity", {"epsilon": None}, losses.MultiSimilarityLoss(), None),
        (
            "multi_similarity",
            {**mined, "epsilon": 0.4},
            losses.MultiSimilarityLoss(**mined),
            miners.MultiSimilarityMiner(0.4),
        ),
        ("supervised_contrastive", {}, losses.SupConLoss(), None),
        ("supervised_contrastive", {"temperature": 0.5}, losses.SupConLoss(0.5), None),
        ("nt_xent", {"temperature": 0.07}, losses.NTXentLoss(), None),
        ("nt_xent", {"temperature": 0.5}, losses.NTXentLoss(0.5), None),
        ("circle", {}, losses.CircleLoss(), None),
        ("circle", {"margin": 0.25, "scale": 256}, losses.CircleLoss(0.25, 256), None),
    ]
    listed, arrays = [], {}
    for kind, (labels, x) in batches.items():
        arrays |= {f"y {kind}": labels.astype(np.int32), f"x {kind}": x.astype(np.float32)}
        for name, options, loss, miner in asked:
            given = torch.tensor(arrays[f"x {kind}"].astype(np.float64), requires_grad=True)
            y = torch.tensor(labels)
            value = loss(given, y, miner(given, y) if miner else None)
            value.backward()
            case = len(listed)
            arrays[f"gradient {case}"] = given.grad.numpy()
            listed.append({"loss": name, "kind": kind, "options": options, "value": float(value.detach())})
    folder = Path(__file__).parent
    np.savez_compressed(folder / "pml_losses.npz", **arrays)
    (folder / "pml_losses.json").write_text("\n".join(["[", ",\n".join(map(json.dumps, listed)), "]"]) + "\n")


if __name__ == "__main__":
    main()
