"""One page with the samples beside their points, that opens in any browser, offline."""

from semihard.visualization.viewer._write_page import write_page
from semihard.visualization.viewer._write_parquet import write_parquet
from semihard.visualization.viewer.view import View, make_view

__all__ = ["View", "make_view", "write_page", "write_parquet"]
