import factory

from cms.pages.model import Page
from cms.richtext.sanitiser import SafeHtml


class PageFactory(factory.Factory[Page]):
    """A published page."""

    class Meta:
        model = Page

    slug = factory.Sequence(lambda n: f"page-{n}")
    title = factory.Sequence(lambda n: f"Page {n}")
    body = SafeHtml("<p>At length.</p>")
    meta_title = "For search engines"
    meta_description = "What search engines show."
    og_image_url = "/images/page.jpg"
    published = True
