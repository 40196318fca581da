"""The pages as people meet them: in a real browser, by keyboard, on a phone, without scripts."""
