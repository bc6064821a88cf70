"""PostgreSQL: the engine and its pool, deadlines, prepared queries, and LISTEN.

Knows no setting and no table of ours.
"""

from cms.postgres.beside import beside
from cms.postgres.changes import Changes, Ticket
from cms.postgres.deadline import WaitBudget, wait_budget, within_budget
from cms.postgres.dsn import read_url
from cms.postgres.engine import EngineOptions, make_engine, make_single_engine, pool_of
from cms.postgres.memo import Memo
from cms.postgres.prepared import PreparedQuery, Record
from cms.postgres.uuidv7 import make_uuidv7

# fmt: off
__all__ = [
    "Changes", "EngineOptions", "Memo", "PreparedQuery", "Record", "Ticket", "WaitBudget",
    "beside", "make_engine", "make_single_engine", "make_uuidv7", "pool_of", "read_url", "wait_budget", "within_budget",
]
