"""Lead from the slug that a public document had to the one it has"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_08_moved_slugs"
down_revision = "20261126_07_schedules"
branch_labels = None
depends_on = None

_TABLES = ("pages", "posts", "site_settings")

# Only what is public counts: nobody can tell from a link whether there is a draft. Names the schema
# of its table: pg_restore and others run it with an empty search path.
_MOVE = """
    CREATE FUNCTION cms_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            DELETE FROM {schema}.moved_slugs WHERE type = TG_TABLE_NAME;
            RETURN NULL;
        END IF;
        IF TG_OP = 'UPDATE' AND OLD.published THEN
            INSERT INTO {schema}.moved_slugs (type, slug, document_id)
            VALUES (TG_TABLE_NAME, OLD.slug, OLD.id)
            ON CONFLICT (type, slug) DO UPDATE SET document_id = excluded.document_id;
        END IF;
        IF NEW.published THEN
            DELETE FROM {schema}.moved_slugs WHERE type = TG_TABLE_NAME AND slug = NEW.slug;
        END IF;
        RETURN NULL;
    END
    $$
"""
_MOVES = {
    "cms_move_insert": "AFTER INSERT ON %s FOR EACH ROW WHEN (NEW.published)",
    "cms_move_update": "AFTER UPDATE ON %s FOR EACH ROW "
    "WHEN ((OLD.slug, OLD.published) IS DISTINCT FROM (NEW.slug, NEW.published))",
    "cms_move_truncate": "AFTER TRUNCATE ON %s FOR EACH STATEMENT",
}
_TRIGGERS = [f"CREATE TRIGGER {each} {_MOVES[each]} EXECUTE FUNCTION cms_move()" for each in _MOVES]
_WATCH_BEGINS = "BEGIN\n"
_WATCH_MOVES = "".join(f"        EXECUTE format('{each}', document);\n" for each in _TRIGGERS)


def upgrade() -> None:
    op.create_table(
        "moved_slugs",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("slug", sa.String(length=200, collation="C"), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("type", "slug", name=op.f("pk_moved_slugs")),
    )
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(_MOVE.format(schema=schema))
    _change_watch(_WATCH_BEGINS, _WATCH_BEGINS + _WATCH_MOVES)
    for table in _TABLES:
        for trigger in _TRIGGERS:
            op.execute(trigger % table)


def downgrade() -> None:
    for table in _TABLES:
        for name in _MOVES:
            op.execute(f"DROP TRIGGER {name} ON {table}")
    _change_watch(_WATCH_BEGINS + _WATCH_MOVES, _WATCH_BEGINS)
    op.execute("DROP FUNCTION cms_move()")
    op.drop_table("moved_slugs")


def _change_watch(old: str, new: str) -> None:
    """Whatever else `cms_watch` does by now, it goes on doing."""
    definition: str = op.get_bind().scalar(
        sa.text("SELECT pg_get_functiondef('cms_watch(regclass)'::regprocedure)")
    )
    assert old in definition
    op.get_bind().exec_driver_sql(definition.replace(old, new, 1))
