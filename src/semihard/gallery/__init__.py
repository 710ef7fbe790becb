"""Galleries of embeddings that one can keep, search and add to; nothing here imports Keras.

One interface, `search`, `match`, `add`, `remove` and what they hold, over three places to keep them:

* `Gallery`: a directory, read into memory.
* `LanceGallery`: a Lance table on the disk, for more than fits into memory. Embedded, by LanceDB.
* `PgGallery`: a table of a PostgreSQL server with pgvector, for several programs at once.

What is exact is written once (`_searchable`, `_nearest_of`, `_threshold`), over a `_view` of the items at one moment.
Of a store that is its `_rows` and a `_stored_view`: the engine filters, gives blocks or candidates, and keeps things
whole; distances and the order of what it finds are measured here.
"""

from semihard.gallery._gallery import Gallery
from semihard.gallery._index_recall import IndexRecall
from semihard.gallery._lance import LanceGallery
from semihard.gallery._neighbors import Neighbors
from semihard.gallery._postgres import PgGallery

__all__ = ["Gallery", "IndexRecall", "LanceGallery", "Neighbors", "PgGallery"]
