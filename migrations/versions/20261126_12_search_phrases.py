"""Look for a phrase in the newest documents that have its words, and not in all of them"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_12_search_phrases"
down_revision = "20261126_11_search_queue"
branch_labels = None
depends_on = None

# The index knows which words a document has, and not where: for a phrase each document is looked into.
_SEARCH = """
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
_BEFORE = """
    CREATE OR REPLACE FUNCTION cms_search(query tsquery, kinds text[], status text, most integer)
    RETURNS TABLE (type text, document_id uuid, rank real) LANGUAGE plpgsql STABLE AS $$
    BEGIN
        RETURN QUERY EXECUTE
            'SELECT type, document_id, ts_rank(words, $1) FROM ('
            '    SELECT * FROM {schema}.search_texts WHERE words @@ $1 AND type = ANY ($2)'
            || CASE status WHEN 'published' THEN ' AND published'
                WHEN 'draft' THEN ' AND NOT published' ELSE '' END ||
            '    ORDER BY moment DESC, document_id DESC LIMIT ' || most::text ||
            ') AS newest ORDER BY 3 DESC, moment DESC, document_id DESC'
            USING query, kinds;
    END
    $$
"""


def upgrade() -> None:
    _execute(_SEARCH)


def downgrade() -> None:
    _execute(_BEFORE)


def _execute(function: str) -> None:
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.get_bind().exec_driver_sql(function.replace("{schema}", str(schema)))
