from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from cms.identity.model import EMAIL_LENGTH
from cms.identity.passwords import MAX_BYTES, MIN_BYTES
from cms.kernel import Envelope, Payload, PlainText, Role

_EMAIL = "editor@example.com"
_PASSWORD = "correct horse battery staple"  # noqa: S105 - an example
_ID = "019abf3e-7b1c-7d40-9d2f-2f4d6a1c0b55"
# What an address has nowhere but at its @, control characters among it.
_NOT = r"@\s\x00-\x1f\x7f-\x9f"
_TIME = "2026-01-15T09:30:00Z"
_USER: JsonDict = {
    "id": _ID,
    "email": _EMAIL,
    "role": "editor",
    "is_active": True,
    "created_at": _TIME,
    "updated_at": _TIME,
}


def _within_bcrypt(password: str) -> str:
    if len(password.encode()) > MAX_BYTES:
        raise ValueError(f"must have at most {MAX_BYTES} bytes of UTF-8")
    if "\0" in password:
        raise ValueError("U+0000 is not allowed")
    return password


def _long_enough(password: str) -> str:
    if len(password.encode()) < MIN_BYTES:
        raise ValueError(f"must have at least {MIN_BYTES} bytes of UTF-8")
    return password


Password = Annotated[
    str,
    AfterValidator(_within_bcrypt),
    AfterValidator(_long_enough),
    Field(description="12 to 72 bytes of UTF-8.", examples=[_PASSWORD]),
]
Email = Annotated[
    PlainText,
    StringConstraints(
        max_length=EMAIL_LENGTH, pattern=rf"^[^{_NOT}]{{1,64}}@[^{_NOT}.]+(?:\.[^{_NOT}.]+)*$"
    ),
    Field(description="Compared without regard to case.", examples=[_EMAIL]),
]
RefreshTokenText = Annotated[
    str, StringConstraints(max_length=512), Field(description="As the last pair had it.")
]


# No `| None`: a null is refused, and no client is offered one.
_LEFT_OUT: Any = Field(default_factory=lambda: None)


class Login(Payload):
    model_config = ConfigDict(
        json_schema_extra={"example": {"email": _EMAIL, "password": _PASSWORD}}
    )

    # Not `Email`: an address that no user can have is a wrong one like any other.
    email: Annotated[PlainText, Field(max_length=1000)]
    # Nor `Password`: one too short is wrong like any other.
    password: Annotated[str, AfterValidator(_within_bcrypt)]


class Refresh(Payload):
    """Without a token it is the one in the cookie, by `X-Session: cookie`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"refresh_token": "b1NpQ2hJd2VlS29vU2hhZTNhaEdoZWU4b29aaWVwaGE"}
        }
    )

    refresh_token: RefreshTokenText = _LEFT_OUT


class TokenPair(BaseModel):
    """Send `access_token` as a bearer token; exchange `refresh_token`, once, for a new pair."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwMTlhIn0.c2ln",
                "refresh_token": "b1NpQ2hJd2VlS29vU2hhZTNhaEdoZWU4b29aaWVwaGE",
                "token_type": "bearer",
                "expires_in": 900,
            }
        }
    )

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of a type
    expires_in: int = Field(description="Seconds until the access token expires.")


class AccessToken(BaseModel):
    """The same with `X-Session: cookie`: the refresh token is in the cookie alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwMTlhIn0.c2ln",
                "token_type": "bearer",
                "expires_in": 900,
            }
        }
    )

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of a type
    expires_in: int = Field(description="Seconds until the access token expires.")


class PasswordChange(Payload):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"current_password": _PASSWORD, "new_password": "a longer horse battery"}
        }
    )

    current_password: Password
    new_password: Password


class UserCreate(Payload):
    model_config = ConfigDict(
        json_schema_extra={"example": {"email": _EMAIL, "password": _PASSWORD, "role": "editor"}}
    )

    email: Email
    password: Password
    role: Role = "editor"
    is_active: bool = True


class UserUpdate(Payload):
    """What is left out stays as it is. Read with `exclude_unset`."""

    model_config = ConfigDict(json_schema_extra={"example": {"role": "admin"}})

    role: Role = _LEFT_OUT
    is_active: bool = _LEFT_OUT
    password: Password = _LEFT_OUT


class UserRead(BaseModel):
    """A user. Its password is nowhere to be read."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"example": _USER})

    id: UUID
    email: str
    role: Role
    is_active: bool
    created_at: datetime
    updated_at: datetime


class UserList(Envelope[UserRead]):
    """One page of users."""


class SessionRead(BaseModel):
    """A live login of the user."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "example": {
                "id": _ID,
                "created_at": _TIME,
                "last_used_at": _TIME,
                "expires_at": "2026-01-22T09:30:00Z",
                "user_agent": "Mozilla/5.0",
                "ip": "192.0.2.7",
                "current": True,
            }
        },
    )

    id: UUID
    created_at: datetime
    last_used_at: datetime = Field(description="Its last login or refresh.")
    expires_at: datetime
    user_agent: str | None
    ip: str
    current: bool = Field(description="Whether it is the one that asks.")


class SessionList(Envelope[SessionRead]):
    """One page of sessions."""
