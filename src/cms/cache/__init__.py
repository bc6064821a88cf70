"""Public answers from memory, true by commit."""

from cms.cache.front import PublicCache, cached

__all__ = ["PublicCache", "cached"]
