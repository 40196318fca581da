"""Use cases of backups: a whole copy of a node in one file, and a home made of it again."""
