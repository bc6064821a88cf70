"""Find tags regardless of case, and store no empty text where there may be none"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_05_tags_in_any_case"
down_revision = "20261126_04_previews"
branch_labels = None
depends_on = None

# Two spellings of a tag are one if these are equal. The collation is the best that the server has.
_TAG_KEY = """
    CREATE FUNCTION cms_tag_key(tag text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN replace(lower(normalize(tag, NFC) {collate}), 'ς', 'σ')
"""
_TAG_KEYS = """
    CREATE FUNCTION cms_tag_keys(tags text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN coalesce((SELECT array_agg(cms_tag_key(tag)) FROM unnest(tags) AS tag), '{}')
"""
_COLLATIONS = ("pg_c_utf8", "und-x-icu")

# As writes have it from now on: the first spelling stays, in Unicode form NFC, and '' is NULL.
_TIDY_TAGS = """
    UPDATE posts SET tags = tidy FROM (
        SELECT id, (
            SELECT array_agg(tag ORDER BY place) FROM (
                SELECT DISTINCT ON (cms_tag_key(tag)) normalize(tag, NFC) AS tag, place
                FROM unnest(tags) WITH ORDINALITY AS each(tag, place)
                ORDER BY cms_tag_key(tag), place
            ) AS first
        ) AS tidy FROM posts WHERE tags <> '{}'
    ) AS found WHERE found.id = posts.id AND tags <> tidy
"""
_TIDY_AUTHORS = (
    "UPDATE posts SET author = normalize(author, NFC) WHERE author IS NOT NFC NORMALIZED"
)
_TIDY_EMPTY = "UPDATE {0} SET {1} = NULL WHERE {1} = ''"
_MAY_BE_NULL = {
    "pages": ("meta_title", "meta_description"),
    "posts": ("excerpt", "author"),
    "site_settings": ("tagline",),
}

_KEEP_TAGS = """
    CREATE OR REPLACE FUNCTION posts_keep_tags() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            TRUNCATE post_tags;
        END IF;
        IF TG_OP IN ('UPDATE', 'DELETE') THEN
            DELETE FROM post_tags
            WHERE tag = ANY (cms_tag_keys(OLD.tags)) AND created_at = OLD.created_at
                AND post_id = OLD.id;
        END IF;
        IF TG_OP IN ('INSERT', 'UPDATE') AND NEW.published THEN
            INSERT INTO post_tags (tag, created_at, post_id, published_at, name)
            SELECT DISTINCT ON (cms_tag_key(name)) cms_tag_key(name), NEW.created_at, NEW.id,
                coalesce(NEW.published_at, NEW.created_at), name
            FROM unnest(NEW.tags) AS name;
        END IF;
        RETURN NULL;
    END
    $$
"""
_KEEP_TAGS_BEFORE = """
    CREATE OR REPLACE FUNCTION posts_keep_tags() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            TRUNCATE post_tags;
        END IF;
        IF TG_OP IN ('UPDATE', 'DELETE') THEN
            DELETE FROM post_tags
            WHERE tag = ANY (OLD.tags) AND created_at = OLD.created_at AND post_id = OLD.id;
        END IF;
        IF TG_OP IN ('INSERT', 'UPDATE') AND NEW.published THEN
            INSERT INTO post_tags (tag, created_at, post_id)
            SELECT DISTINCT tag, NEW.created_at, NEW.id FROM unnest(NEW.tags) AS tag;
        END IF;
        RETURN NULL;
    END
    $$
"""
_ON_UPDATE = (
    "CREATE OR REPLACE TRIGGER posts_keep_tags_update AFTER UPDATE ON posts FOR EACH ROW "
    "WHEN ((OLD.id, OLD.published, OLD.created_at, {0}OLD.tags) "
    "IS DISTINCT FROM (NEW.id, NEW.published, NEW.created_at, {1}NEW.tags)) "
    "EXECUTE FUNCTION posts_keep_tags()"
)


def upgrade() -> None:
    op.execute(_TAG_KEY.format(collate=_collate()))
    op.execute(_TAG_KEYS)
    op.execute("TRUNCATE post_tags")
    op.add_column(
        "post_tags", sa.Column("published_at", sa.DateTime(timezone=True), nullable=False)
    )
    op.add_column("post_tags", sa.Column("name", sa.Text(), nullable=False))
    op.execute(
        "INSERT INTO post_tags (tag, created_at, post_id, published_at, name) "
        "SELECT DISTINCT ON (cms_tag_key(name), created_at, id) "
        "cms_tag_key(name), created_at, id, published_at, name "
        "FROM posts, unnest(tags) AS name WHERE published"
    )
    op.create_index(
        op.f("ix_post_tags_tag_published_at_post_id"),
        "post_tags",
        [
            "tag",
            sa.literal_column("published_at DESC NULLS LAST"),
            sa.literal_column("post_id DESC"),
        ],
        unique=False,
    )
    op.drop_index(op.f("ix_posts_tags"), table_name="posts", postgresql_using="gin")
    op.create_index(
        "ix_posts_tags",
        "posts",
        [sa.literal_column("cms_tag_keys(tags)")],
        unique=False,
        postgresql_using="gin",
    )
    op.execute(_KEEP_TAGS)
    op.execute(_ON_UPDATE.format("OLD.published_at, ", "NEW.published_at, "))
    for table, columns in _MAY_BE_NULL.items():
        for column in columns:
            op.execute(_TIDY_EMPTY.format(table, column))
    op.execute(_TIDY_AUTHORS)
    op.execute(_TIDY_TAGS)


def downgrade() -> None:
    op.execute(_ON_UPDATE.format("", ""))
    op.execute(_KEEP_TAGS_BEFORE)
    op.drop_index("ix_posts_tags", table_name="posts", postgresql_using="gin")
    op.create_index(op.f("ix_posts_tags"), "posts", ["tags"], unique=False, postgresql_using="gin")
    op.drop_index(op.f("ix_post_tags_tag_published_at_post_id"), table_name="post_tags")
    op.execute("TRUNCATE post_tags")
    op.drop_column("post_tags", "name")
    op.drop_column("post_tags", "published_at")
    op.execute(
        "INSERT INTO post_tags (tag, created_at, post_id) "
        "SELECT DISTINCT tag, created_at, id FROM posts, unnest(tags) AS tag WHERE published"
    )
    op.execute("DROP FUNCTION cms_tag_keys(text[])")
    op.execute("DROP FUNCTION cms_tag_key(text)")


def _collate() -> str:
    there = op.get_bind().scalars(sa.text("SELECT collname FROM pg_collation")).all()
    found = next((each for each in _COLLATIONS if each in there), None)
    return f'COLLATE pg_catalog."{found}"' if found else ""
