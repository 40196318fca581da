"""Values of databases as the text of CSV: dates in ISO 8601, numbers in plain digits, nothing kept apart from empty."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time, timedelta
from decimal import Decimal

from commonweal.publish import SourceError

_BATCH = 1 << 16
_DAY = timedelta(days=1)
_QUOTED = frozenset('",\r\n')


def write_rows(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Yield rows as UTF-8 CSV (RFC 4180) under a header of their names.

    What a database does not know (NULL) is an empty cell; an empty text is `""`. In a table of one column both are
    `""`, since a line with nothing on it would be no row.

    Raises:
        SourceError: two columns share a name, or a column holds bytes.
    """
    _verify_names(names)
    lines, size = [",".join(map(_quoted, names))], 0
    empty = '""' if len(names) == 1 else ""
    for row in rows:
        lines.append(_line(names, row, empty))
        size += len(lines[-1])
        if size > _BATCH:
            yield _encoded(lines)
            lines, size = [], 0
    yield _encoded(lines)


def _verify_names(names: Sequence[str]) -> None:
    if not names or not all(names):
        raise SourceError("The query gives a column without a name.", advice="Name it in the query with AS.")
    if len(set(names)) != len(names):
        raise SourceError("The query gives two columns of one name.", advice="Tell them apart in the query with AS.")


def _encoded(lines: Sequence[str]) -> bytes:
    try:
        return "".join(f"{line}\r\n" for line in lines).encode()
    except UnicodeEncodeError:
        raise SourceError("A value of the database is no text that UTF-8 can hold.") from None


def _line(names: Sequence[str], row: Sequence[object], empty: str) -> str:
    return ",".join(empty if each is None else _cell(name, each) for name, each in zip(names, row, strict=True))


def _cell(name: str, value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return number_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raise SourceError(
            f"Column {name[:60]!r} holds bytes, which are no text.",
            advice="Leave it out with a query, or have the database encode it, such as by encode(column, 'base64').",
        )
    return _quoted(_text(value))


def _text(value: object) -> str:
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, set | frozenset):
        return ",".join(sorted(map(str, value)))
    return str(value)


def number_text(value: float | Decimal) -> str:
    """Return a number in plain digits, never with an exponent; a float as the shortest text that means it."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not exact.is_finite():
        return str(exact)
    text = format(exact, "f")
    return text.removesuffix(".0") if isinstance(value, float) else text


def duration_text(value: timedelta) -> str:
    """Return a time of day as ISO 8601 writes one, and any other length of time as its durations (`P1DT2H`)."""
    if timedelta(0) <= value < _DAY:
        hours, rest = divmod(value.seconds, 3600)
        seconds = f"{rest % 60:02}.{value.microseconds:06}" if value.microseconds else f"{rest % 60:02}"
        return f"{hours:02}:{rest // 60:02}:{seconds}"
    sign, whole = ("-", -value) if value < timedelta(0) else ("", value)
    fraction = f".{whole.microseconds:06}" if whole.microseconds else ""
    return f"{sign}P{whole.days}DT{whole.seconds}{fraction}S"


def _quoted(text: str) -> str:
    if text and not (_QUOTED & set(text)) and text == text.strip():
        return text
    return '"' + text.replace('"', '""') + '"'
