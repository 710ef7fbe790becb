"""`semihard preflight`."""

import argparse
import sys
import warnings

from semihard.cli._parsing import Commands, WrongData, a_path, at_least


def add(commands: Commands) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "preflight",
        help="say what batches of a data set will teach, before any training",
        description=(
            "Count the positive pairs and negatives that random batches of a data set hold, how many batches hold no "
            "positive pair at all, and suggest a plan. Reads labels only."
        ),
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "data", type=a_path, metavar="DIR|CSV", help="folder with a sub-folder a class, or table with a column label"
    )
    parser.add_argument("--batch-size", type=at_least(1), default=32, metavar="N", help="samples a step")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    from semihard.data import preflight, read_labels

    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            labels = read_labels(arguments.data)
        for warning in told:
            print(f"semihard: {warning.message}", file=sys.stderr)
        found = preflight(labels, min(arguments.batch_size, len(labels)))
    except TypeError as error:  # what a column of lists holds cannot be compared
        raise WrongData(f"Expected one label a sample in {arguments.data}. Received: {error}.") from error
    except ValueError as error:
        raise WrongData(error) from error
    print(found)
