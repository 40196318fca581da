from datetime import UTC, datetime, timedelta, timezone

import pytest

from commonweal import core
from commonweal.core import (
    Actor,
    CommonwealError,
    Event,
    Outcome,
    SystemClock,
    from_rfc3339,
    new_identifier,
    to_rfc3339,
)

MOMENT = datetime(2026, 4, 1, 9, 30, 15, 7, tzinfo=UTC)


def test_a_moment_survives_the_wire() -> None:
    assert to_rfc3339(MOMENT) == "2026-04-01T09:30:15.000007Z"
    assert from_rfc3339(to_rfc3339(MOMENT)) == MOMENT
    summer = MOMENT.astimezone(timezone(timedelta(hours=1)))
    assert to_rfc3339(summer) == to_rfc3339(MOMENT)


@pytest.mark.parametrize("text", ["2026-04-01T09:30:15", "yesterday", ""])
def test_a_moment_without_an_offset_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"offset|isoformat"):
        from_rfc3339(text)


def test_the_system_clock_is_aware() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_identifiers_are_unique_and_safe_in_paths() -> None:
    made = {new_identifier("agr") for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(each) == 20 and each[4:].isalnum() and each.islower() for each in made)


def test_an_event_says_who_acted_for_whom() -> None:
    event = Event("agreement.signed", MOMENT, "dwp", "agr-1", Actor("priya@dwp", "dwp", "op@host"), {"rows": 3})
    assert event.as_json() == {
        "name": "agreement.signed",
        "at": "2026-04-01T09:30:15.000007Z",
        "body": "dwp",
        "subject": "agr-1",
        "actor": {"person": "priya@dwp", "body": "dwp", "operator": "op@host"},
        "facts": {"rows": 3},
    }


def test_exit_codes_and_statuses_are_those_of_the_design() -> None:
    table = {each.name: (each.exit_code, each.status) for each in Outcome}
    assert table == {
        "FAILED": (1, 500),
        "STORE_FULL": (1, 507),
        "UNREADABLE": (1, 422),
        "USAGE": (2, 400),
        "REFUSED": (3, 403),
        "UNAUTHENTICATED": (3, 401),
        "CONTRACT": (4, 422),
        "NOT_FOUND": (5, 404),
        "AMBIGUOUS": (5, 409),
        "UNPROVEN": (6, 409),
        "ALTERED": (6, 500),
        "UNREACHABLE": (7, 503),
    }


def test_every_error_has_its_own_code_and_advice() -> None:
    kinds = [kind for kind in vars(core).values() if isinstance(kind, type) and issubclass(kind, CommonwealError)]
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        error = kind("It failed.", reasons=("one", "two"))
        assert error.advice().endswith((".", "!"))
        assert error.reasons == ("one", "two")
    assert CommonwealError("It failed.", advice="Mend it.").advice() == "Mend it."
