"""Losses over the pairs of a batch."""

from semihard.losses.triplet import TripletSemiHardLoss, triplet_semihard_loss

__all__ = ["TripletSemiHardLoss", "triplet_semihard_loss"]
