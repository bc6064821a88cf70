"""While a backup is restored, tables are missing, or there and empty: nothing is told of them then."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cms.kernel import API_PREFIX, Unavailable
from cms.postgres import Changes

_OK, _UNAUTHORIZED, _NOT_FOUND = 200, 401, 404
_EMPTY_LIST = b'{"items":[]'


class RestoreGuard:
    """Middleware next to the application: 503 where an answer may be that of a half-restored database.

    What finds nothing looks again whether its tables are the ones listened to.
    """

    def __init__(self, app: ASGIApp, changes: Changes) -> None:
        self._app = app
        self._changes = changes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(API_PREFIX):
            await self._app(scope, receive, send)
            return
        if self._changes.is_restoring:
            await _unavailable(scope, receive, send)
            return
        ticket = self._changes.tables_ticket()
        start: Message | None = None
        is_refused = False

        async def send_if_whole(message: Message) -> None:
            nonlocal start, is_refused
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                head, start = start, None
                if _found_nothing(head["status"], message.get("body", b"")):
                    is_refused = not await self._changes.were_whole(ticket)
                if is_refused:
                    await _unavailable(scope, receive, send)
                else:
                    await send(head)
            if not is_refused:
                await send(message)

        await self._app(scope, receive, send_if_whole)


def _found_nothing(status: int, body: bytes) -> bool:
    return status in {_UNAUTHORIZED, _NOT_FOUND} or (status == _OK and body.startswith(_EMPTY_LIST))


async def _unavailable(scope: Scope, receive: Receive, send: Send) -> None:
    await Unavailable("The database is being restored; try again shortly.").response()(
        scope, receive, send
    )
