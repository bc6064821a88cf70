"""Look for words that seldom meet in the index of words, and not from the newest document on"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_14_search_together"
down_revision = "20261126_13_redirects_updated_at"
branch_labels = None
depends_on = None

# The index knows which words a document has, and not where: for a phrase each document is looked into.
_FOUND = """
    CREATE FUNCTION cms_search_found(
        query tsquery, words_of_it tsquery, kinds text[], status text, most integer
    ) RETURNS TABLE (type text, document_id uuid, rank real) LANGUAGE plpgsql STABLE AS $$
    BEGIN
        RETURN QUERY EXECUTE
            'SELECT type, document_id, ts_rank(words, $1) FROM ('
            'SELECT * FROM {schema}.search_texts WHERE words @@ $2 AND type = ANY ($3)'
            || CASE status WHEN 'published' THEN ' AND published'
                WHEN 'draft' THEN ' AND NOT published' ELSE '' END
            || ' ORDER BY moment DESC, document_id DESC LIMIT ' || most || ') AS newest'
            || CASE WHEN query <> words_of_it THEN ' WHERE words @@ $1' ELSE '' END
            || ' ORDER BY 3 DESC, moment DESC, document_id DESC'
            USING query, words_of_it, kinds;
    END
    $$
"""
# All that is left to the planner is the index of words.
_FOUND_BY_WORDS = """
    CREATE FUNCTION cms_search_found_by_words(
        query tsquery, words_of_it tsquery, kinds text[], status text, most integer
    ) RETURNS TABLE (type text, document_id uuid, rank real) LANGUAGE plpgsql STABLE
    SET enable_seqscan = off SET enable_indexscan = off AS $$
    BEGIN
        RETURN QUERY SELECT * FROM {schema}.cms_search_found(query, words_of_it, kinds, status, most);
    END
    $$
"""
# The planner knows how common each word is, and takes any two for strangers: of those that are common
# and never meet it would look through all documents. How often they meet, the newest tell.
_SEARCH = """
    CREATE OR REPLACE FUNCTION cms_search(query tsquery, kinds text[], status text, most integer)
    RETURNS TABLE (type text, document_id uuid, rank real) LANGUAGE plpgsql STABLE AS $$
    DECLARE
        phrase constant text := '<(-|[0-9]+)>';
        words_of_it constant tsquery := CASE WHEN query::text ~ phrase
            THEN regexp_replace(querytree(query), phrase, '&', 'g')::tsquery ELSE query END;
    BEGIN
        IF numnode(words_of_it) > 1 AND (
            SELECT count(*) FROM (
                SELECT FROM (
                    SELECT words FROM {schema}.search_texts
                    ORDER BY moment DESC, search_texts.document_id DESC LIMIT 500
                ) AS newest WHERE words @@ words_of_it LIMIT 10
            ) AS met
        ) < 10 THEN
            RETURN QUERY SELECT * FROM
                {schema}.cms_search_found_by_words(query, words_of_it, kinds, status, most);
        ELSE
            RETURN QUERY SELECT * FROM
                {schema}.cms_search_found(query, words_of_it, kinds, status, most);
        END IF;
    END
    $$
"""
_BEFORE = """
    CREATE OR REPLACE FUNCTION cms_search(query tsquery, kinds text[], status text, most integer)
    RETURNS TABLE (type text, document_id uuid, rank real) LANGUAGE plpgsql STABLE AS $$
    DECLARE
        phrase constant text := '<(-|[0-9]+)>';
        with_words text := ' FROM {schema}.search_texts WHERE words @@ $1 AND type = ANY ($2)'
            || CASE status WHEN 'published' THEN ' AND published'
                WHEN 'draft' THEN ' AND NOT published' ELSE '' END
            || ' ORDER BY moment DESC, document_id DESC LIMIT ';
    BEGIN
        IF query::text ~ phrase THEN
            RETURN QUERY EXECUTE
                'SELECT type, document_id, ts_rank(words, $3) FROM (SELECT *'
                || with_words || most || ') AS newest WHERE words @@ $3 '
                'ORDER BY 3 DESC, moment DESC, document_id DESC'
                USING regexp_replace(querytree(query), phrase, '&', 'g')::tsquery, kinds, query;
        ELSE
            RETURN QUERY EXECUTE
                'SELECT type, document_id, ts_rank(words, $1) FROM (SELECT *'
                || with_words || most || ') AS newest ORDER BY 3 DESC, moment DESC, document_id DESC'
                USING query, kinds;
        END IF;
    END
    $$
"""
_ARGUMENTS = "(tsquery, tsquery, text[], text, integer)"


def upgrade() -> None:
    for function in (_FOUND, _FOUND_BY_WORDS, _SEARCH):
        _execute(function)


def downgrade() -> None:
    _execute(_BEFORE)
    _execute(f"DROP FUNCTION {{schema}}.cms_search_found_by_words{_ARGUMENTS}")
    _execute(f"DROP FUNCTION {{schema}}.cms_search_found{_ARGUMENTS}")


def _execute(function: str) -> None:
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.get_bind().exec_driver_sql(function.replace("{schema}", str(schema)))
