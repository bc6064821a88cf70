from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from cms.documents import Site, collections
from cms.kernel import Conflict, Record
from cms.redirects import repository
from cms.redirects.paths import path_on_site
from cms.redirects.schema import MAX_REDIRECTS, RedirectWrite


class RuleConflict(Conflict):
    """Names the other rule as `rule`."""

    detail = "The rule and another one would make a loop or a chain, or begin at the same path."

    def __init__(self, detail: str, rule: Record) -> None:
        super().__init__(detail)
        self.extra["rule"] = rule | {"id": str(rule["id"])}


async def create(session: AsyncSession, site: Site, rule: RedirectWrite) -> Record:
    """Raises `Conflict`."""
    await repository.take_turns(session)
    if await repository.count(session) >= MAX_REDIRECTS:
        raise Conflict(f"There are {MAX_REDIRECTS} redirects already, and no more can be kept.")
    return await repository.create(session, await _checked(session, site, rule, None))


async def replace(session: AsyncSession, site: Site, row: Record, rule: RedirectWrite) -> Record:
    """Raises `Conflict`."""
    return await repository.replace(session, row, await _checked(session, site, rule, row["id"]))


async def _checked(
    session: AsyncSession, site: Site, rule: RedirectWrite, own_id: UUID | None
) -> dict[str, Any]:
    """The values to store. No rule ever leads to where another begins, so that none can loop."""
    to_path = None if rule.to is None else path_on_site(rule.to, site.url)
    if to_path == rule.from_path:
        raise Conflict("The rule would lead to where it begins.")
    for other in await repository.meeting(session, rule.from_path, to_path, own_id):
        if other["from_path"] == rule.from_path:
            raise RuleConflict("Another rule begins at this path.", other)
        if other["from_path"] == to_path:
            raise RuleConflict(
                "The rule would lead to where another one begins: lead to its target.", other
            )
        raise RuleConflict("Another rule leads to this path: change it first.", other)
    await _require_no_document(session, site, rule.from_path)
    return rule.model_dump() | {"to_path": to_path}


async def _require_no_document(session: AsyncSession, site: Site, path: str) -> None:
    """A rule would hide what is public there, and nobody would be told."""
    for each in collections():
        for slug in site.slugs_at(each.name, path):
            if await repository.is_published(session, each.name, slug):
                raise Conflict("A published document has this path.")
