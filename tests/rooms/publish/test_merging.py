"""The rules of append and upsert: by which key rows are found, and which bytes were published already."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from commonweal.core import InputError
from commonweal.publish import (
    DataContract,
    DatasetVersion,
    Field,
    FieldType,
    Mode,
    Origin,
    Promises,
    QualityResult,
    choose_merge_key,
    find_made_from,
    keys_of,
    parse_mode,
)
from commonweal.publish.promises import UniqueKey

ID = Field("id", FieldType.STRING, required=True, unique=True)
CODE = Field("code", FieldType.STRING, unique=True)
DAY = Field("day", FieldType.DATE, required=True)


def contract(*fields: Field, keys: tuple[UniqueKey, ...] = ()) -> DataContract:
    return DataContract("test", "1", "Test", "", fields, promises=Promises(keys=keys))


@pytest.mark.parametrize(
    ("of", "given", "key"),
    [
        (contract(ID, DAY), (), ("id",)),
        (contract(CODE, ID, DAY), (), ("id",)),
        (contract(CODE, DAY), (), ("code",)),
        (contract(ID, DAY), ("day", "id"), ("day", "id")),
        (contract(ID, CODE, DAY, keys=(UniqueKey(("id", "day"), primary=True),)), (), ("id", "day")),
        (contract(DAY, replace(CODE, unique=False), keys=(UniqueKey(("code", "day")),)), (), ("code", "day")),
    ],
)
def test_an_upsert_goes_by_the_key_given_or_by_the_contracts_own(
    of: DataContract, given: tuple[str, ...], key: tuple[str, ...]
) -> None:
    assert choose_merge_key(of, Mode.UPSERT, given) == key


@pytest.mark.parametrize(
    ("of", "mode", "given"),
    [
        (contract(DAY), Mode.UPSERT, ()),
        (contract(ID, replace(ID, name="other")), Mode.UPSERT, ()),
        (contract(ID), Mode.UPSERT, ("shoe_size",)),
        (contract(ID), Mode.UPSERT, ("id", "id")),
        (contract(ID), Mode.APPEND, ("id",)),
        (contract(ID), Mode.REPLACE, ("id",)),
    ],
)
def test_a_key_that_cannot_be_is_refused(of: DataContract, mode: Mode, given: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        choose_merge_key(of, mode, given)


def test_the_surest_key_comes_first() -> None:
    primary = UniqueKey(("id", "day"), primary=True)
    assert keys_of(contract(CODE, ID, DAY, keys=(primary,))) == (("id", "day"), ("id",), ("code",))
    with pytest.raises(InputError):
        parse_mode("merge")


def version(number: int, mode: Mode, mac: str, key: tuple[str, ...] = ()) -> DatasetVersion:
    return DatasetVersion(
        f"ver-{number}",
        "lambeth/pumps",
        number,
        datetime(2026, 4, number, tzinfo=UTC),
        rows=1,
        size=1,
        payload_size=1,
        sealed_file="sf-1",
        digest="",
        source_mac=mac,
        quality=QualityResult(1),
        origin=Origin(mode, number - 1, key),
    )


@pytest.mark.parametrize(
    ("mode", "mac", "found"),
    [
        (Mode.APPEND, "c", 4),
        (Mode.APPEND, "b", 3),
        (Mode.APPEND, "a", None),
        (Mode.REPLACE, "c", None),
        (Mode.UPSERT, "c", None),
    ],
)
def test_an_append_is_found_in_the_unbroken_run_of_appends(mode: Mode, mac: str, found: int | None) -> None:
    first = version(1, Mode.APPEND, "a"), version(2, Mode.REPLACE, "r")
    held = [version(4, Mode.APPEND, "c"), version(3, Mode.APPEND, "b"), *reversed(first)]
    made = find_made_from(held, mode, (), mac)
    assert (made.number if made else None) == found


def test_an_upsert_or_a_replacement_is_found_only_as_the_newest_version() -> None:
    held = [version(2, Mode.UPSERT, "b", ("id",)), version(1, Mode.UPSERT, "a", ("id",))]
    assert find_made_from(held, Mode.UPSERT, ("id",), "b") is held[0]
    assert find_made_from(held, Mode.UPSERT, ("day",), "b") is None
    assert find_made_from(held, Mode.UPSERT, ("id",), "a") is None
    assert find_made_from([], Mode.REPLACE, (), "a") is None
