"""Announce every change of what the public can see"""

from alembic import op

revision = "20261123_02_announce_changes"
down_revision = "20261123_01_initial"
branch_labels = None
depends_on = None

# One notification for each slug that a statement showed or hides, or one for the whole table where
# there are many. Drafts announce nothing. PostgreSQL sends it after the commit, or never.
_ANNOUNCE = """
    CREATE FUNCTION cms_announce() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        slugs text[];
    BEGIN
        IF TG_OP = 'INSERT' THEN
            SELECT array_agg(slug) INTO slugs
            FROM (SELECT slug FROM new_rows WHERE published LIMIT 51);
        ELSIF TG_OP = 'DELETE' THEN
            SELECT array_agg(slug) INTO slugs
            FROM (SELECT slug FROM old_rows WHERE published LIMIT 51);
        ELSIF TG_OP = 'UPDATE' THEN
            SELECT array_agg(slug) INTO slugs FROM (
                SELECT slug FROM old_rows WHERE published
                UNION SELECT slug FROM new_rows WHERE published LIMIT 51
            );
        END IF;
        IF TG_OP = 'TRUNCATE' OR cardinality(slugs) > 50 THEN
            PERFORM pg_notify('cms_changed', TG_TABLE_NAME);
        ELSE
            PERFORM pg_notify('cms_changed', TG_TABLE_NAME || ' ' || slug)
            FROM unnest(slugs) AS slug;
        END IF;
        RETURN NULL;
    END
    $$
"""

# What a document's table needs besides its columns: SELECT cms_watch('table').
_WATCH = """
    CREATE FUNCTION cms_watch(document regclass) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        EXECUTE format('CREATE OR REPLACE TRIGGER cms_touch BEFORE UPDATE ON %s FOR EACH ROW '
            'WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION cms_touch()', document);
        EXECUTE format('CREATE TRIGGER cms_announce_insert AFTER INSERT ON %s '
            'REFERENCING NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION cms_announce()', document);
        EXECUTE format('CREATE TRIGGER cms_announce_update AFTER UPDATE ON %s '
            'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION cms_announce()', document);
        EXECUTE format('CREATE TRIGGER cms_announce_delete AFTER DELETE ON %s '
            'REFERENCING OLD TABLE AS old_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION cms_announce()', document);
        EXECUTE format('CREATE TRIGGER cms_announce_truncate AFTER TRUNCATE ON %s '
            'FOR EACH STATEMENT EXECUTE FUNCTION cms_announce()', document);
    END
    $$
"""


def upgrade() -> None:
    op.execute(_ANNOUNCE)
    op.execute(_WATCH)
    for table in ("pages", "posts", "site_settings"):
        op.execute(f"SELECT cms_watch('{table}')")


def downgrade() -> None:
    for table in ("pages", "posts", "site_settings"):
        for event in ("insert", "update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER cms_announce_{event} ON {table}")
    op.execute("DROP FUNCTION cms_watch(regclass)")
    op.execute("DROP FUNCTION cms_announce()")
