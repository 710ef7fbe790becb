"""What Griffe is told of the package's docstrings: an extension, named in mkdocs.yml."""

import re
from typing import Any

import griffe

from tools.links import linked
from tools.public import defined, doors, own_names


class Doors(griffe.Extension):
    """Names that a door imports later stand in it, as those that it imports at once; names are links."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Called once the package's sources are read."""
        for door in doors():
            module = pkg[door.partition(".")[2]] if door != "semihard" else pkg
            for name in own_names(door):
                target = f"{defined(door, name).module}.{name}"
                if name not in module.members and target != f"{door}.{name}":
                    module.set_member(name, griffe.Alias(name, target, parent=module))

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Griffe knows a section "Examples", where Google's style and ours have one example."""
        if obj.docstring:
            text = re.sub(r"^Example:$", "Examples:", obj.docstring.value, flags=re.MULTILINE)
            obj.docstring.value = linked(text)
