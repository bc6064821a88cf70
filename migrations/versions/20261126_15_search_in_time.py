"""Index as much at once as there is time for, so that no document keeps all others out of search"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_15_search_in_time"
down_revision = "20261126_14_search_together"
branch_labels = None
depends_on = None

_FOLDED = "body := {schema}.cms_fold({schema}.cms_search_words(document, rule.body));\n"
# PostgreSQL's parser reads a run of these over and over again, whether it is a host or a file:
# 16 KB of `a_a_a` take it a second, and 16 times as much four minutes.
_BROKEN = r"""        body := regexp_replace(body, '[A-Za-z0-9_./~-]{100}', '\& ', 'g');
"""

# One at a time, and each statement sees what is committed by then: nobody writes what is older over
# what is newer. Writers never wait for it, since it locks nothing of theirs. It ends long before a
# statement has to, and so does who waits for it: what is undone then would be so each time, and each
# of many searches at once would wait for all before it.
_CATCH_UP = """
    CREATE OR REPLACE FUNCTION cms_search_catch_up(most integer, only_public boolean) RETURNS integer
    LANGUAGE plpgsql SET lock_timeout = '0.3s' AS $$
    DECLARE
        changed record;
        done integer := 0;
    BEGIN
        BEGIN
            PERFORM pg_advisory_xact_lock('{schema}.search_changes'::regclass::bigint);
        EXCEPTION WHEN lock_not_available THEN
            RETURN 0;
        END;
        FOR changed IN
            SELECT type, document_id, array_agg(id) AS ids FROM (
                SELECT * FROM {schema}.search_changes WHERE public OR NOT only_public
                ORDER BY id LIMIT most
            ) AS noted GROUP BY type, document_id ORDER BY min(id)
        LOOP
            EXIT WHEN done > 0 AND clock_timestamp() > statement_timestamp() + interval '0.3 s';
            DELETE FROM {schema}.search_changes WHERE id = ANY (changed.ids);
            done := done + cardinality(changed.ids);
            CONTINUE WHEN to_regclass(format('{schema}.%I', changed.type)) IS NULL;
            EXECUTE format(
                'SELECT {schema}.cms_search_put(%L, to_jsonb(each)) FROM {schema}.%I AS each '
                'WHERE id = $1', changed.type, changed.type
            ) USING changed.document_id;
            EXECUTE format(
                'DELETE FROM {schema}.search_texts WHERE document_id = $1 '
                'AND NOT EXISTS (SELECT FROM {schema}.%I WHERE id = $1)', changed.type
            ) USING changed.document_id;
        END LOOP;
        RETURN done;
    END
    $$
"""
_BEFORE = """
    CREATE OR REPLACE FUNCTION cms_search_catch_up(most integer, only_public boolean) RETURNS integer
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


def upgrade() -> None:
    folded = _FOLDED.replace("{schema}", _schema())
    _change_put(folded, folded + _BROKEN)
    _execute(_CATCH_UP)


def downgrade() -> None:
    _execute(_BEFORE)
    _change_put(_BROKEN, "")


def _change_put(old: str, new: str) -> None:
    definition: str = op.get_bind().scalar(
        sa.text("SELECT pg_get_functiondef('cms_search_put(text, jsonb)'::regprocedure)")
    )
    assert old in definition
    op.get_bind().exec_driver_sql(definition.replace(old, new, 1))


def _execute(function: str) -> None:
    op.get_bind().exec_driver_sql(function.replace("{schema}", _schema()))


def _schema() -> str:
    return str(op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())")))
