"""The way over from TensorFlow Addons: what it saved opens here."""

from semihard.migrate.checkpoint import load_addons_checkpoint
from semihard.migrate.loss import addons_loss
from semihard.migrate.model import load_addons_model
from semihard.migrate.register import register_addons

__all__ = ["addons_loss", "load_addons_checkpoint", "load_addons_model", "register_addons"]
