from cms.kernel import Slice
from cms.sitemap.router import router

SLICE = Slice("sitemap", "All that is published, in one cheap list.", router)
