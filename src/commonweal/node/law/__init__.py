"""The law that holds on the node: rule packs in force, and the way from one body to another."""
