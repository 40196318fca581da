"""The log as people meet it: events, proofs, and a home that is verified."""
