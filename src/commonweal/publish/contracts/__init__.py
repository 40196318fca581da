"""The data contract: read and written, drafted from a source, compared with the one before."""
