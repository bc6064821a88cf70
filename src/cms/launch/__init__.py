"""Starts the whole system with one command: `python -m cms.launch`."""
