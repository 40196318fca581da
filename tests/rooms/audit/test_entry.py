import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from commonweal.audit import EventFormError, LogProofError, canonical_json, commit, leaf_hash, parse_event
from commonweal.core import Actor, Event

EVENT = Event(
    name="delivery.authorised",
    at=datetime(2026, 11, 22, 9, 30, 0, 5, tzinfo=UTC),
    body="dwp",
    subject="agr-7",
    actor=Actor("ada", "lambeth", "root"),
    facts={"rows": 12, "fields": ["postcode_district", "award"], "é": None},
)
TEXT = (
    '{"actor":{"body":"lambeth","operator":"root","person":"ada"},"at":"2026-11-22T09:30:00.000005Z",'
    '"body":"dwp","facts":{"fields":["postcode_district","award"],"rows":12,"é":null},'
    '"name":"delivery.authorised","subject":"agr-7"}'
).encode()


def test_an_event_has_one_text() -> None:
    assert canonical_json(EVENT) == TEXT


def test_the_text_is_read_back_as_the_event() -> None:
    assert parse_event(TEXT) == EVENT


def test_the_entry_commits_to_salt_and_text() -> None:
    salt = bytes(range(32))
    assert commit(salt, TEXT) == hashlib.sha256(salt + TEXT).digest()
    assert leaf_hash(b"entry") == hashlib.sha256(b"\x00entry").digest()


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_salt_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(LogProofError, match="32 bytes"):
        commit(bytes(size), TEXT)


@pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), "\ud800", {1: 2}, b"bytes", object()])
def test_facts_that_json_cannot_carry_are_refused_without_repeating_them(value: Any) -> None:
    event = Event("a.b", EVENT.at, "dwp", "x", EVENT.actor, {"fact": value})
    with pytest.raises(EventFormError) as caught:
        canonical_json(event)
    assert str(caught.value) == "the facts of event 'a.b' cannot be written as JSON"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"[]",
        b"7",
        b"null",
        b"{}",
        b"[" * 100_000,
        TEXT.replace(b'"body":"dwp"', b'"body":7'),
        TEXT.replace(b'"operator":"root"', b'"operators":"root"'),
        TEXT.replace(b"2026-11-22T09:30:00.000005Z", b"2026-11-22"),
        TEXT.replace(b'"agr-7"}', b'"agr-7","more":1}'),
        TEXT.replace(b'{"fields":["postcode_district","award"],"rows":12,"\xc3\xa9":null}', b"[]"),
    ],
)
def test_text_that_is_no_event_is_refused(text: bytes) -> None:
    with pytest.raises(LogProofError, match="not an event"):
        parse_event(text)
