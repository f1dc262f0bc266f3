"""Besa: a text helpline that walks a person to the nearest service, and keeps its word."""
