"""The first bytes of Arrow IPC."""

from .telling import Content

FILE_MAGIC = b"ARROW1\0\0"
_CONTINUES = b"\xff\xff\xff\xff"
_MOST_SCHEMA = 16 << 20


def is_arrow(head: bytes) -> bool:
    """Say whether bytes begin an Arrow file, or an Arrow stream with a schema of a believable length."""
    if head.startswith(FILE_MAGIC):
        return True
    return head.startswith(_CONTINUES) and 0 < int.from_bytes(head[4:8], "little") <= _MOST_SCHEMA and len(head) > 8


def is_arrow_file(content: Content) -> bool:
    """Say whether a content is the file form."""
    content.seek(0)
    return content.read(len(FILE_MAGIC)) == FILE_MAGIC
