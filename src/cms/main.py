"""The composition root, and the only place that lists the slices."""

from collections.abc import Sequence

from cms.cache import PublicCache
from cms.documents import reserve_site_paths
from cms.edge import (
    HEALTH,
    PostgresRateLimiter,
    configure_logging,
    install,
)
from cms.identity.service import AUTHENTICATOR
from cms.kernel import (
    Authenticator,
    Database,
    Services,
    Settings,
    Slice,
    create_app,
    load_slices,
)
from cms.richtext import allow_embeds

# What is asked most comes first: routes are tried in this order.
SLICES = load_slices(
    "posts",
    "pages",
    "settings",
    "identity",
    "redirects",
    "search",
    "sitemap",
    "history",
    "rich_text",
    "previews",
    "working_copies",
    "schedule",
)


def assemble(
    settings: Settings,
    slices: Sequence[Slice] = SLICES,
    authenticator: Authenticator = AUTHENTICATOR,
    database: Database | None = None,
) -> PublicCache:
    """The application: the slices, the cache next to them and in front, the edge in between.

    The settings choose everything; what else it takes is the tests' way to change a part.
    """
    allow_embeds(settings.embed_hosts)
    reserve_site_paths(settings)
    database = database or Database.connect(settings)
    limiter = PostgresRateLimiter(database, settings.auth_rate)
    services = Services(settings, database, authenticator, limiter)
    app = create_app(services, [*slices, HEALTH])
    cache = PublicCache(app, services)
    install(app, settings)
    return cache


def build() -> PublicCache:
    """The application as the server runs it, its settings from the environment."""
    settings = Settings()
    if not settings.jwt_secret.get_secret_value():
        raise ValueError("JWT_SECRET is required; in development, make run makes one up")
    configure_logging(settings)
    return assemble(settings)
