"""Reading a text table as it really comes: what is understood, what is mended, what is set aside."""
