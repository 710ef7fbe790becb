"""A gallery in a Lance table on the disk, embedded: LanceDB filters, gives blocks or candidates, and keeps versions."""

from semihard.gallery._lance._gallery import LanceGallery

__all__ = ["LanceGallery"]
