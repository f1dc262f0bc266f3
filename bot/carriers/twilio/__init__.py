"""Twilio: its signature, its form, its answers and its API."""
