"""Pytest plugin: the import names of tensorflow-addons' loss modules, with the losses of semihard behind them.

The package `tensorflow_addons` is the folder that `SEMIHARD_ADDONS` names, but its `__init__` and its losses are never
run. All else (the tests, their conftest and their helpers) is imported from there, unchanged.
"""

import os
import sys
from pathlib import Path
from types import ModuleType

from semihard import losses, migrate

MODULES = {
    "triplet": ("TripletSemiHardLoss", "TripletHardLoss", "triplet_semihard_loss", "triplet_hard_loss"),
    "lifted": ("LiftedStructLoss", "lifted_struct_loss"),
    "npairs": ("NpairsLoss", "NpairsMultilabelLoss", "npairs_loss", "npairs_multilabel_loss"),
    "contrastive": ("ContrastiveLoss", "contrastive_loss"),
}


def module(name: str, **names: object) -> ModuleType:
    """A module that can be imported by this name, and in which these names exist."""
    made = sys.modules[name] = ModuleType(name)
    vars(made).update(names)
    return made


folder = Path(os.environ["SEMIHARD_ADDONS"])
package = module("tensorflow_addons", __path__=[str(folder)], __file__=str(folder / "__init__.py"))
package.losses = module("tensorflow_addons.losses", __path__=[str(folder / "losses")])
for part, names in MODULES.items():
    found = module(f"tensorflow_addons.losses.{part}", **{name: getattr(losses, name) for name in names})
    setattr(package.losses, part, found)
# Helpers of Keras 2 that their test_utils imports for other tests.
module("keras.src.testing_infra", __path__=[])
module("keras.src.testing_infra.test_utils", layer_test=None)
migrate.register_addons()  # importing tensorflow_addons registers its names, too
