"""The pages of people who are signed in: ask, decide, agree, publish, and read the record."""
