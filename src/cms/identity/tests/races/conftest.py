import pytest

from cms.identity.model import User
from cms.identity.tests.conftest import Arena
from cms.identity.tests.factories import UserFactory


@pytest.fixture
async def user(arena: Arena) -> User:
    user = UserFactory.build()
    await arena.add(user)
    return user


@pytest.fixture
async def admins(arena: Arena) -> list[User]:
    """The only two active admins."""
    await arena.sql("UPDATE users SET is_active = false WHERE role = 'admin'")
    admins = UserFactory.build_batch(2, role="admin")
    await arena.add(*admins)
    return list(admins)
