"""A gallery in a table of a PostgreSQL server with pgvector, for several programs at once."""

from semihard.gallery._postgres._gallery import PgGallery

__all__ = ["PgGallery"]
