from cms.kernel.slices import Slice
from cms.pages.router import router

SLICE = Slice("pages", "The site's standing pages: home, about, pricing.", router)
