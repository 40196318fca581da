"""Re-wrapping: file keys pass from earlier versions of a key-encryption key to another, many in one call."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import SealedFileError, UnknownKeyError
from .grants import KEK_STANZA, kek_stanza, parse_kek_stanza
from .header import Header, Stanza, build_header, parse_header, unwrap_header
from .model import HeaderRow, KekContext, KekReference, KekWrap
from .ports import Custodian


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file key that is known already; an `Unwrapper`, by which the header's MAC is verified."""

    file_key: bytes

    def unwrap(self, _: Sequence[Stanza]) -> bytes | None:
        return self.file_key


def rewrap_all(
    custodian: Custodian, kek: KekReference, rows: Sequence[tuple[HeaderRow, KekContext]]
) -> list[HeaderRow | None]:
    """Return for each header row one under `kek` in its place, or None where the row is damaged or of another context.

    1. Each header is parsed; it names the version of the key it lies under.
    2. The wraps of each version are opened together, each bound to its context.
    3. Each header's MAC is verified with its file key.
    4. The file keys are wrapped together, and each gets a header of its own.

    Raises:
        UnknownKeyError: the custodian does not hold `kek`.
        CustodianUnavailableError: the device does not answer.
    """
    opened = _open_all(custodian, rows)
    contexts = [context.associated_data() for _, context in rows]
    sound = [number for number, file_key in enumerate(opened) if file_key is not None]
    # 4
    plaintexts = [(file_key, contexts[number]) for number in sound if (file_key := opened[number]) is not None]
    fresh: list[HeaderRow | None] = [None] * len(rows)
    for number, (file_key, _), wrap in zip(sound, plaintexts, custodian.wrap_all(kek, plaintexts), strict=True):
        old, header = rows[number][0], build_header(file_key, [kek_stanza(kek, wrap)])
        fresh[number] = HeaderRow(old.sealed_file, old.holder, KEK_STANZA, header, kek.version)
    return fresh


def _open_all(custodian: Custodian, rows: Sequence[tuple[HeaderRow, KekContext]]) -> list[bytes | None]:
    found: list[bytes | None] = [None] * len(rows)
    lying: dict[KekReference, list[tuple[int, Header, KekWrap]]] = defaultdict(list)
    for number, (row, _) in enumerate(rows):  # 1
        if (parsed := _parse(row)) is not None:
            lying[parsed[1]].append((number, parsed[0], parsed[2]))
    for kek, wraps in lying.items():  # 2
        bound = [(wrap, rows[number][1].associated_data()) for number, _, wrap in wraps]
        for (number, header, _), file_key in zip(wraps, _unwrap_all(custodian, kek, bound), strict=True):
            found[number] = _verified(header, file_key)  # 3
    return found


def _parse(row: HeaderRow) -> tuple[Header, KekReference, KekWrap] | None:
    try:
        header = parse_header(row.header)
        return header, *parse_kek_stanza(header.stanzas[0])
    except SealedFileError:
        return None


def _unwrap_all(
    custodian: Custodian, kek: KekReference, wraps: Sequence[tuple[KekWrap, bytes]]
) -> Sequence[bytes | None]:
    try:
        return custodian.unwrap_all(kek, wraps)
    except UnknownKeyError:
        return [None] * len(wraps)


def _verified(header: Header, file_key: bytes | None) -> bytes | None:
    if file_key is None:
        return None
    try:
        return unwrap_header(header, [_Opened(file_key)])
    except SealedFileError:
        return None
