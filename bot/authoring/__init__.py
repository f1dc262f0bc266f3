"""Authoring: what admins write, read and checked. Turns TOML and catalogues into a Script."""
