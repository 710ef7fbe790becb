"""The public names: adding or removing one is a decision, not an accident."""

import semihard


def test_public_names():
    assert semihard.__all__ == [
        "callbacks",
        "data",
        "datasets",
        "diagnostics",
        "encode_labels",
        "evaluate",
        "evaluation",
        "layers",
        "losses",
        "metrics",
        "mining",
        "projector",
    ]
    assert semihard.losses.__all__ == [
        "ContrastiveLoss",
        "TripletHardLoss",
        "TripletSemiHardLoss",
        "contrastive_loss",
        "triplet_hard_loss",
        "triplet_semihard_loss",
    ]
    assert semihard.data.__all__ == [
        "BalancedBatches",
        "BatchPlan",
        "BatchSampler",
        "ImageFiles",
        "PlanShard",
        "Preflight",
        "as_tf_data",
        "preflight",
        "read_labels",
        "split_classes",
        "split_samples",
    ]
    assert semihard.layers.__all__ == ["ClassLabels", "class_labels"]
    assert semihard.mining.__all__ == ["explain"]


def test_every_public_name_exists_and_is_documented():
    for module in (
        semihard,
        semihard.data,
        semihard.callbacks,
        semihard.diagnostics,
        semihard.evaluation,
        semihard.layers,
        semihard.losses,
        semihard.datasets,
        semihard.metrics,
        semihard.mining,
        semihard.projector,
    ):
        for name in module.__all__:
            assert getattr(module, name).__doc__, f"{module.__name__}.{name}"
