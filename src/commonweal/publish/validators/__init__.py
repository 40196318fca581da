"""Published rules of identifiers and codes: whether a text keeps them, in Python and in the gate's one pass."""
