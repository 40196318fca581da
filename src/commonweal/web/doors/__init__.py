"""The doors: the REST API, Delta Sharing and plain URLs."""
