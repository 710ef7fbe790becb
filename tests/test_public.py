"""The public names: adding or removing one is a decision, not an accident."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import semihard
import semihard.losses  # every room is looked into, those that need Keras too


def test_public_names():
    assert semihard.__all__ == [
        "Calibration",
        "calibrate",
        "callbacks",
        "data",
        "datasets",
        "distances",
        "embed",
        "encode_labels",
        "evaluate",
        "evaluation",
        "export",
        "gallery",
        "index",
        "layers",
        "losses",
        "metrics",
        "migrate",
        "mining",
        "models",
        "relations",
        "search",
        "train",
        "visualization",
        "workflows",
    ]
    assert semihard.losses.__all__ == [
        "ArcFaceLoss",
        "CircleLoss",
        "ContrastiveLoss",
        "CosFaceLoss",
        "EmbeddingLoss",
        "LiftedStructLoss",
        "MatryoshkaLoss",
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
        "PairBatches",
        "PlanShard",
        "Preflight",
        "Preprocessing",
        "TripletBatches",
        "as_tf_data",
        "preflight",
        "read_labels",
        "split_classes",
        "split_samples",
    ]
    assert semihard.datasets.__all__ == [
        "ImageTable",
        "LabeledImages",
        "cars",
        "cub",
        "emoji",
        "glyphs",
        "in_shop",
        "market1501",
        "mnist",
        "omniglot",
        "sop",
    ]
    assert semihard.relations.__all__ == [
        "GivenPairs",
        "Masks",
        "Relation",
        "SameLabel",
        "SameLabelOtherSource",
        "SharedLabel",
        "given_pairs",
        "same_label",
        "same_label_other_source",
        "shared_label",
    ]
    assert semihard.distances.__all__ == [
        "cosine",
        "cosine_similarity",
        "euclidean",
        "function",
        "get",
        "squared_euclidean",
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
        "ProjectorTensor",
        "View",
        "make_view",
        "plot_embedding",
        "plot_neighbors",
        "plot_search",
        "plot_training",
        "plot_triplets",
        "read_metadata",
        "read_sprite",
        "read_tsv",
        "read_vectors",
        "reduce",
        "serve",
        "serve_in_background",
        "sprite_sheet",
        "write_log_directory",
        "write_mosaic",
        "write_page",
        "write_parquet",
        "write_projector_config",
        "write_sprite",
        "write_tensor",
        "write_tsv",
    ]
    assert semihard.evaluation.__all__ == [
        "Area",
        "Calibration",
        "ClassCenters",
        "ClassFigures",
        "Clustering",
        "Confusion",
        "ConfusionCounts",
        "DimsReport",
        "Duplicates",
        "EqualError",
        "Estimate",
        "FewShot",
        "Health",
        "IdentificationCalibration",
        "LabelErrors",
        "Matches",
        "NeighborBlock",
        "OperatingPoint",
        "PairHistograms",
        "Prototypes",
        "QueryScores",
        "RetrievalReport",
        "TieGroups",
        "VerificationCurve",
        "VerificationReport",
        "average_precision",
        "calibrate",
        "calibrate_identification",
        "clustering",
        "duplicates",
        "equal_error_rate",
        "evaluate",
        "evaluate_at_dims",
        "few_shot",
        "health",
        "knn_accuracy",
        "label_errors",
        "map_at_r",
        "nearest_classes",
        "nearest_neighbors",
        "neighbor_blocks",
        "pair_histograms",
        "precision_at_k",
        "prototypes",
        "r_precision",
        "recall_at_k",
        "reciprocal_rank",
        "roc_auc",
        "score_queries",
        "self_matches",
        "tar_at_far",
        "tie_groups",
        "verification_curve",
        "verify",
        "verify_pairs",
    ]
    assert semihard.gallery.__all__ == ["Gallery", "IndexRecall", "LanceGallery", "Neighbors", "PgGallery"]
    assert semihard.metrics.__all__ == ["ActiveTriplets", "FallbackPairs", "NegativeDistance", "PositiveDistance"]
    assert semihard.models.__all__ == ["PRETRAINED", "CrossBatchMemory", "SampledClasses", "pretrained_backbone"]
    assert semihard.callbacks.__all__ == [
        "EmbeddingCheckpoint",
        "EmbeddingEvaluation",
        "EmbeddingProjector",
        "HardClasses",
        "remove_epochs",
    ]


def test_calibrate_is_the_function_and_not_a_module():
    assert semihard.calibrate is semihard.evaluation.calibrate
    assert callable(semihard.calibrate)


def test_every_public_name_exists_and_is_documented():
    rooms = [getattr(semihard, name) for name in semihard.__all__]
    for module in (semihard, *(room for room in rooms if inspect.ismodule(room) and hasattr(room, "__all__"))):
        for name in module.__all__:
            assert getattr(module, name).__doc__, f"{module.__name__}.{name}"


@pytest.mark.once
def test_every_room_is_reached_from_the_package():
    """`import semihard; semihard.evaluation` needs no further import."""
    rooms = {path.name.removesuffix(".py") for path in Path(semihard.__file__).parent.iterdir()}
    rooms = {name for name in rooms if not name.startswith("_") and name != "py.typed"}
    program = "import semihard, sys; [getattr(semihard, name) for name in sys.argv[1:]]"
    subprocess.run([sys.executable, "-c", program, *sorted(rooms)], check=True)
