from fastapi import APIRouter

from cms.documents import DocumentType, register
from cms.kernel import Slice
from cms.posts import tags
from cms.posts.model import Post
from cms.posts.router import router
from cms.posts.schema import PostRead, PostWrite

_routers = APIRouter()
_routers.include_router(router)
_routers.include_router(tags.router)

SLICE = Slice("posts", "The blog: posts with tags, newest first.", _routers)

register(DocumentType("posts", Post, PostWrite, PostRead))
