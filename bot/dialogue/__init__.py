"""The dialogue: frozen scripts, the session, and the one function that moves it. Pure: no clock, no IO."""
