"""Keep a website's redirects, and how many posts carry each tag"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_09_redirects_tags"
down_revision = "20261126_08_moved_slugs"
branch_labels = None
depends_on = None

# For what is no document, and has neither slug nor drafts.
_ANNOUNCE = """
    CREATE FUNCTION cms_announce_all() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('cms_changed', TG_TABLE_NAME);
        RETURN NULL;
    END
    $$
"""
# Parts that sum up: a number that every write changed in place would make them wait for one another.
# One change in fifty sums up the parts of its tags that nobody else is about to.
_COUNT = """
    CREATE FUNCTION tags_count() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        changed text[];
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            TRUNCATE {schema}.tag_counts;
            RETURN NULL;
        ELSIF TG_OP = 'INSERT' THEN
            INSERT INTO {schema}.tag_counts (tag, name, posts)
            SELECT tag, name, count(*) FROM new_rows GROUP BY tag, name;
        ELSE
            INSERT INTO {schema}.tag_counts (tag, name, posts)
            SELECT tag, name, -count(*) FROM old_rows GROUP BY tag, name;
        END IF;
        IF random() < 0.02 THEN
            IF TG_OP = 'INSERT' THEN
                changed := ARRAY(SELECT tag FROM new_rows LIMIT 32);
            ELSE
                changed := ARRAY(SELECT tag FROM old_rows LIMIT 32);
            END IF;
            WITH parts AS (
                DELETE FROM {schema}.tag_counts WHERE id = ANY (ARRAY(
                    SELECT id FROM {schema}.tag_counts WHERE tag = ANY (changed)
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING tag, name, posts
            )
            INSERT INTO {schema}.tag_counts (tag, name, posts)
            SELECT tag, name, sum(posts) FROM parts GROUP BY tag, name HAVING sum(posts) <> 0;
        END IF;
        RETURN NULL;
    END
    $$
"""
_COUNTING = {
    "insert": "AFTER INSERT ON post_tags REFERENCING NEW TABLE AS new_rows",
    "delete": "AFTER DELETE ON post_tags REFERENCING OLD TABLE AS old_rows",
    "truncate": "AFTER TRUNCATE ON post_tags",
}


def upgrade() -> None:
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.create_table(
        "redirects",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("from_path", sa.Text(collation="C"), nullable=False),
        sa.Column("to", sa.Text(), nullable=True),
        sa.Column("to_path", sa.Text(collation="C"), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("statement_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redirects")),
        sa.UniqueConstraint("from_path", name=op.f("uq_redirects_from_path")),
    )
    op.create_index(op.f("ix_redirects_to_path"), "redirects", ["to_path"], unique=False)
    op.execute(_ANNOUNCE)
    op.execute(
        "CREATE TRIGGER cms_announce_all AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON redirects "
        "FOR EACH STATEMENT EXECUTE FUNCTION cms_announce_all()"
    )
    op.create_table(
        "tag_counts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tag", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("posts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_counts")),
    )
    op.create_index(op.f("ix_tag_counts_tag"), "tag_counts", ["tag"], unique=False)
    op.execute(_COUNT.format(schema=schema))
    for event, when in _COUNTING.items():
        op.execute(
            f"CREATE TRIGGER tags_count_{event} {when} "
            "FOR EACH STATEMENT EXECUTE FUNCTION tags_count()"
        )
    # From here on nobody writes to it before the commit.
    op.execute(
        "INSERT INTO tag_counts (tag, name, posts) "
        "SELECT tag, name, count(*) FROM post_tags GROUP BY tag, name"
    )


def downgrade() -> None:
    for event in _COUNTING:
        op.execute(f"DROP TRIGGER tags_count_{event} ON post_tags")
    op.execute("DROP FUNCTION tags_count()")
    op.drop_table("tag_counts")
    op.drop_table("redirects")
    op.execute("DROP FUNCTION cms_announce_all()")
