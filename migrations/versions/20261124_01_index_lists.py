"""Find the pages of lists and tags by index alone, however many documents there are"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_01_index_lists"
down_revision = "20261123_02_announce_changes"
branch_labels = None
depends_on = None

_ORDER = [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")]

# For each published post a row for each of its tags. Only what the list of a tag depends on moves it.
_KEEP_TAGS = """
    CREATE FUNCTION posts_keep_tags() RETURNS trigger LANGUAGE plpgsql AS $$
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
_TRIGGERS = {
    "insert": "AFTER INSERT ON posts FOR EACH ROW WHEN (NEW.published AND NEW.tags <> '{}')",
    "update": "AFTER UPDATE ON posts FOR EACH ROW "
    "WHEN ((OLD.id, OLD.published, OLD.created_at, OLD.tags) "
    "IS DISTINCT FROM (NEW.id, NEW.published, NEW.created_at, NEW.tags))",
    "delete": "AFTER DELETE ON posts FOR EACH ROW WHEN (OLD.published AND OLD.tags <> '{}')",
    "truncate": "AFTER TRUNCATE ON posts FOR EACH STATEMENT",
}


def upgrade() -> None:
    for table in ("pages", "posts"):
        op.drop_index(op.f(f"ix_{table}_published_created_at_id"), table_name=table)
        for name, where in (("published", "published"), ("drafts", "NOT published")):
            op.create_index(
                f"ix_{table}_{name}", table, _ORDER, unique=False, postgresql_where=sa.text(where)
            )
    op.create_table(
        "post_tags",
        sa.Column("tag", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tag", "created_at", "post_id", name=op.f("pk_post_tags")),
    )
    op.execute(_KEEP_TAGS)
    for event, when in _TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER posts_keep_tags_{event} {when} EXECUTE FUNCTION posts_keep_tags()"
        )
    op.execute(
        "INSERT INTO post_tags (tag, created_at, post_id) "
        "SELECT DISTINCT tag, created_at, id FROM posts, unnest(tags) AS tag WHERE published"
    )


def downgrade() -> None:
    for event in _TRIGGERS:
        op.execute(f"DROP TRIGGER posts_keep_tags_{event} ON posts")
    op.execute("DROP FUNCTION posts_keep_tags()")
    op.drop_table("post_tags")
    for table in ("pages", "posts"):
        for name in ("published", "drafts"):
            op.drop_index(f"ix_{table}_{name}", table_name=table)
        op.create_index(
            op.f(f"ix_{table}_published_created_at_id"), table, ["published", *_ORDER], unique=False
        )
