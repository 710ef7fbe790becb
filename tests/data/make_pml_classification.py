"""Make pml_classification.npz: what pytorch-metric-learning 2.9 says of its losses over class vectors.

python tests/data/make_pml_classification.py     (needs pytorch-metric-learning 2.9 and PyTorch, and no Keras)
"""

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
BATCH, DIM, CLASSES = 10, 5, 6


def main():
    # Imported here, so that what collects the tests need not have them.
    import torch
    from pytorch_metric_learning import losses

    # Loss of this library, its options here, that of pytorch-metric-learning (margins in degrees), centers a class.
    cases = [
        ("arcface_loss", {}, losses.ArcFaceLoss, {"margin": np.degrees(0.5), "scale": 64}, 1),
        (
            "arcface_loss",
            {"margin": 0.3, "scale": 10.0},
            losses.ArcFaceLoss,
            {"margin": np.degrees(0.3), "scale": 10},
            1,
        ),
        # A margin so wide that many angles lie beyond π − margin.
        ("arcface_loss", {"margin": 1.8, "scale": 5.0}, losses.ArcFaceLoss, {"margin": np.degrees(1.8), "scale": 5}, 1),
        ("arcface_loss", {}, losses.SubCenterArcFaceLoss, {"margin": np.degrees(0.5), "scale": 64}, 3),
        ("arcface_loss", {"scale": 8.0}, losses.SubCenterArcFaceLoss, {"margin": np.degrees(0.5), "scale": 8}, 2),
        ("cosface_loss", {}, losses.CosFaceLoss, {}, 1),
        ("cosface_loss", {"margin": 0.1, "scale": 10.0}, losses.CosFaceLoss, {"margin": 0.1, "scale": 10}, 1),
        ("proxy_anchor_loss", {}, losses.ProxyAnchorLoss, {}, 1),
        ("proxy_anchor_loss", {"margin": 0.3, "alpha": 4.0}, losses.ProxyAnchorLoss, {"margin": 0.3, "alpha": 4}, 1),
    ]

    listed, arrays = [], {}
    for number, (name, options, make, arguments, centers) in enumerate(cases):
        rng = np.random.default_rng(number)
        x = torch.tensor(rng.normal(size=(BATCH, DIM)).astype(np.float32).astype(np.float64), requires_grad=True)
        vectors = rng.normal(size=(CLASSES * centers, DIM)).astype(np.float32)
        # Class 5 has no sample.
        labels = rng.integers(0, CLASSES - 1, size=BATCH)
        if centers > 1:
            arguments = {**arguments, "sub_centers": centers}
        loss = make(num_classes=CLASSES, embedding_size=DIM, **arguments).double()
        weights = loss.proxies if make is losses.ProxyAnchorLoss else loss.W
        own = torch.tensor(vectors.astype(np.float64))
        weights.data = own if make is losses.ProxyAnchorLoss else own.T.contiguous()
        value = loss(x, torch.tensor(labels))
        value.backward()
        by_vectors = weights.grad if make is losses.ProxyAnchorLoss else weights.grad.T
        listed.append({"loss": name, "options": options, "centers": centers, "theirs": make.__name__})
        for part, array in {
            "x": x.detach().float(),
            "vectors": vectors,
            "labels": labels,
            "value": value.detach(),
            "by_x": x.grad,
            "by_vectors": by_vectors,
        }.items():
            arrays[f"{part}_{number}"] = np.asarray(array)

    (HERE / "pml_classification.json").write_text(json.dumps(listed, indent=1) + "\n")
    np.savez_compressed(HERE / "pml_classification.npz", **arrays)


if __name__ == "__main__":
    main()
