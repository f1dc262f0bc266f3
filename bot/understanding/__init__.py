"""Understanding: text in, Reading out. Pure, offline, bounded."""
