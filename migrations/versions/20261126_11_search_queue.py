"""Let whoever writes only note what search has to look at again"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_11_search_queue"
down_revision = "20261126_10_search"
branch_labels = None
depends_on = None

# A row a change, whose order of commits does not matter: what is read then is what is stored by then.
_NOTE = """
    CREATE OR REPLACE FUNCTION cms_search_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            DELETE FROM {schema}.search_texts WHERE type = TG_TABLE_NAME;
        ELSIF TG_OP = 'INSERT' THEN
            INSERT INTO {schema}.search_changes (type, document_id, public)
            VALUES (TG_TABLE_NAME, NEW.id, NEW.published);
        ELSIF TG_OP = 'UPDATE' THEN
            INSERT INTO {schema}.search_changes (type, document_id, public)
            VALUES (TG_TABLE_NAME, NEW.id, OLD.published OR NEW.published);
        ELSE
            INSERT INTO {schema}.search_changes (type, document_id, public)
            VALUES (TG_TABLE_NAME, OLD.id, OLD.published);
        END IF;
        RETURN NULL;
    END
    $$
"""
# One at a time, and each statement sees what is committed by then: nobody writes what is older over
# what is newer. Writers never wait for it, since it locks nothing of theirs.
_CATCH_UP = """
    CREATE FUNCTION cms_search_catch_up(most integer, only_public boolean) RETURNS integer
    LANGUAGE plpgsql AS $$
    DECLARE
        changed record;
        done integer := 0;
    BEGIN
        PERFORM pg_advisory_xact_lock('{schema}.search_changes'::regclass::bigint);
        FOR changed IN
            WITH taken AS (
                DELETE FROM {schema}.search_changes WHERE id = ANY (ARRAY(
                    SELECT id FROM {schema}.search_changes WHERE public OR NOT only_public
                    ORDER BY id LIMIT most
                ))
                RETURNING type, document_id
            )
            SELECT type, array_agg(DISTINCT document_id) AS ids, count(*) AS changes
            FROM taken GROUP BY type
        LOOP
            done := done + changed.changes;
            CONTINUE WHEN to_regclass(format('{schema}.%I', changed.type)) IS NULL;
            EXECUTE format(
                'SELECT count({schema}.cms_search_put(%L, to_jsonb(each))) FROM {schema}.%I AS each '
                'WHERE id = ANY ($1)', changed.type, changed.type
            ) USING changed.ids;
            EXECUTE format(
                'DELETE FROM {schema}.search_texts AS known WHERE document_id = ANY ($1) '
                'AND NOT EXISTS (SELECT FROM {schema}.%I WHERE id = known.document_id)', changed.type
            ) USING changed.ids;
        END LOOP;
        RETURN done;
    END
    $$
"""
# As for documents: what becomes of a draft is nobody's business.
_ANNOUNCING = {
    "cms_announce_words_insert": "INSERT ON search_texts FOR EACH ROW WHEN (NEW.published)",
    "cms_announce_words_update": "UPDATE ON search_texts FOR EACH ROW WHEN (OLD.published OR NEW.published)",
    "cms_announce_words_delete": "DELETE ON search_texts FOR EACH ROW WHEN (OLD.published)",
    "cms_announce_words_truncate": "TRUNCATE ON search_texts FOR EACH STATEMENT",
}
_KEEP = """
    CREATE OR REPLACE FUNCTION cms_search_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            DELETE FROM {schema}.search_texts WHERE type = TG_TABLE_NAME;
        ELSIF TG_OP = 'DELETE' THEN
            DELETE FROM {schema}.search_texts WHERE document_id = OLD.id;
        ELSE
            PERFORM {schema}.cms_search_put(TG_TABLE_NAME, to_jsonb(NEW));
        END IF;
        RETURN NULL;
    END
    $$
"""


def upgrade() -> None:
    op.create_table(
        "search_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_changes")),
    )
    for function in (_NOTE, _CATCH_UP):
        _execute(function)
    for name, when in _ANNOUNCING.items():
        op.execute(f"CREATE TRIGGER {name} AFTER {when} EXECUTE FUNCTION cms_announce_all()")


def downgrade() -> None:
    op.execute("SELECT cms_search_catch_up(NULL, false)")
    for name in _ANNOUNCING:
        op.execute(f"DROP TRIGGER {name} ON search_texts")
    op.execute("DROP FUNCTION cms_search_catch_up(integer, boolean)")
    _execute(_KEEP)
    op.drop_table("search_changes")


def _execute(function: str) -> None:
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.get_bind().exec_driver_sql(function.replace("{schema}", str(schema)))
