"""Fills an empty database: the first admin and, unless told otherwise, a demo website.

    python seed.py [--admin-only]

Running it again changes nothing: an admin is made only where there is none, content only where
there is none. Reads ADMIN_EMAIL, ADMIN_PASSWORD and DATABASE_URL, like everything else.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from pydantic import ValidationError
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cms import demo
from cms.documents import sanitised_values
from cms.identity import repository as users
from cms.identity.model import User
from cms.identity.passwords import hash_password
from cms.identity.schema import UserCreate
from cms.kernel import Base, Database, Problem, Settings
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


async def is_empty(session: AsyncSession, model: type[Base]) -> bool:
    return not await session.scalar(select(select(model).exists()))


async def seed_admin(session: AsyncSession, settings: Settings) -> bool:
    """Makes the first admin. Raises `ValidationError` for an address or password that is none."""
    admins = select(func.count()).select_from(User).where(User.role == "admin")
    if await session.scalar(admins):
        return False
    password = settings.admin_password.get_secret_value()
    admin = UserCreate(email=settings.admin_email, password=password, role="admin")
    password_hash = await hash_password(admin.password, settings.bcrypt_rounds)
    await users.create_user(session, admin.email, password_hash, admin.role, is_active=True)
    print(f"Admin: {settings.admin_email}")
    return True


async def seed_content(session: AsyncSession) -> bool:
    """Stores the demo website through the same schemas and sanitiser as an editor's writes."""
    if not (await is_empty(session, Page) and await is_empty(session, Post)):
        return False
    content = demo.load()
    stored = await site.lock(session)
    settings = SettingsWrite.model_validate(content.settings)
    await site.update(session, stored, await sanitised_values(settings))
    for page in content.pages:
        written_page = PageWrite.model_validate(page)
        await pages.create(session, await sanitised_values(written_page))
    for post in content.posts:
        fields: dict[str, Any] = dict(post)
        dates = dict.fromkeys(("created_at", "updated_at"), fields["created_at"])
        del fields["created_at"]
        written_post = PostWrite.model_validate(fields)
        await posts.create(session, await sanitised_values(written_post) | dates)
    print(f"Content: {len(content.pages)} pages, {len(content.posts)} posts, site settings")
    return True


async def seed(settings: Settings, *, admin_only: bool) -> bool:
    """Whether anything was missing."""
    database = Database.connect(settings)
    try:
        async with database.session() as session:
            await session.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK}
            )
            made_admin = await seed_admin(session, settings)
            made_content = not admin_only and await seed_content(session)
    finally:
        await database.close()
    return made_admin or made_content


def main() -> int:
    parser = argparse.ArgumentParser(description="Fills an empty database.")
    parser.add_argument("--admin-only", action="store_true", help="only the first admin")
    arguments = parser.parse_args()
    try:
        seeded = asyncio.run(seed(Settings(), admin_only=arguments.admin_only))
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            field = ".".join(str(part) for part in fault["loc"])
            print(f"{field or 'settings'}: {fault['msg']}", file=sys.stderr)
        return 2
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    print("seeded" if seeded else "nothing to seed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
