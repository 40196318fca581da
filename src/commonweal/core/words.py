"""Lists that people write in one line."""


def words_of(text: str) -> list[str]:
    """Return the words that are written with commas, without the blanks around them; empty ones are left out."""
    return [each.strip() for each in text.split(",") if each.strip()]
