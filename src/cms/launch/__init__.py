"""Starts the API in production: migrations, the first administrator, the server."""
