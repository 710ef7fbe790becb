"""The public names: adding or removing one is a decision, not an accident."""

import subprocess
import sys
from pathlib import Path

import semihard
from semihard import evaluation


def test_public_names():
    assert semihard.__all__ == [
        "Calibration",
        "calibrate",
        "calibration",
        "callbacks",
        "data",
        "datasets",
        "diagnostics",
        "distances",
        "encode_labels",
        "evaluate",
        "evaluation",
        "layers",
        "losses",
        "metrics",
        "migrate",
        "mining",
        "pictures",
        "projector",
        "relations",
        "retrieval",
        "tensorboard",
        "training",
        "verification",
        "viewer",
    ]
    assert semihard.losses.__all__ == [
        "ArcFaceLoss",
        "CircleLoss",
        "ContrastiveLoss",
        "CosFaceLoss",
        "EmbeddingLoss",
        "LiftedStructLoss",
        "Memory",
        "MultiSimilarityLoss",
        "NTXentLoss",
        "NpairsLoss",
        "NpairsMultilabelLoss",
        "PairContrastiveLoss",
        "ProxyAnchorLoss",
        "SupervisedContrastiveLoss",
        "TripletHardLoss",
        "TripletLoss",
        "TripletSemiHardLoss",
        "arcface_loss",
        "circle_loss",
        "contrastive_loss",
        "cosface_loss",
        "lifted_struct_loss",
        "multi_similarity_loss",
        "npairs_loss",
        "npairs_multilabel_loss",
        "nt_xent_loss",
        "pair_contrastive_loss",
        "proxy_anchor_loss",
        "supervised_contrastive_loss",
        "triplet_hard_loss",
        "triplet_loss",
        "triplet_semihard_loss",
    ]
    assert semihard.data.__all__ == [
        "BalancedBatches",
        "BatchPlan",
        "BatchSampler",
        "ImageFiles",
        "InOrder",
        "PlanShard",
        "Preflight",
        "as_tf_data",
        "preflight",
        "read_labels",
        "split_classes",
        "split_samples",
    ]
    assert semihard.relations.__all__ == [
        "GivenPairs",
        "Masks",
        "Relation",
        "SameLabel",
        "SameLabelOtherSource",
        "SharedLabel",
        "chosen",
        "given_pairs",
        "same_label",
        "same_label_other_source",
        "shared_label",
    ]
    assert semihard.layers.__all__ == ["ClassLabels", "CosineClassifier", "GradCache", "class_labels"]
    assert semihard.migrate.__all__ == [
        "addons_loss",
        "load_addons_checkpoint",
        "load_addons_model",
        "register_addons",
    ]
    assert semihard.mining.__all__ == ["SemiHardTriplets", "explain", "semi_hard_triplets"]
    assert semihard.visualization.__all__ == [
        "plot_embedding",
        "plot_neighbors",
        "plot_training",
        "plot_triplets",
        "write_mosaic",
    ]
    assert semihard.evaluation.__all__ == [
        "Area",
        "EqualError",
        "OperatingPoint",
        "PairHistograms",
        "VerificationCurve",
        "VerificationReport",
        "equal_error_rate",
        "pair_histograms",
        "percentile_interval",
        "plot_verification",
        "resampled_counts",
        "roc_auc",
        "tar_at_far",
        "too_few_impostors",
        "verification_curve",
        "verify",
        "verify_pairs",
    ]
    assert semihard.visualization.__all__ == ["View", "make_view", "write_page", "write_parquet"]
    assert evaluation.__all__ == ["Calibration", "Matches", "calibrate"]


def test_calibrate_is_the_function_and_not_a_module():
    assert semihard.calibrate is evaluation.calibrate
    assert callable(semihard.calibrate)


def test_every_public_name_exists_and_is_documented():
    for module in (
        semihard,
        semihard.data,
        semihard.callbacks,
        semihard.metrics,
        semihard.evaluation,
        semihard.layers,
        semihard.losses,
        semihard.datasets,
        semihard.evaluation,
        semihard.migrate,
        semihard.mining,
        semihard.visualization,
        semihard.visualization,
        semihard.relations,
        semihard.evaluation,
        semihard.visualization,
        calibration,
    ):
        for name in module.__all__:
            assert getattr(module, name).__doc__, f"{module.__name__}.{name}"


def test_every_room_is_reached_from_the_package():
    """`import semihard; semihard.evaluation` needs no further import."""
    rooms = {path.name.removesuffix(".py") for path in Path(semihard.__file__).parent.iterdir()}
    rooms = {name for name in rooms if not name.startswith("_") and name != "py.typed"}
    program = "import semihard, sys; [getattr(semihard, name) for name in sys.argv[1:]]"
    subprocess.run([sys.executable, "-c", program, *sorted(rooms)], check=True)
