"""What semi-hard mining finds in the batches of a training, in the progress bar."""

from semihard.metrics.mining import ActiveTriplets, FallbackPairs, NegativeDistance, PositiveDistance

__all__ = ["ActiveTriplets", "FallbackPairs", "NegativeDistance", "PositiveDistance"]
