import factory
from passlib.hash import bcrypt

from cms.identity.model import User

PASSWORD = "correct horse battery staple"
_PASSWORD_HASH = bcrypt.using(rounds=4).hash(PASSWORD)


class UserFactory(factory.Factory[User]):
    """A user whose password is `PASSWORD`."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"user-{n}@example.com")
    password_hash = _PASSWORD_HASH
    role = "editor"
    is_active = True
