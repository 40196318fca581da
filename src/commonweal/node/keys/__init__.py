"""Use cases of keys: the register, acts that take two people, rotation, shredding, security cases."""
