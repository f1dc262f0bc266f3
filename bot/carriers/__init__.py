"""Carriers: the companies and devices that move messages."""
