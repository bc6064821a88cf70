from cms.kernel.slices import Slice
from cms.posts.router import router

SLICE = Slice("posts", "The blog: posts with tags, newest first.", router)
