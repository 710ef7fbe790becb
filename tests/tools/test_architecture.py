"""The drawing of the architecture shows what the sources import today, and every line of it goes downwards."""

from itertools import pairwise

from tests.test_architecture import BELOW, GROUND
from tools import architecture
from tools.layers import levels, place, without_shortcuts


def ways(graph, node):
    """All nodes below one."""
    return graph[node].union(*(ways(graph, other) for other in graph[node]))


def test_the_committed_drawing_is_that_of_today():
    committed = architecture.DRAWING.read_text(encoding="utf-8")
    assert committed == architecture.drawing(), "Run `python -m tools.architecture`, and look at what changed."


def test_what_is_drawn_is_what_may_be_imported():
    """By the order that `tests/test_architecture.py` keeps, of which a wing's inner rooms are drawn as one."""
    allowed = {}
    for room, below in BELOW.items():
        allowed.setdefault(room.split(".")[0], set()).update(other.split(".")[0] for other in below | GROUND)
    drawn = architecture.rooms()
    assert set(drawn) == set(allowed)
    assert all(others <= allowed[room] for room, others in drawn.items())


def test_lines_go_downwards_and_boxes_stand_apart():
    laid = place(architecture.rooms(), 210, 170)
    assert all(upper.y < lower.y for points in laid.edges for upper, lower in pairwise(points))
    boxes = sorted((at.y, at.x) for at in laid.nodes.values())
    assert all(y != other or next_x - x >= 209 for (y, x), (other, next_x) in pairwise(boxes))


def test_edges_left_out_follow_from_those_drawn():
    graph = {"a": {"b", "c", "d"}, "b": {"c"}, "c": set(), "d": {"c"}}
    assert without_shortcuts(graph) == {"a": {"b", "d"}, "b": {"c"}, "c": set(), "d": {"c"}}
    assert levels(graph) == {"a": 2, "b": 1, "c": 0, "d": 1}
    rooms = architecture.rooms()
    fewer = without_shortcuts(rooms)
    assert all(ways(fewer, room) == ways(rooms, room) for room in rooms)


def test_lines_cross_only_where_they_must():
    """Two pairs, named so that the order of the alphabet would cross them."""
    laid = place({"a": {"y"}, "b": {"x"}, "x": set(), "y": set()}, 10, 10)
    at = laid.nodes
    assert (at["a"].x < at["b"].x) == (at["y"].x < at["x"].x)
