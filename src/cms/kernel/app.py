"""Wires slices and services into one application."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec

from fastapi import FastAPI

from cms.kernel import errors
from cms.kernel.services import Services
from cms.kernel.slices import Slice
from cms.postgres import beside

_DESCRIPTION = """\
The content of a marketing website: read without a token, written by editors.

Errors are `application/problem+json` (RFC 9457). Reads carry a strong `ETag`; send it back as
`If-None-Match` to be told that nothing has changed, and as `If-Match` to write only over what
you have seen.
"""


def create_app(services: Services, slices: Sequence[Slice]) -> FastAPI:
    """The slices' endpoints as an application.

    What stands around it, such as CORS and the cache, is put there by `main`.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(beside(services.database.changes.run()))
            for each in slices:
                if each.lifespan is not None:
                    await stack.enter_async_context(each.lifespan(services))
            yield
        await services.database.close()

    traced = find_spec("opentelemetry.sdk") is not None
    app = FastAPI(
        title="CMS API",
        description=_DESCRIPTION,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Traces, where the extra is installed; what its log would tell may hold what was sent to us.
        telemetry={"tracing": traced, "metrics": traced, "auto_configure": traced, "logs": False},
        generate_unique_id_function=lambda route: route.name,
        exception_handlers={errors.Problem: errors.handle_problem},
        openapi_tags=[{"name": each.name, "description": each.description} for each in slices],
    )
    app.state.services = services
    for each in slices:
        app.include_router(each.router)
    return app
