"""What a request can be refused with before any endpoint sees it, and what a fault of ours is."""

from http import HTTPStatus

from cms.kernel import Problem


class BadRequest(Problem):
    status = HTTPStatus.BAD_REQUEST
    detail = "The request body is not JSON in UTF-8."


class ContentTooLarge(Problem):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    detail = "The request body is larger than the limit."


class UnsupportedMediaType(Problem):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    detail = "The request body must be application/json, not compressed."


class UriTooLong(Problem):
    status = HTTPStatus.REQUEST_URI_TOO_LONG
    detail = "The address is too long."


class HeadersTooLarge(Problem):
    """RFC 6585, 5."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    detail = "The request has too many headers, or too long ones."


class InternalError(Problem):
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    detail = "Something went wrong on our side."
