"""The channels: what a screen can show, and phrases turned into that. Pure."""
