"""Measurements: run them with ``python3 dev.py bench NAME``."""
