"""`make run` at a desk: a PostgreSQL of our own, and whatever else is not set made up. Never in the image."""
