"""The directory: organisations, services, lines and places, with the source of every fact. Pure once loaded."""
