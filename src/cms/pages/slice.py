from cms.documents import DocumentType, register
from cms.kernel import Slice
from cms.pages.model import Page
from cms.pages.router import router
from cms.pages.schema import PageRead, PageWrite

SLICE = Slice("pages", "The site's standing pages: home, about, pricing.", router)

register(DocumentType("pages", Page, PageWrite, PageRead))
