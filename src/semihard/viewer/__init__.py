"""One page with the samples beside their points, that opens in any browser, offline."""

from semihard.viewer.view import View, make_view
from semihard.viewer.write_page import write_page
from semihard.viewer.write_parquet import write_parquet

__all__ = ["View", "make_view", "write_page", "write_parquet"]
