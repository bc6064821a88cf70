"""Links that show one document before it is public"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_04_previews"
down_revision = "20261126_03_history_counts"
branch_labels = None
depends_on = None

_DOCUMENTS = ("pages", "posts", "site_settings")

# Names the schema of its table: pg_restore and others run it with an empty search path.
_END = """
    CREATE FUNCTION cms_end_previews() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM {schema}.previews WHERE document_id = OLD.id OR created_by = OLD.id;
        RETURN NULL;
    END
    $$
"""
_WITH_DOCUMENT = (
    "CREATE TRIGGER cms_end_previews AFTER DELETE ON %s "
    "FOR EACH ROW EXECUTE FUNCTION cms_end_previews()"
)
# At the commit, when all sessions of the user are locked: whoever ends a preview holds one before.
_WITH_MAKER = (
    "CREATE CONSTRAINT TRIGGER cms_end_previews_active AFTER UPDATE ON users "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active) "
    "EXECUTE FUNCTION cms_end_previews()",
    "CREATE CONSTRAINT TRIGGER cms_end_previews AFTER DELETE ON users "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cms_end_previews()",
)
_WATCH_BEGINS = "BEGIN\n"
_WATCH_ENDS_PREVIEWS = f"        EXECUTE format('{_WITH_DOCUMENT}', document);\n"


def upgrade() -> None:
    op.create_table(
        "previews",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("statement_timestamp()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_previews")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_previews_token_hash")),
    )
    for column in ("created_by", "document_id", "expires_at"):
        op.create_index(op.f(f"ix_previews_{column}"), "previews", [column], unique=False)
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(_END.format(schema=schema))
    for trigger in _WITH_MAKER:
        op.execute(trigger)
    for table in _DOCUMENTS:
        op.execute(_WITH_DOCUMENT % table)
    _change_watch(_WATCH_BEGINS, _WATCH_BEGINS + _WATCH_ENDS_PREVIEWS)


def downgrade() -> None:
    _change_watch(_WATCH_BEGINS + _WATCH_ENDS_PREVIEWS, _WATCH_BEGINS)
    op.execute("DROP TRIGGER cms_end_previews_active ON users")
    for table in (*_DOCUMENTS, "users"):
        op.execute(f"DROP TRIGGER cms_end_previews ON {table}")
    op.execute("DROP FUNCTION cms_end_previews()")
    op.drop_table("previews")


def _change_watch(old: str, new: str) -> None:
    """Whatever else `cms_watch` does by now, it goes on doing."""
    definition: str = op.get_bind().scalar(
        sa.text("SELECT pg_get_functiondef('cms_watch(regclass)'::regprocedure)")
    )
    op.get_bind().exec_driver_sql(definition.replace(old, new, 1))
