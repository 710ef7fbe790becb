"""Data sets: digits, drawings of many classes that are made here, and readers of the standard sets on a user's disk."""

from semihard.datasets._cars import cars
from semihard.datasets._cub import cub
from semihard.datasets._emoji import emoji
from semihard.datasets._glyphs import glyphs
from semihard.datasets._in_shop import in_shop
from semihard.datasets._market1501 import market1501
from semihard.datasets._mnist import mnist
from semihard.datasets._omniglot import omniglot
from semihard.datasets._sop import sop
from semihard.datasets.image_table import ImageTable
from semihard.datasets.labeled_images import LabeledImages

__all__ = [
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
