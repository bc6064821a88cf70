from cms.kernel import Slice
from cms.working_copies.router import router

SLICE = Slice(
    "working_copies", "Edit what is live without showing it, and publish it as a whole.", router
)
