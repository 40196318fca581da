"""Delivery: judged, released and handed over."""
