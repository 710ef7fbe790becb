"""Which columns of another program's Lance table are ids, labels, vectors and metadata."""

from typing import Any

from semihard.gallery._lance._layout import OtherLayout


def layout_of(schema: Any, ids: str | None, labels: str | None, vectors: str | None) -> tuple[OtherLayout, int]:
    """Return where a table keeps what, and the dimensions of its vectors.

    Args:
        schema: of pyarrow.
        ids, labels, vectors: names of columns; None for "id" or "path", "label" if it is there, and "vector".

    Raises:
        ValueError: a column is missing or of another type.

    Example:
        >>> import pyarrow as pa
        >>> schema = pa.schema({"path": pa.string(), "vector": pa.list_(pa.float32(), 8), "year": pa.int64()})
        >>> layout, dim = layout_of(schema, None, None, None)
        >>> layout.id, layout.label, layout.described, dim
        ('path', None, ['year'], 8)
    """
    names = set(schema.names)
    types = {field.name: kind for field in schema if (kind := _kind(field)) is not None}
    key = ids or next((name for name in ("id", "path") if name in names), "id")
    label = labels or ("label" if "label" in names else None)
    vector = vectors or "vector"
    listed = ", ".join(schema.names)
    for name in filter(None, (key, label, vector)):
        if name not in names:
            raise ValueError(f"Expected a column {name!r}. Received: {listed}. Name yours: `ids`, `labels`, `vectors`.")
    if types.get(key) not in ("text", "whole"):
        raise ValueError(f"Expected ids of text or whole numbers in {key!r}. Received: {schema.field(key).type}.")
    if label is not None and label not in types:
        came = schema.field(label).type
        raise ValueError(f"Expected labels of text, numbers or booleans in {label!r}. Received: {came}.")
    kind = schema.field(vector).type
    width = getattr(kind, "list_size", None)
    if width is None or str(kind.value_type) not in ("float", "halffloat", "double"):
        raise ValueError(
            f"Expected vectors as a fixed-size list of floats in {vector!r}. Received: {kind}. "
            "Cast it: pyarrow.list_(pyarrow.float32(), dim)."
        )
    return OtherLayout(key, label, vector, types), int(width)


def _kind(field: Any) -> str | None:
    """The kind of a column that can be an id, a label or metadata; None for others."""
    import pyarrow as pa

    if "`" in field.name:  # which quotes a name in Lance's SQL
        return None
    kind = field.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    if pa.types.is_boolean(kind):
        return "truth"
    if pa.types.is_integer(kind):
        return "whole"
    return "number" if pa.types.is_floating(kind) else None
