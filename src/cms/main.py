"""The composition root, and the only place that lists the slices."""

from fastapi import FastAPI

from cms.identity.service import authenticate
from cms.kernel.app import create_app
from cms.kernel.config import Settings
from cms.kernel.requestlog import configure_logging
from cms.kernel.slices import load_slices

SLICES = load_slices(
    "identity",
    "pages",
    "posts",
    "settings",
)


def build() -> FastAPI:
    """The application as the server runs it, its settings from the environment."""
    settings = Settings()
    if not settings.jwt_secret.get_secret_value():
        raise ValueError("JWT_SECRET is required; in development, make run makes one up")
    configure_logging(settings)
    return create_app(settings, SLICES, authenticate)
