"""The phone on a web page: a demonstration on the same line of code as real messages, which keeps nothing."""
