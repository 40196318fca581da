"""What a body would use instead: a file sealed by hand, a file server, a database with row-level security."""
