import factory

from cms.posts.model import Post
from cms.richtext.sanitiser import SafeHtml


class PostFactory(factory.Factory[Post]):
    """A published post."""

    class Meta:
        model = Post

    slug = factory.Sequence(lambda n: f"post-{n}")
    title = factory.Sequence(lambda n: f"Post {n}")
    excerpt = "In short."
    body = SafeHtml("<p>At length.</p>")
    author = "Ada Example"
    featured_image_url = "/images/post.jpg"
    tags = factory.LazyFunction(lambda: ["news"])
    published = True
