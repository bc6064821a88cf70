from cms.kernel import Slice
from cms.redirects.router import router

SLICE = Slice("redirects", "Where a website's old paths lead.", router)
