"""Working copies of documents, and the end of each with its document"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_06_working_copies"
down_revision = "20261126_05_tags_in_any_case"
branch_labels = None
depends_on = None

_TABLES = ("pages", "posts", "site_settings")

# Names the schema of its table: pg_restore and others run it with an empty search path.
_END = """
    CREATE FUNCTION cms_end_copies() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            DELETE FROM {schema}.working_copies WHERE type = TG_TABLE_NAME;
        ELSE
            DELETE FROM {schema}.working_copies WHERE document_id = OLD.id;
        END IF;
        RETURN NULL;
    END
    $$
"""
_ENDING = (
    "CREATE TRIGGER cms_end_copies AFTER DELETE ON %s "
    "FOR EACH ROW EXECUTE FUNCTION cms_end_copies()",
    "CREATE TRIGGER cms_end_copies_truncate AFTER TRUNCATE ON %s "
    "FOR EACH STATEMENT EXECUTE FUNCTION cms_end_copies()",
)
_WATCH_BEGINS = "BEGIN\n"
_WATCH_ENDS = "".join(f"        EXECUTE format('{each}', document);\n" for each in _ENDING)


def upgrade() -> None:
    op.create_table(
        "working_copies",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("base_etag", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("statement_timestamp()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("user_email", sa.Text(), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_by_id", sa.Uuid(), nullable=True),
        sa.Column("set_by_email", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_copies")),
        sa.UniqueConstraint("document_id", name=op.f("uq_working_copies_document_id")),
    )
    op.create_index(
        op.f("ix_working_copies_updated_at_id"),
        "working_copies",
        [sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        op.f("ix_working_copies_publish_at"),
        "working_copies",
        ["publish_at"],
        unique=False,
        postgresql_where=sa.text("publish_at IS NOT NULL"),
    )
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(_END.format(schema=schema))
    for table in _TABLES:
        for trigger in _ENDING:
            op.execute(trigger % table)
    _change_watch(_WATCH_BEGINS, _WATCH_BEGINS + _WATCH_ENDS)


def downgrade() -> None:
    _change_watch(_WATCH_ENDS, "")
    for table in _TABLES:
        op.execute(f"DROP TRIGGER cms_end_copies ON {table}")
        op.execute(f"DROP TRIGGER cms_end_copies_truncate ON {table}")
    op.execute("DROP FUNCTION cms_end_copies()")
    op.drop_table("working_copies")


def _change_watch(old: str, new: str) -> None:
    """Whatever else `cms_watch` does by now, it goes on doing."""
    definition: str = op.get_bind().scalar(
        sa.text("SELECT pg_get_functiondef('cms_watch(regclass)'::regprocedure)")
    )
    op.get_bind().exec_driver_sql(definition.replace(old, new, 1))
