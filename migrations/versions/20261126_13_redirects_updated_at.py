"""Say when a redirect was last changed, as its ETag does"""

from alembic import op

revision = "20261126_13_redirects_updated_at"
down_revision = "20261126_12_search_phrases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # There is one already where the table was made by a development version.
    op.execute(
        "ALTER TABLE redirects ADD COLUMN IF NOT EXISTS updated_at timestamptz "
        "DEFAULT statement_timestamp() NOT NULL"
    )


def downgrade() -> None:
    op.drop_column("redirects", "updated_at")
