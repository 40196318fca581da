"""Figures: charts drawn on the server, and the same numbers as tables and CSV."""
