"""A form with files as it streams (multipart/form-data, RFC 7578): a file part goes where it is sent, never to disk."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from commonweal.core import InputError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_PARTS = 40
LONGEST_FIELD = 20_000
MOST_HEADERS = 8

T = TypeVar("T")
_Event = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class ReceivedForm(Generic[T]):
    """The fields of a form as text; its file's name as the sender gave it, and what `take` made of the file."""

    fields: Mapping[str, str]
    file_name: str
    taken: T | None


def receive_form(
    content_type: str,
    chunks: Iterable[bytes],
    *,
    file: str,
    take: Callable[[Iterator[bytes]], T],
    limits: Mapping[str, int],
) -> ReceivedForm[T]:
    """Read a form as its bytes arrive.

    Args:
        content_type: the request's header.
        chunks: the body.
        file: the name of the part whose bytes go to `take`; a part without a file's name is passed over.
        take: takes the bytes of the file in as they arrive, and is called at most once.
        limits: bytes that a part may have, by its name; all others may have 20,000.

    Raises:
        InputError: it is no such form, is cut short, or a part is too long; whatever `take` raises passes.
    """
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise InputError("The form is not multipart/form-data.", advice="Send it from the page.")
    parts = _Parts(options[b"boundary"], chunks)
    fields: dict[str, str] = {}
    file_name, taken = "", None
    for name, sent_name in parts:
        if name == file and sent_name and taken is None:
            file_name, taken = sent_name, take(parts.content())
        elif name == file:
            parts.skip()
        else:
            fields.setdefault(name, _text(name, parts.content(), limits.get(name, LONGEST_FIELD)))
    return ReceivedForm(fields, file_name, taken)


class _Parts:
    """The parts of a body in their order, pulled as they are read; iterating gives each one's name and file's name."""

    def __init__(self, boundary: bytes, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._events: deque[_Event] = deque()
        try:
            self._parser = MultipartParser(boundary, _callbacks(self._events), max_header_count=MOST_HEADERS)
        except FormParserError:
            raise _malformed() from None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for _ in range(MOST_PARTS):
            headers = self._headers()
            if headers is None:
                return
            _, options = parse_options_header(headers.get(b"content-disposition", b""))
            yield _readable(options.get(b"name", b"")), _readable(options.get(b"filename", b""))
        raise InputError(f"The form has more than {MOST_PARTS} parts.")

    def content(self) -> Iterator[bytes]:
        """Yield the bytes of the part that has begun."""
        while (event := self._next())[0] != "end":
            yield event[1]

    def skip(self) -> None:
        """Pass over the part that has begun."""
        for _ in self.content():
            pass

    def _headers(self) -> dict[bytes, bytes] | None:
        headers: dict[bytes, bytes] = {}
        name = value = b""
        while (event := self._next())[0] != "begun":
            kind, data = event
            if kind == "over":
                return None
            if kind == "name":
                name += data
            elif kind == "value":
                value += data
            else:
                headers[name.lower()], name, value = value, b"", b""
        return headers

    def _next(self) -> _Event:
        while not self._events:
            chunk = next(self._chunks, None)
            if chunk is None:
                raise InputError("The form is cut short.", advice="Send it again.")
            try:
                self._parser.write(chunk)
            except FormParserError:
                raise _malformed() from None
        return self._events.popleft()


def _callbacks(events: "deque[_Event]") -> "MultipartCallbacks":
    def slice_as(kind: str) -> Callable[[bytes, int, int], None]:
        return lambda data, start, end: events.append((kind, data[start:end]))

    def note(kind: str) -> Callable[[], None]:
        return lambda: events.append((kind, b""))

    return {
        "on_header_field": slice_as("name"),
        "on_header_value": slice_as("value"),
        "on_header_end": note("header"),
        "on_headers_finished": note("begun"),
        "on_part_data": slice_as("data"),
        "on_part_end": note("end"),
        "on_end": note("over"),
    }


def _text(name: str, content: Iterable[bytes], limit: int) -> str:
    found = bytearray()
    for piece in content:
        found += piece
        if len(found) > limit:
            raise InputError(f"The part {name[:40]!r} of the form is longer than {limit:,} bytes.")
    try:
        return found.decode()
    except UnicodeDecodeError:
        raise InputError(f"The part {name[:40]!r} of the form is not UTF-8 text.") from None


def _readable(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").replace("\\", "/").rpartition("/")[2]
    return "".join(each for each in text if each.isprintable())[:200]


def _malformed() -> InputError:
    return InputError("The form is not multipart/form-data.", advice="Send it from the page.")
