"""A source that is added to the version before, or changes it by a key: the rules of append and upsert."""

from collections.abc import Iterable, Mapping, Sequence

from commonweal.core import InputError

from .errors import MergeError
from .kinds import FieldType
from .model import DataContract, DatasetVersion, Dimension, Finding
from .origin import Mode
from .promises import NONE_MAY

_FIRST_ROWS = 5


def parse_mode(text: str) -> Mode:
    """Return the mode that a word names.

    Raises:
        InputError: it names none.
    """
    try:
        return Mode(text)
    except ValueError:
        raise InputError(
            "A source is published by replace, append or upsert.", advice="Use one of the three words."
        ) from None


def choose_merge_key(contract: DataContract, mode: Mode, given: Sequence[str]) -> tuple[str, ...]:
    """Return the fields by which an upsert finds its rows: those given, or else the contract's key; empty otherwise.

    Raises:
        InputError: a key is given for another mode, names a field twice or one that the contract does not have, or
            none is given and the contract does not have exactly one.
    """
    if mode is not Mode.UPSERT:
        if given:
            raise InputError("A key is for --mode upsert.", advice="Leave out --key, or say --mode upsert.")
        return ()
    unknown = sorted(set(given) - set(contract.field_names()))
    if unknown or len(set(given)) != len(given):
        raise InputError(
            "The key names a field twice, or one that the data contract does not have.",
            advice=f"Choose from {', '.join(contract.field_names())}.",
            reasons=tuple(f"{name} is not a field of {contract.id}." for name in unknown),
        )
    return tuple(given) or _only_key(contract)


def keys_of(contract: DataContract) -> tuple[tuple[str, ...], ...]:
    """Return the keys that a contract promises, the first the most fit to find a row by.

    That is the primary key, then what is unique and always given, then what is unique and may be empty.
    """
    required = {each.name for each in contract.fields if each.required}
    primary = [each.fields for each in contract.promises.keys if each.primary]
    unique: list[tuple[str, ...]] = [(each.name,) for each in contract.fields if each.unique]
    unique += [each.fields for each in contract.promises.keys if not each.primary and each.limit == NONE_MAY]
    return tuple(dict.fromkeys([*primary, *sorted(unique, key=lambda key: not set(key) <= required)]))


def _only_key(contract: DataContract) -> tuple[str, ...]:
    keys = keys_of(contract)
    if any(each.primary for each in contract.promises.keys):
        return keys[0]
    required = {each.name for each in contract.fields if each.required}
    sure = [each for each in keys if set(each) <= required] or list(keys)
    if len(sure) != 1:
        told = "promises no key" if not sure else "promises more than one key"
        raise InputError(
            f"The data contract {contract.id} {told}, so it does not say by what an upsert finds its rows.",
            advice="Name the field or fields with --key FIELD,FIELD.",
        )
    return sure[0]


def verify_fields(contract: DataContract, held: Mapping[str, FieldType], base: int) -> None:
    """Accept a version before that holds the very fields of the contract, of the same types; their order is free.

    Raises:
        MergeError: it holds others; `reasons` name each.
    """
    wanted = {each.name: each.type for each in contract.fields}
    reasons = [f"{name} is new." for name in wanted if name not in held]
    reasons += [f"{name} is gone." for name in held if name not in wanted]
    reasons += [
        f"{name} is of type {kind}, and was of type {held[name]}."
        for name, kind in wanted.items()
        if name in held and held[name] is not kind
    ]
    if reasons:
        raise MergeError(
            f"The data contract has other fields than version {base}, so that no row can be added to it.",
            reasons=tuple(reasons),
        )


def key_findings(
    key: Sequence[str], missing: Iterable[int], repeated: Iterable[int], counts: tuple[int, int]
) -> tuple[Finding, ...]:
    """Return what is wrong with the key in a source: rows without it, rows in which it comes back.

    Args:
        key: the fields of the key.
        missing: the first rows in which one of them is empty.
        repeated: the first rows in which the key is that of an earlier row.
        counts: how many of each there are.
    """
    told = (
        ("required", Dimension.COMPLETENESS, counts[0], missing, "is not given in full"),
        ("unique", Dimension.UNIQUENESS, counts[1], repeated, "repeats that of an earlier row of the source"),
    )
    return tuple(
        Finding(
            check, key[0], dimension, count, first, f"The key ({', '.join(key)}) {words} in {_where(count, first)}."
        )
        for check, dimension, count, rows, words in told
        if count
        for first in (tuple(sorted(rows)[:_FIRST_ROWS]),)
    )


def _where(count: int, rows: tuple[int, ...]) -> str:
    first = "the first are rows" if count > len(rows) else "row" if count == 1 else "rows"
    return f"{'1 row' if count == 1 else f'{count:,} rows'} ({first} {', '.join(map(str, rows))})"


def find_made_from(
    versions: Sequence[DatasetVersion], mode: Mode, key: Sequence[str], mac: str
) -> DatasetVersion | None:
    """Return the version that was already made from these bytes in this way, or None when they are to be published.

    An append is found wherever it stands in the unbroken run of appends that ends in the newest version, so that one
    sent again after another body's work is not added twice; of the other modes only the newest version counts.

    Args:
        versions: the dataset's, newest first.
        mode: what the source is to do.
        key: of an upsert.
        mac: the keyed digest of the source's bytes.
    """
    for each in versions:
        if each.origin.mode is not mode:
            return None
        if each.source_mac == mac and each.origin.key == tuple(key):
            return each
        if mode is not Mode.APPEND:
            return None
    return None
