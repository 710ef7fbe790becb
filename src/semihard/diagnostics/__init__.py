"""What semi-hard mining finds in the batches of a training, in the progress bar."""

from semihard.diagnostics.mining_metrics import ActiveTriplets, FallbackPairs, NegativeDistance, PositiveDistance

__all__ = ["ActiveTriplets", "FallbackPairs", "NegativeDistance", "PositiveDistance"]
