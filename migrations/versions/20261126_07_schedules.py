"""When documents are published and unpublished by the clock"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_07_schedules"
down_revision = "20261126_06_working_copies"
branch_labels = None
depends_on = None

_TABLES = ("pages", "posts", "site_settings")

# Names the schema of its table: pg_restore and others run it with an empty search path.
_UNSCHEDULE = """
    CREATE FUNCTION cms_unschedule() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            DELETE FROM {schema}.schedules WHERE type = TG_TABLE_NAME;
        ELSIF TG_OP = 'DELETE' THEN
            DELETE FROM {schema}.schedules WHERE document_id = OLD.id;
        ELSE
            DELETE FROM {schema}.schedules WHERE document_id = NEW.id AND unpublish_at IS NULL;
            UPDATE {schema}.schedules SET publish_at = NULL, problem = NULL
            WHERE document_id = NEW.id;
        END IF;
        RETURN NULL;
    END
    $$
"""
_UNSCHEDULING = (
    "CREATE TRIGGER cms_unschedule AFTER DELETE ON %s "
    "FOR EACH ROW EXECUTE FUNCTION cms_unschedule()",
    "CREATE TRIGGER cms_unschedule_publish AFTER UPDATE ON %s FOR EACH ROW "
    "WHEN (NEW.published AND NOT OLD.published) EXECUTE FUNCTION cms_unschedule()",
    "CREATE TRIGGER cms_unschedule_truncate AFTER TRUNCATE ON %s "
    "FOR EACH STATEMENT EXECUTE FUNCTION cms_unschedule()",
)
_WATCH_BEGINS = "BEGIN\n"
_WATCH_ENDS = "".join(f"        EXECUTE format('{each}', document);\n" for each in _UNSCHEDULING)


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unpublish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        sa.Column("set_by_email", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_schedules")),
    )
    for column in ("publish_at", "unpublish_at"):
        op.create_index(op.f(f"ix_schedules_{column}"), "schedules", [column], unique=False)
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(_UNSCHEDULE.format(schema=schema))
    for table in _TABLES:
        for trigger in _UNSCHEDULING:
            op.execute(trigger % table)
    _change_watch(_WATCH_BEGINS, _WATCH_BEGINS + _WATCH_ENDS)


def downgrade() -> None:
    _change_watch(_WATCH_ENDS, "")
    for table in _TABLES:
        for name in ("cms_unschedule", "cms_unschedule_publish", "cms_unschedule_truncate"):
            op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION cms_unschedule()")
    op.drop_table("schedules")


def _change_watch(old: str, new: str) -> None:
    """Whatever else `cms_watch` does by now, it goes on doing."""
    definition: str = op.get_bind().scalar(
        sa.text("SELECT pg_get_functiondef('cms_watch(regclass)'::regprocedure)")
    )
    op.get_bind().exec_driver_sql(definition.replace(old, new, 1))
