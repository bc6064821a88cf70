from cms.kernel import Slice
from cms.search.indexing import keeping
from cms.search.router import router

SLICE = Slice("search", "Finding documents by what they say.", router, keeping)
