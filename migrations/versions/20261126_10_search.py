"""Find documents by what they say"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_10_search"
down_revision = "20261126_09_redirects_tags"
branch_labels = None
depends_on = None

_TABLES = ("pages", "posts", "site_settings")

# Every function names the schema of what it uses: pg_restore and others run them without a path.

# Without accents, in plain SQL: not every managed database allows the extension for it.
_FOLD = """
    CREATE FUNCTION cms_fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN octet_length(value) = length(value) THEN value ELSE
            replace(replace(replace(translate(
                regexp_replace(normalize(value, NFD), '[\u0300-\u036f]', '', 'g'),
                'øØłŁđĐħĦıŧŦ', 'oOlLdDhHitT'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe')
        END
    $$
"""
# The words of some fields of a document, tags and the like with a stop between them.
_WORDS = """
    CREATE FUNCTION cms_search_words(document jsonb, fields text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT coalesce(string_agg(CASE jsonb_typeof(document -> field)
            WHEN 'array' THEN translate(document ->> field, '[]"', '   ')
            ELSE document ->> field
        END, E'\n'), '') FROM unnest(fields) AS field
    $$
"""
# Markup is nothing that to_tsvector counts as words. Words in full beside their stems, so that each
# beginning of each is found. What is too much for a tsvector is found by its beginning.
_PUT = """
    CREATE FUNCTION cms_search_put(kind text, document jsonb) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        rule {schema}.search_types;
        title text;
        summary text;
        body text;
        words tsvector;
    BEGIN
        SELECT * INTO rule FROM {schema}.search_types WHERE type = kind;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        title := {schema}.cms_fold({schema}.cms_search_words(document, rule.title));
        summary := {schema}.cms_fold({schema}.cms_search_words(document, rule.summary));
        body := {schema}.cms_fold({schema}.cms_search_words(document, rule.body));
        IF octet_length(body) > 100000 THEN
            BEGIN
                words := {schema}.cms_search_vector(rule.language, title, summary, body);
            EXCEPTION WHEN program_limit_exceeded THEN
                words := {schema}.cms_search_vector(rule.language, title, summary, left(body, 50000));
            END;
        ELSE
            words := {schema}.cms_search_vector(rule.language, title, summary, body);
        END IF;
        INSERT INTO {schema}.search_texts AS known (document_id, type, published, moment, words)
        VALUES (
            (document ->> 'id')::uuid, kind, (document ->> 'published')::boolean,
            coalesce(document ->> 'published_at', document ->> 'created_at')::timestamptz, words
        )
        ON CONFLICT (document_id) DO UPDATE
        SET published = excluded.published, moment = excluded.moment, words = excluded.words
        WHERE (known.published, known.moment, known.words)
            IS DISTINCT FROM (excluded.published, excluded.moment, excluded.words);
    END
    $$
"""
_VECTOR = """
    CREATE FUNCTION cms_search_vector(language text, title text, summary text, body text)
    RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT setweight(to_tsvector(language::regconfig, title), 'A')
            || setweight(to_tsvector(language::regconfig, summary), 'B')
            || setweight(to_tsvector(language::regconfig, body), 'D')
            || CASE WHEN language = 'simple' THEN '' ELSE
                strip(to_tsvector('simple', concat_ws(' ', title, summary, body)))
            END
    $$
"""
_KEEP = """
    CREATE FUNCTION cms_search_keep() RETURNS trigger LANGUAGE plpgsql AS $$
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
# (earlier) OR (head AND (last OR a word that begins with prefix)): what a visitor typed, in parts.
_QUERY = """
    CREATE FUNCTION cms_search_query(earlier text, head text, last text, prefix text)
    RETURNS tsquery LANGUAGE plpgsql STABLE AS $$
    DECLARE
        language regconfig := coalesce(
            (SELECT min(search_types.language) FROM {schema}.search_types), 'simple'
        );
        typed tsquery := websearch_to_tsquery(language, {schema}.cms_fold(last))
            || to_tsquery('simple', {schema}.cms_fold(prefix));
    BEGIN
        RETURN websearch_to_tsquery(language, {schema}.cms_fold(earlier))
            || (websearch_to_tsquery(language, {schema}.cms_fold(head)) && typed);
    END
    $$
"""
# Ranked are the newest of what is found, so that a word which is everywhere is not looked up in all.
# EXECUTE has each query planned for its own words: the rare by their index, the common by date.
_SEARCH = """
    CREATE FUNCTION cms_search(query tsquery, kinds text[], status text, most integer)
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
_MARKED = """
    CREATE FUNCTION cms_search_marked(texts text[], query tsquery) RETURNS TABLE (marked text)
    LANGUAGE sql STABLE AS $$
        SELECT ts_headline(
            coalesce((SELECT min(language) FROM {schema}.search_types), 'simple')::regconfig,
            each.value, query, E'HighlightAll=true, StartSel="\x02", StopSel="\x03"'
        )
        FROM unnest(texts) WITH ORDINALITY AS each(value, place) ORDER BY place
    $$
"""
_FUNCTIONS = {
    "cms_fold(text)": _FOLD,
    "cms_search_words(jsonb, text[])": _WORDS,
    "cms_search_vector(text, text, text, text)": _VECTOR,
    "cms_search_put(text, jsonb)": _PUT,
    "cms_search_keep()": _KEEP,
    "cms_search_query(text, text, text, text)": _QUERY,
    "cms_search(tsquery, text[], text, integer)": _SEARCH,
    "cms_search_marked(text[], tsquery)": _MARKED,
}
_KEEPING = {
    "cms_search_keep": "AFTER INSERT OR DELETE ON %s FOR EACH ROW",
    "cms_search_keep_update": "AFTER UPDATE ON %s FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)",
    "cms_search_keep_truncate": "AFTER TRUNCATE ON %s FOR EACH STATEMENT",
}
_TRIGGERS = [
    f"CREATE TRIGGER {each} {_KEEPING[each]} EXECUTE FUNCTION cms_search_keep()"
    for each in _KEEPING
]
_WATCH_BEGINS = "BEGIN\n"
_WATCH_KEEPS = "".join(f"        EXECUTE format('{each}', document);\n" for each in _TRIGGERS)
# As their types say by themselves: the application corrects it at its start, and indexes what was
# there before.
_TYPES = """
    INSERT INTO search_types (type, language, title, summary, body, reached) VALUES
    ('pages', 'english', '{title}', '{meta_title,meta_description}', '{body}', '00000000-0000-0000-0000-000000000000'),
    ('posts', 'english', '{title}', '{excerpt,author,tags}', '{body}', '00000000-0000-0000-0000-000000000000')
"""


def upgrade() -> None:
    op.create_table(
        "search_types",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("summary", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("body", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reached", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("type", name=op.f("pk_search_types")),
    )
    op.create_table(
        "search_texts",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_search_texts")),
    )
    op.create_index(
        op.f("ix_search_texts_words"),
        "search_texts",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "1024"},
    )
    op.create_index(
        op.f("ix_search_texts_moment_document_id"),
        "search_texts",
        [sa.literal_column("moment DESC"), sa.literal_column("document_id DESC")],
        unique=False,
    )
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    for function in _FUNCTIONS.values():
        op.get_bind().exec_driver_sql(function.replace("{schema}", str(schema)))
    _change_watch(_WATCH_BEGINS, _WATCH_BEGINS + _WATCH_KEEPS)
    for table in _TABLES:
        for trigger in _TRIGGERS:
            op.execute(trigger % table)
    op.execute(_TYPES)


def downgrade() -> None:
    for table in _TABLES:
        for name in _KEEPING:
            op.execute(f"DROP TRIGGER {name} ON {table}")
    _change_watch(_WATCH_BEGINS + _WATCH_KEEPS, _WATCH_BEGINS)
    for function in reversed(_FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("search_texts")
    op.drop_table("search_types")


def _change_watch(old: str, new: str) -> None:
    """Whatever else `cms_watch` does by now, it goes on doing."""
    definition: str = op.get_bind().scalar(
        sa.text("SELECT pg_get_functiondef('cms_watch(regclass)'::regprocedure)")
    )
    assert old in definition
    op.get_bind().exec_driver_sql(definition.replace(old, new, 1))
