"""Tell since when a document is public, and find lists in every order by index"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_01_published_at"
down_revision = "20261124_01_index_lists"
branch_labels = None
depends_on = None

_TABLES = ("pages", "posts", "site_settings")

_TOUCH = """
    CREATE OR REPLACE FUNCTION cms_touch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            NEW.version := OLD.version + 1;
            NEW.updated_at := statement_timestamp();
        END IF;
        IF NEW.published AND NEW.published_at IS NULL THEN
            NEW.published_at := statement_timestamp();
        END IF;
        RETURN NEW;
    END
    $$
"""
_TOUCH_BEFORE = """
    CREATE OR REPLACE FUNCTION cms_touch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.version := OLD.version + 1;
        NEW.updated_at := statement_timestamp();
        RETURN NEW;
    END
    $$
"""
_PUBLISH = (
    "CREATE OR REPLACE TRIGGER cms_publish BEFORE INSERT ON %s FOR EACH ROW "
    "WHEN (NEW.published AND NEW.published_at IS NULL) EXECUTE FUNCTION cms_touch()"
)
_WATCH_BEGINS = "BEGIN\n"
_WATCH_PUBLISHES = f"        EXECUTE format('{_PUBLISH}', document);\n"

# Titles in an order that people expect: without regard to case and accents. Short enough for an
# index whatever they hold, and bytes, so that it outlives an upgrade of the system's locales. What
# is lower case is told by the best collation that the server has.
_TITLE_KEY = """
    CREATE FUNCTION cms_title_key(title varchar) RETURNS bytea
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN convert_to(left(
        lower(regexp_replace(normalize(title, NFD), '[\\u0300-\\u036F]', '', 'g') {collate}), 200
    ), 'UTF8')
"""
_COLLATIONS = ("pg_c_utf8", "und-x-icu")
_BACKFILL = "UPDATE {} SET published_at = created_at, version = version + 1 WHERE published"

_ORDERS = {
    "published_at": "published_at DESC NULLS LAST",
    "updated_at": "updated_at DESC",
    "title": "cms_title_key(title) DESC",
}


def upgrade() -> None:
    _change_watch(_WATCH_BEGINS, _WATCH_BEGINS + _WATCH_PUBLISHES)
    for table in _TABLES:
        op.add_column(table, sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
        # Its answers say more now, so that no copy of them is current. Nobody has edited it, though.
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        op.execute(_BACKFILL.format(table))
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        op.execute(_PUBLISH % table)
    op.execute(_TOUCH)
    op.execute(_TITLE_KEY.format(collate=_collate()))
    for table in ("pages", "posts"):
        for name, key in _ORDERS.items():
            order = [sa.literal_column(key), sa.literal_column("id DESC")]
            op.create_index(
                f"ix_{table}_published_{name}",
                table,
                order,
                unique=False,
                postgresql_where=sa.text("published"),
            )
            op.create_index(f"ix_{table}_{name}_id", table, order, unique=False)
    op.create_index(
        op.f("ix_posts_author_published_created_at_id"),
        "posts",
        ["author", "published", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_posts_author_published_created_at_id"), table_name="posts")
    for table in ("pages", "posts"):
        for name in _ORDERS:
            op.drop_index(f"ix_{table}_{name}_id", table_name=table)
            op.drop_index(f"ix_{table}_published_{name}", table_name=table)
    op.execute("DROP FUNCTION cms_title_key(varchar)")
    op.execute(_TOUCH_BEFORE)
    for table in _TABLES:
        op.execute(f"DROP TRIGGER cms_publish ON {table}")
        op.drop_column(table, "published_at")
    _change_watch(_WATCH_BEGINS + _WATCH_PUBLISHES, _WATCH_BEGINS)


def _change_watch(old: str, new: str) -> None:
    """Whatever else `cms_watch` does by now, it goes on doing."""
    definition: str = op.get_bind().scalar(
        sa.text("SELECT pg_get_functiondef('cms_watch(regclass)'::regprocedure)")
    )
    op.get_bind().exec_driver_sql(definition.replace(old, new, 1))


def _collate() -> str:
    there = op.get_bind().scalars(sa.text("SELECT collname FROM pg_collation")).all()
    found = next((each for each in _COLLATIONS if each in there), None)
    return f'COLLATE pg_catalog."{found}"' if found else ""
