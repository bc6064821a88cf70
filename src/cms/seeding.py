"""What `seed.py` stores in an empty database, in one transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cms.demo import load as load_demo
from cms.documents import acting_as, copied, etag_of, sanitised_values
from cms.identity import repository as users
from cms.identity.model import User
from cms.identity.passwords import hash_password
from cms.identity.schema import UserCreate
from cms.kernel import AnyRow, Database, Record, Role, Settings
from cms.pages import repository as pages
from cms.pages.model import Page
from cms.pages.schema import PageWrite
from cms.posts import repository as posts
from cms.posts.model import Post
from cms.posts.schema import PostWrite
from cms.schedule import repository as schedule
from cms.settings import repository as site
from cms.settings.schema import SettingsWrite
from cms.working_copies import repository as working_copies

# Replicas that start together seed one after the other. Any number, the same everywhere.
ADVISORY_LOCK = 4_715_309_863
# Nobody waits for an answer here, as for that of a request, and another seed may take its time.
_PATIENCE_SECONDS = 60.0
# Who is said to have written it, from then on.
_users = User.__table__.c
_AS_ADMIN = (
    select(_users.id, _users.email, acting_as(_users.id, _users.email))
    .where(_users.role == "admin")
    .order_by(_users.created_at)
    .limit(1)
)
_LIMITS = ("database_timeout_seconds", "statement_timeout_seconds", "lock_timeout_seconds")


async def seed(settings: Settings, *, admin_only: bool) -> list[str]:
    """A line for each thing that was missing and is made.

    Raises `ValidationError` for an admin's address or password that is none.
    """
    patient = settings.model_copy(update=dict.fromkeys(_LIMITS, _PATIENCE_SECONDS))
    database = Database.connect(patient)
    try:
        async with database.session() as session:
            lacks_admin = await _lacks_admin(session)
            lacks_content = not admin_only and await _lacks_content(session)
        # Hashed and cleaned before anything is locked, however long that takes.
        admin = await _admin(settings) if lacks_admin else None
        content = await _content() if lacks_content else None
        async with database.session() as session:
            await session.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK}
            )
            made: list[str] = []
            if admin and await _lacks_admin(session):
                await users.create_user(session, *admin, is_active=True)
                made.append(f"Admin: {settings.admin_email}")
            if content and await _lacks_content(session):
                made.append(await _store(session, content))
            return made
    finally:
        await database.close()


async def _lacks_admin(session: AsyncSession) -> bool:
    return not await session.scalar(select(select(User).where(User.role == "admin").exists()))


async def _lacks_content(session: AsyncSession) -> bool:
    has_pages, has_posts = select(Page).exists(), select(Post).exists()
    return not await session.scalar(select(has_pages | has_posts))


async def _admin(settings: Settings) -> tuple[str, str, Role]:
    password = settings.admin_password.get_secret_value()
    admin = UserCreate(email=settings.admin_email, password=password, role="admin")
    return admin.email, await hash_password(admin.password, settings.bcrypt_rounds), admin.role


@dataclass(frozen=True, slots=True)
class _Content:
    """The demo website, as it is stored."""

    settings: dict[str, Any]
    pages: list[dict[str, Any]]
    posts: list[dict[str, Any]]


async def _content() -> _Content:
    """Through the same schemas and sanitiser as an editor's writes."""
    demo = load_demo()
    settings = await sanitised_values(SettingsWrite.model_validate(demo.settings))
    pages = [await sanitised_values(PageWrite.model_validate(page)) for page in demo.pages]
    posts: list[dict[str, Any]] = []
    for post in demo.posts:
        fields: dict[str, Any] = dict(post)
        written = fields.pop("created_at")
        dates = {"created_at": written, "updated_at": written}
        if fields["published"]:
            dates["published_at"] = written
        posts.append(await sanitised_values(PostWrite.model_validate(fields)) | dates)
    return _Content(settings, pages, posts)


async def _store(session: AsyncSession, content: _Content) -> str:
    """With some life: pages that were drafts once, two scheduled posts, and a working copy."""
    admin = (await session.execute(_AS_ADMIN)).one()
    await site.update(session, await site.lock(session), content.settings)
    for page in content.pages:
        draft = await pages.create(session, {**page, "published": False})
        await pages.update(session, draft, page)
    stored = [await posts.create(session, post) for post in content.posts]
    for weeks, post in enumerate([each for each in stored if not each["published"]][:2], 1):
        at = {"publish_at": datetime.now(UTC) + timedelta(weeks=weeks), "unpublish_at": None}
        by = {"set_by_id": admin.id, "set_by_email": admin.email, "problem": None}
        of = {"type": Post.__tablename__, "document_id": post["id"]}
        await schedule.store(session, {**of, **at, **by})
    newest = next(each for each in reversed(stored) if each["published"])
    await working_copies.insert_copy(session, _copy(newest, content.posts, admin))
    return f"Content: {len(content.pages)} pages, {len(content.posts)} posts, site settings"


def _copy(post: Record, written: list[dict[str, Any]], admin: AnyRow) -> Record:
    """A working copy of a post, which says how it goes on."""
    [content] = [each for each in written if each["slug"] == post["slug"]]
    fields = {name: content[name] for name in PostWrite.model_fields if name in content}
    return {
        "type": Post.__tablename__,
        "document_id": post["id"],
        "content": copied({**fields, "title": f"{post['title']}, one year on"}),
        "base_etag": etag_of(post),
        "user_id": admin.id,
        "user_email": admin.email,
    }
