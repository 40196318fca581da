"""Passing wraps from earlier versions of a key-encryption key to another, all at once, and none that is not sound."""

from dataclasses import replace

import pytest

from commonweal.keys import (
    Custodian,
    HeaderRow,
    KekContext,
    KekReference,
    UnknownKeyError,
    build_header,
    grant_to_kek,
    new_file_key,
    parse_header,
    rewrap_all,
    unwrap_with_kek,
    wrap_with_kek,
)

CONTEXTS = [KekContext("dwp", "dwp/claimants", str(number)) for number in range(5)]


def granted(custodian: Custodian, kek: KekReference) -> tuple[list[bytes], list[tuple[HeaderRow, KekContext]]]:
    """Return file keys, and for each the row of a sealed file with its context."""
    keys = [new_file_key() for _ in CONTEXTS]
    rows = [
        (grant_to_kek(custodian, kek, key, context, sealed_file=f"sf-{number}", holder=kek.kek_id), context)
        for number, (key, context) in enumerate(zip(keys, CONTEXTS, strict=True))
    ]
    return keys, rows


def test_every_row_opens_under_the_new_version_with_the_same_file_key(custodian: Custodian) -> None:
    first = custodian.create_kek("kek")
    keys, rows = granted(custodian, first)
    second = custodian.rotate_kek("kek")
    more_keys, more = granted(custodian, second)
    third = custodian.rotate_kek("kek")
    fresh = rewrap_all(custodian, third, [*rows, *more])
    custodian.destroy_retired("kek")
    for key, context, old, new in zip([*keys, *more_keys], CONTEXTS * 2, [*rows, *more], fresh, strict=True):
        assert new is not None
        assert (new.sealed_file, new.holder, new.version) == (old[0].sealed_file, "kek", 3)
        assert unwrap_with_kek(custodian, parse_header(new.header), context) == key


def test_a_damaged_row_is_left_and_spoils_no_other(custodian: Custodian) -> None:
    first = custodian.create_kek("kek")
    _, rows = granted(custodian, first)
    second = custodian.rotate_kek("kek")
    stanza = wrap_with_kek(custodian, first, new_file_key(), CONTEXTS[0])
    unknown, short = replace(stanza, args=("kek", "9", stanza.args[2])), replace(stanza, args=("kek",))
    (sound, context), *others = rows
    damaged = [
        (replace(sound, header=b"no header"), context),
        (sound, CONTEXTS[1]),
        (replace(sound, header=build_header(new_file_key(), [stanza])), context),
        (
            replace(sound, header=build_header(new_file_key(), [unknown])),
            context,
        ),
        (replace(sound, header=build_header(new_file_key(), [short])), context),
    ]
    fresh = rewrap_all(custodian, second, [*damaged, *others])
    assert fresh[: len(damaged)] == [None] * len(damaged)
    assert None not in fresh[len(damaged) :]


def test_nothing_is_wrapped_under_a_key_that_is_not_held(custodian: Custodian) -> None:
    _, rows = granted(custodian, custodian.create_kek("kek"))
    with pytest.raises(UnknownKeyError):
        rewrap_all(custodian, KekReference("kek", 2), rows)
    assert rewrap_all(custodian, KekReference("kek", 1), []) == []
