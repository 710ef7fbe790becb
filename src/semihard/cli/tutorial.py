"""`semihard tutorial`."""

import argparse
import os

from semihard._core.runs import writable_directory
from semihard.cli._choose_backend import BACKENDS, choose_backend
from semihard.cli._parsing import Commands, a_path, at_least


def add(commands: Commands) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "tutorial",
        help="train embeddings of MNIST with the semi-hard triplet loss, judge them and draw them",
        description=(
            "Train embeddings of the MNIST digits with TripletSemiHardLoss, as the TensorFlow Addons tutorial does; "
            "write the model, its figures, the embeddings and two pictures. Needs no download."
        ),
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--epochs",
        type=at_least(1),
        default=argparse.SUPPRESS,
        metavar="N",
        help="passes over the training digits (default: 5; of the balanced recipe 2)",
    )
    parser.add_argument(
        "--batch-size",
        type=at_least(2),
        default=argparse.SUPPRESS,
        metavar="N",
        help="digits a step (default: 32; of the balanced recipe 100)",
    )
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default=argparse.SUPPRESS,
        help="what Keras runs on (default: KERAS_BACKEND, else that of keras.json, else the first that is installed)",
    )
    parser.add_argument("--seed", type=at_least(0), default=0, metavar="N", help="of all that is random")
    parser.add_argument(
        "--recipe",
        choices=("addons", "balanced"),
        default="addons",
        help="model and training: those of the tutorial; or a model with batch normalization, on batches with as many "
        "digits of each class, which learns more in less time",
    )
    parser.add_argument(
        "--keep-epochs", action="store_true", help="keep the embeddings of each epoch, for the slider of semihard view"
    )
    parser.add_argument("--out", type=a_path, default="semihard-mnist", metavar="DIR", help="directory to write into")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    writable_directory(arguments.out)  # found out in a moment: Keras takes seconds to come
    os.environ["KERAS_BACKEND"] = choose_backend(getattr(arguments, "backend", None), os.environ)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # or a dozen lines about the CPU come first
    from semihard.workflows.tutorial import mnist_tutorial

    mnist_tutorial.run(
        arguments.out,
        epochs=getattr(arguments, "epochs", None),
        batch_size=getattr(arguments, "batch_size", None),
        seed=arguments.seed,
        recipe=arguments.recipe,
        keep_epochs=arguments.keep_epochs,
    )
