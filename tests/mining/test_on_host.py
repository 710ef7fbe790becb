"""Mining in NumPy: pieces of a block."""

import pytest

from semihard.mining import _numpy_search


@pytest.mark.parametrize(("first", "anchors", "references"), [(0, 1, 1), (0, 7, 9), (5, 1024, 1024), (0, 3, 2**20)])
def test_pieces_are_all_anchors_once(first, anchors, references):
    pieces = _numpy_search.pieces(first, anchors, references)
    assert [i for piece in pieces for i in range(piece.start, piece.stop)] == [*range(first, anchors)]
    assert all((piece.stop - piece.start) * references <= max(_numpy_search.AT_ONCE, references) for piece in pieces)
