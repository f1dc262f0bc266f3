"""One module a command; see `bot/cli.py`."""
