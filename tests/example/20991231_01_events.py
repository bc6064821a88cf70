"""The table of the events"""

import sqlalchemy as sa
from alembic import op

revision = "20991231_01_events"
down_revision = "HEAD"  # the test puts the newest revision here
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("slug", sa.String(length=200, collation="C"), nullable=False),
        sa.Column("published", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("statement_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("statement_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("slug", name=op.f("uq_events_slug")),
    )
    orders = {
        "created_at": "created_at DESC",
        "published_at": "published_at DESC NULLS LAST",
        "updated_at": "updated_at DESC",
        "title": "cms_title_key(title) DESC",
    }
    for name, key in orders.items():
        order = [sa.literal_column(key), sa.literal_column("id DESC")]
        suffix = "" if name == "created_at" else f"_{name}"
        op.create_index(op.f(f"ix_events_{name}_id"), "events", order, unique=False)
        op.create_index(
            f"ix_events_published{suffix}",
            "events",
            order,
            unique=False,
            postgresql_where=sa.text("published"),
        )
    op.create_index(
        "ix_events_drafts",
        "events",
        [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("NOT published"),
    )
    op.execute("SELECT cms_watch('events')")


def downgrade() -> None:
    op.drop_table("events")
