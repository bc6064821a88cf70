"""Record every change of every document, whoever makes it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_02_history"
down_revision = "20261126_01_published_at"
branch_labels = None
depends_on = None

_TABLES = ("pages", "posts", "site_settings")

# Names the schema of its table: pg_restore and others run it with an empty search path. In one time
# zone, so that the same document is the same JSON in every session. A document that is loaded again
# where its history already ends with it (pg_restore --data-only) is no change.
_RECORD = """
    CREATE FUNCTION cms_record() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' AS $$
    DECLARE
        who text := nullif(current_setting('cms.user', true), '');
        was jsonb := to_jsonb(OLD);
        document jsonb := coalesce(to_jsonb(NEW), was);
        what text := CASE TG_OP WHEN 'INSERT' THEN 'created' ELSE 'deleted' END;
        fields text[] := '{{}}';
    BEGIN
        IF TG_OP = 'INSERT' AND (
            SELECT action <> 'deleted' AND content = document FROM {schema}.history
            WHERE document_id = NEW.id ORDER BY id DESC LIMIT 1
        ) THEN
            RETURN NULL;
        ELSIF TG_OP = 'UPDATE' THEN
            what := CASE
                WHEN NEW.published AND NOT OLD.published THEN 'published'
                WHEN OLD.published AND NOT NEW.published THEN 'unpublished'
                WHEN NEW.slug <> OLD.slug THEN 'moved'
                ELSE 'updated'
            END;
            SELECT coalesce(array_agg(key ORDER BY key COLLATE "C"), '{{}}') INTO fields
            FROM jsonb_each(document)
            WHERE value IS DISTINCT FROM was -> key AND key NOT IN ('version', 'updated_at');
        END IF;
        INSERT INTO {schema}.history (type, document_id, version, action, slug, title,
            changed_fields, changed_at, user_id, user_email, content)
        VALUES (TG_TABLE_NAME, (document ->> 'id')::uuid, (document ->> 'version')::integer,
            what, document ->> 'slug', document ->> 'title', fields, clock_timestamp(),
            split_part(who, ' ', 1)::uuid, substr(who, strpos(who, ' ') + 1), document);
        RETURN NULL;
    END
    $$
"""
_RECORDS = (
    "CREATE TRIGGER cms_record AFTER INSERT OR DELETE ON %s "
    "FOR EACH ROW EXECUTE FUNCTION cms_record()",
    "CREATE TRIGGER cms_record_update AFTER UPDATE ON %s FOR EACH ROW "
    "WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION cms_record()",
)
_WATCH_BEGINS = "BEGIN\n"
_WATCH_RECORDS = "".join(f"        EXECUTE format('{each}', document);\n" for each in _RECORDS)
# Its id tells the time of its document's last change: it is what entries are sorted by.
_BEGIN = """
    INSERT INTO history (id, type, document_id, version, action, slug, title,
        changed_fields, changed_at, content)
    SELECT uuidv7(updated_at - now()), '{table}', id, version,
        CASE WHEN updated_at = created_at THEN 'created' ELSE 'updated' END, slug, to_jsonb(each) ->> 'title',
        '{{}}', updated_at, to_jsonb(each)
    FROM {table} AS each
"""


def upgrade() -> None:
    op.create_table(
        "history",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("changed_fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("user_email", sa.Text(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    for column in ("document_id", "user_id", "type", "action"):
        op.create_index(op.f(f"ix_history_{column}_id"), "history", [column, "id"], unique=False)
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(_RECORD.format(schema=schema))
    _change_watch(_WATCH_BEGINS, _WATCH_BEGINS + _WATCH_RECORDS)
    op.execute("SET LOCAL timezone = 'UTC'")
    for table in _TABLES:
        # From here on nobody writes to it before the commit.
        for trigger in _RECORDS:
            op.execute(trigger % table)
        op.execute(_BEGIN.format(table=table))


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP TRIGGER cms_record ON {table}")
        op.execute(f"DROP TRIGGER cms_record_update ON {table}")
    _change_watch(_WATCH_BEGINS + _WATCH_RECORDS, _WATCH_BEGINS)
    op.execute("DROP FUNCTION cms_record()")
    op.drop_table("history")


def _change_watch(old: str, new: str) -> None:
    """Whatever else `cms_watch` does by now, it goes on doing."""
    definition: str = op.get_bind().scalar(
        sa.text("SELECT pg_get_functiondef('cms_watch(regclass)'::regprocedure)")
    )
    op.get_bind().exec_driver_sql(definition.replace(old, new, 1))
