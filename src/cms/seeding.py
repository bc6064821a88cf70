"""What `seed.py` stores in an empty database, in one transaction."""

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cms import demo
from cms.identity import repository as users
from cms.identity.model import User
from cms.identity.passwords import hash_password
from cms.identity.schema import UserCreate
from cms.kernel.config import Settings
from cms.kernel.database import Database
from cms.pages import repository as pages
from cms.pages.model import Page
from cms.pages.schema import PageWrite
from cms.posts import repository as posts
from cms.posts.model import Post
from cms.posts.schema import PostWrite
from cms.settings import repository as site
from cms.settings.schema import SettingsWrite

# Replicas that start together seed one after the other. Any number, the same everywhere.
ADVISORY_LOCK = 4_715_309_863
# Nobody waits for an answer here, as for that of a request, and another seed may take its time.
_PATIENCE_SECONDS = 60.0
_LIMITS = ("database_timeout_seconds", "statement_timeout_seconds", "lock_timeout_seconds")


async def seed(settings: Settings, *, admin_only: bool) -> list[str]:
    """A line for each thing that was missing and is made.

    Raises `ValidationError` for an admin's address or password that is none.
    """
    patient = settings.model_copy(update=dict.fromkeys(_LIMITS, _PATIENCE_SECONDS))
    database = Database.connect(patient)
    try:
        async with database.session() as session:
            await session.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK}
            )
            made = await _seed_admin(session, settings)
            if not admin_only:
                made += await _seed_content(session)
            return made
    finally:
        await database.close()


async def _seed_admin(session: AsyncSession, settings: Settings) -> list[str]:
    if await session.scalar(select(select(User).where(User.role == "admin").exists())):
        return []
    password = settings.admin_password.get_secret_value()
    admin = UserCreate(email=settings.admin_email, password=password, role="admin")
    password_hash = await hash_password(admin.password, settings.bcrypt_rounds)
    await users.create_user(session, admin.email, password_hash, admin.role, is_active=True)
    return [f"Admin: {settings.admin_email}"]


async def _seed_content(session: AsyncSession) -> list[str]:
    """Stores the demo website through the same schemas and sanitiser as an editor's writes."""
    for model in (Page, Post):
        if await session.scalar(select(select(model).exists())):
            return []
    content = demo.load()
    stored = await site.lock(session)
    settings = SettingsWrite.model_validate(content.settings)
    await site.update(session, stored, await settings.values())
    for page in content.pages:
        written_page = PageWrite.model_validate(page)
        await pages.create(session, written_page.slug, await written_page.values())
    for post in content.posts:
        fields: dict[str, Any] = dict(post)
        dates = dict.fromkeys(("created_at", "updated_at"), fields.pop("created_at"))
        written_post = PostWrite.model_validate(fields)
        await posts.create(session, written_post.slug, await written_post.values() | dates)
    return [f"Content: {len(content.pages)} pages, {len(content.posts)} posts, site settings"]
