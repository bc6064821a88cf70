"""Count the entries of history as they come, and believe who wrote one only of its transaction"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_03_history_counts"
down_revision = "20261126_02_history"
branch_labels = None
depends_on = None

# How many entries there are by what they are filtered by, in parts that sum up: a number that every
# write changed in place would make them wait for one another.
_COUNT = """
    CREATE FUNCTION history_count() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO {schema}.history_counts VALUES (NEW.type, NEW.action, NEW.user_id, 1);
        ELSIF TG_OP = 'DELETE' THEN
            INSERT INTO {schema}.history_counts VALUES (OLD.type, OLD.action, OLD.user_id, -1);
        ELSE
            TRUNCATE {schema}.history_counts;
        END IF;
        RETURN NULL;
    END
    $$
"""
_COUNTING = (
    "CREATE TRIGGER history_count AFTER INSERT OR DELETE ON history "
    "FOR EACH ROW EXECUTE FUNCTION history_count()",
    "CREATE TRIGGER history_count_truncate AFTER TRUNCATE ON history "
    "FOR EACH STATEMENT EXECUTE FUNCTION history_count()",
)
# `cms.user` begins with the number of the transaction that has set it: what a session or a role was
# given, or what another transaction left behind, is nobody's word.
_USER = """
    CREATE FUNCTION cms_user() RETURNS text LANGUAGE sql STABLE AS $$
        SELECT substr(who, strpos(who, ' ') + 1) FROM current_setting('cms.user', true) AS who
        WHERE split_part(who, ' ', 1) = pg_current_xact_id()::text
    $$
"""
_ANYBODY = "nullif(current_setting('cms.user', true), '')"


def upgrade() -> None:
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(_USER)
    _change_record(_ANYBODY, f"{schema}.cms_user()")
    op.create_table(
        "history_counts",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("entries", sa.BigInteger(), nullable=False),
    )
    op.execute(_COUNT.format(schema=schema))
    for statement in _COUNTING:
        op.execute(statement)
    # From here on nobody writes to it before the commit.
    op.execute(
        "INSERT INTO history_counts "
        "SELECT type, action, user_id, count(*) FROM history GROUP BY 1, 2, 3"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER history_count ON history")
    op.execute("DROP TRIGGER history_count_truncate ON history")
    op.execute("DROP FUNCTION history_count()")
    op.drop_table("history_counts")
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    _change_record(f"{schema}.cms_user()", _ANYBODY)
    op.execute("DROP FUNCTION cms_user()")


def _change_record(old: str, new: str) -> None:
    """Whatever else `cms_record` does by now, it goes on doing."""
    definition: str = op.get_bind().scalar(
        sa.text("SELECT pg_get_functiondef('cms_record()'::regprocedure)")
    )
    assert old in definition
    op.get_bind().exec_driver_sql(definition.replace(old, new, 1))
