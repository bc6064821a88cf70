from cms.documents import DocumentType, register
from cms.kernel import Slice
from cms.posts.model import Post
from cms.posts.router import router, tags_router
from cms.posts.schema import PostRead, PostWrite

router.routes.extend(tags_router.routes)

SLICE = Slice("posts", "The blog: posts with tags, newest first.", router)

register(DocumentType("posts", Post, PostWrite, PostRead))
