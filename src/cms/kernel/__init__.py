"""The small kernel: what a slice is, its session, its users and its errors."""

from cms.kernel.app import create_app
from cms.kernel.auth import (
    Claims,
    CurrentAdmin,
    CurrentUser,
    authenticate,
    get_claims,
    get_current_user,
    hold_later,
    require_admin,
)
from cms.kernel.config import ROOT, Settings
from cms.kernel.database import AnyRow, Base, Database
from cms.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    Problem,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    problems,
)
from cms.kernel.pagination import Envelope, PageNumber, PageSize, Paging
from cms.kernel.principal import AccessClaims, Authenticator, Principal, Role
from cms.kernel.revision import head_revision
from cms.kernel.schema import Digits, Payload, PlainText
from cms.kernel.services import (
    CurrentServices,
    RateLimiter,
    Services,
    get_services,
    limited,
)
from cms.kernel.session import SAFE_METHODS, Reader, Session, get_database, get_session
from cms.kernel.slices import API_PREFIX, Slice, load_slices, slice_router
from cms.postgres import PreparedQuery, Record, beside

# fmt: off
__all__ = [
    "API_PREFIX", "ROOT", "SAFE_METHODS", "AccessClaims", "AnyRow",
    "Authenticator", "Base", "Claims", "Conflict", "CurrentAdmin",
    "CurrentServices", "CurrentUser", "Database", "Digits", "Envelope", "Forbidden", "Invalid",
    "NotFound", "PageNumber", "PageSize", "Paging", "Payload", "PlainText", "PreconditionFailed", "PreparedQuery",
    "Principal", "Problem", "RateLimiter", "Reader", "Record", "Role", "Services", "Session",
    "Settings", "Slice", "TooManyRequests", "Unauthorized", "Unavailable",
    "authenticate", "beside", "create_app", "get_claims", "get_current_user", "get_database",
    "get_services", "get_session", "head_revision", "hold_later", "limited", "load_slices",
    "problems", "require_admin", "slice_router",
]
