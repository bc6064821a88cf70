from cms.kernel import Slice
from cms.previews.router import router

SLICE = Slice("previews", "Links that show one document before it is public.", router)
