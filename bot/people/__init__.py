"""Simulated people: they walk the real flows through the real straight line, and what they met is counted.

Owns: who they are (`people.toml`), what they type (`words.*.toml`), how they answer, what they were looking for, and
the figures of it. Never: a person outside, a store outside, the clock. Each person is drawn from the seed and a number
of their own, so any talk can be had again.
"""
