"""The key register from values: what each key opens, when it is due, who could use it, what used it last."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from commonweal.audit import LogEvent
from commonweal.core import Actor, Event, Json
from commonweal.insight import (
    PART,
    SET_ASIDE,
    Holdings,
    KeyRole,
    RegisterEntry,
    build_register,
    describe_detail,
    describe_entry,
    detail_key,
    find_last_uses,
    moments_of_rotation,
)

from .conftest import DATASET, HOLDER, MADE, NOW, agreement, kek, key, opening, recipient

Make = Callable[..., Holdings]
LATER = MADE + timedelta(days=30)


def only(holdings: Holdings, name: str = "") -> RegisterEntry:
    return next(each for each in build_register(holdings, []) if name in {"", each.held.key})


def logged(index: int, name: str, at: datetime, subject: str = DATASET, **facts: Json) -> LogEvent:
    return LogEvent(index, Event(name, at, "dwp", subject, Actor("priya@dwp", "dwp"), facts))


def test_each_version_counts_what_only_it_opens(holdings: Make) -> None:
    keys = [kek(state="retired"), kek(version=2, created=LATER), kek("kek-other", version=2)]
    openings = [opening("sf-1"), opening("sf-2", version=2), opening("sf-3", version=2, agreement="agr-1")]
    old, new, other = build_register(holdings(keys, openings, [agreement()]), [])
    assert (old.files, old.agreements, old.rotated) == (1, 0, LATER)
    assert (new.files, new.agreements, new.rotated) == (2, 1, None)
    assert other.files == 0


def test_a_destroyed_version_opens_nothing_and_nobody_uses_it(holdings: Make) -> None:
    entry = only(holdings([kek(state="destroyed")], [opening("sf-1")]))
    assert (entry.files, entry.users, entry.due) == (0, (), None)


@pytest.mark.parametrize(
    ("role", "days"),
    [
        (KeyRole.BODY, 365),
        (KeyRole.DATASET, 365),
        (KeyRole.FIELDS, 365),
        (KeyRole.RECEIVING, 365),
        (KeyRole.LINK, 365),
        (KeyRole.SOURCE, 365),
        (KeyRole.SIGNING, 730),
        (KeyRole.ROOT, 730),
    ],
)
def test_an_active_key_is_due_after_its_life(holdings: Make, role: KeyRole, days: int) -> None:
    assert only(holdings([key("k", role)])).due == MADE + timedelta(days=days)
    assert only(holdings([key("k", role, state="retired")])).due is None


def test_a_key_is_overdue_when_its_time_has_passed(holdings: Make) -> None:
    assert only(holdings([kek(created=NOW - timedelta(days=366))])).overdue
    assert not only(holdings([kek(created=NOW - timedelta(days=364))])).overdue
    assert only(holdings([key("unlock-secret", KeyRole.UNLOCK, created=None)])).due is None


def test_an_agreements_key_is_due_when_the_agreement_ends(holdings: Make) -> None:
    token, gone = key("token-agr-1", KeyRole.TOKENS, about="agr-1"), key("token-agr-2", KeyRole.TOKENS, about="agr-2")
    register = build_register(holdings([token, gone], [], [agreement()]), [])
    assert [each.due for each in register] == [agreement().ends, None]
    assert [each.agreements for each in register] == [1, 0]


def test_who_could_use_a_key_is_said_by_name_and_by_right(holdings: Make) -> None:
    keys, openings = [kek()], [opening("sf-1", agreement="agr-1")]
    told = [f"{each.who}: {each.how}" for each in only(holdings(keys, openings, [agreement()])).users]
    assert told == [
        "Priya, Department for Work and Pensions: through the node: may seal and open files by publishing",
        "Margaret, Department for Work and Pensions: through the node: may have it rotated or destroyed, "
        "with a second person",
        "Lambeth: through the node: reads what agreement agr-1 opens",
        "Host Department, which operates node-1, by Olu: can use it, and take it out, with the unlock secret",
    ]
    over = agreement(ends=NOW)
    assert "Lambeth" not in " ".join(each.who for each in only(holdings(keys, openings, [over])).users)


@pytest.mark.parametrize(
    ("role", "is_device", "means"),
    [
        (KeyRole.BODY, True, "cannot take it out"),
        (KeyRole.SIGNING, True, "cannot take it out"),
        (KeyRole.ROOT, True, "cannot take it out"),
        (KeyRole.LINK, True, "take it out, with the secret that unlocks the device"),
        (KeyRole.LINK, False, "take it out, with the unlock secret"),
        (KeyRole.UNLOCK, True, "gives it at every start"),
        (KeyRole.OPERATOR, False, "on the machine that serves"),
        (KeyRole.TRANSPORT, False, "on the machine that serves"),
    ],
)
def test_what_the_operator_can_do_depends_on_where_the_key_lies(
    holdings: Make, role: KeyRole, means: str, *, is_device: bool
) -> None:
    assert means in only(holdings([key("k", role)], is_device=is_device)).users[-1].how


def test_a_token_key_is_destroyed_by_those_who_may_revoke(holdings: Make) -> None:
    users = only(holdings([key("token-agr-1", KeyRole.TOKENS, about="agr-1")], [], [agreement()])).users
    assert [each.how for each in users[:-1]] == ["through the node: may have it destroyed, by revoking the agreement"]


def test_a_recipients_key_lies_outside(holdings: Make) -> None:
    here = holdings([recipient()], [opening("sf-1", HOLDER, 0, agreement="agr-1")], [agreement()], country="GB")
    entry = only(here)
    assert (entry.files, entry.agreements, entry.country_in_words) == (1, 1, "not known to the node")
    assert [each.who for each in entry.users] == ["Lambeth"]
    before = only(holdings([recipient()], [], [agreement(sealed_to=HOLDER)]))
    assert (before.files, before.agreements) == (0, 1)


def test_one_key_is_shown_with_all_it_opens(holdings: Make) -> None:
    openings = [
        opening("sf-1"),
        opening("sf-2", version=2, number=2),
        opening("sf-3", version=2, number=2, agreement=SET_ASIDE),
        opening("sf-4", version=2, number=2, agreement=f"{PART}personal"),
        opening("sf-5", version=2, number=2, agreement="agr-1"),
        opening("sf-6", "kek-other"),
    ]
    here = holdings([kek(state="retired"), kek(version=2), kek("kek-other")], openings, [agreement()], country="GB")
    detail = detail_key("kek-dwp", here, [])
    assert detail is not None
    told = describe_detail(detail)
    assert [(each.sealed_file, each.part) for each in detail.versions] == [
        ("sf-1", ""),
        ("sf-2", ""),
        ("sf-3", "rows set aside"),
        ("sf-4", "personal"),
    ]
    assert [(each.sealed_file, each.recipient) for each in detail.releases] == [("sf-5", "lambeth")]
    assert told["agreements"] == ["agr-1"]
    assert isinstance(told["versions"], list)
    assert [each["country"] for each in told["versions"] if isinstance(each, Mapping)] == ["GB", "GB"]
    assert detail_key("kek-nobody", here, []) is None


def test_a_line_says_the_same_to_every_door(holdings: Make) -> None:
    keys = [kek(), key("unlock-secret", KeyRole.UNLOCK, created=None)]
    events = [logged(7, "dataset.published", LATER, sealed_file="sf-1")]
    held, unlock = (describe_entry(each) for each in build_register(holdings(keys, [opening("sf-1")]), events))
    assert (held["last_used_event"], held["last_used_by"], held["opens"]) == (7, "dataset.published", 1)
    assert (unlock["created"], unlock["last_used"], unlock["country"]) == (None, None, "not stated")
    assert held.keys() == unlock.keys()


def last(here: Holdings, *events: LogEvent) -> dict[tuple[str, int], int]:
    return {name: use.index for name, use in find_last_uses(here, events).items()}


def test_a_file_names_the_version_that_opened_it(holdings: Make) -> None:
    keys = [kek(state="retired"), kek(version=2, created=LATER), key("node-signing", KeyRole.SIGNING, "host")]
    here = holdings(keys, [opening("sf-old"), opening("sf-new", version=2)], [agreement()])
    before, after = LATER - timedelta(days=1), LATER + timedelta(days=1)
    assert last(here, logged(1, "dataset.published", before, sealed_file="sf-new"))["kek-dwp", 1] == 1
    opened = logged(2, "delivery.authorised", after, "agr-1", files=["sf-old"], dataset=DATASET)
    assert last(here, opened) == {("kek-dwp", 1): 2, ("node-signing", 1): 2}
    assert last(here, logged(3, "dataset.downloaded", after)) == {("kek-dwp", 2): 3, ("node-signing", 1): 3}


def test_a_datasets_own_key_is_used_for_it_alone(holdings: Make) -> None:
    own = kek(f"kek-{DATASET}", role=KeyRole.DATASET, about=DATASET)
    here = holdings([kek(), own])
    assert set(last(here, logged(1, "dataset.published", LATER, sealed_file="sf-gone"))) == {(own.key, 1)}
    assert set(last(here, logged(1, "dataset.published", LATER, "dwp/other"))) == {("kek-dwp", 1)}


def test_writing_a_release_opens_its_version_and_makes_tokens(holdings: Make) -> None:
    token, other = key("token-agr-1", KeyRole.TOKENS, about="agr-1"), key("token-agr-2", KeyRole.TOKENS, about="agr-2")
    part = kek(f"kek-{DATASET}/personal", role=KeyRole.FIELDS, about=DATASET)
    root = key("root-of-secrets", KeyRole.ROOT, "host")
    openings = [opening("sf-1", part.key, agreement=f"{PART}personal"), opening("sf-2", "kek-dwp", agreement="agr-1")]
    here = holdings([kek(), part, token, other, root], openings, [agreement()])
    written = logged(4, "release.written", LATER, "agr-1", dataset=DATASET, version=1, sealed_file="sf-2")
    assert set(last(here, written)) == {("kek-dwp", 1), (part.key, 1), (token.key, 1), (root.key, 1)}


@pytest.mark.parametrize(
    ("name", "subject", "facts", "used"),
    [
        ("delivery.authorised", "agr-1", {"door": "delta-sharing"}, {"link", "root-of-secrets", "kek-dwp"}),
        ("delivery.authorised", "agr-1", {"door": "csv", "dataset": DATASET}, {"kek-dwp"}),
        ("delivery.authorised", "agr-1", {"door": "age", "dataset": DATASET}, set()),
        ("publication.held", DATASET, {}, {"source", "root-of-secrets"}),
        ("header.opened", "receiving-dwp", {}, {"receiving-dwp", "root-of-secrets"}),
        ("wraps.passed-on", "kek-dwp", {"key": "kek-dwp"}, {"kek-dwp"}),
        ("dataset.set-aside-read", DATASET, {"reading": {"set_aside_file": "sf-1"}}, {"kek-dwp"}),
        ("dataset.published", DATASET, {"parts": [{"sealed_file": "sf-1"}]}, {"kek-dwp", "source", "root-of-secrets"}),
        ("agreement.viewed", "agr-1", {}, set()),
    ],
)
def test_each_event_uses_the_keys_of_the_table(
    holdings: Make, name: str, subject: str, facts: dict[str, Json], used: set[str]
) -> None:
    keys = [
        kek(),
        key("link", KeyRole.LINK, "host"),
        key("source", KeyRole.SOURCE, "host"),
        key("receiving-dwp", KeyRole.RECEIVING),
        key("receiving-lambeth", KeyRole.RECEIVING, "lambeth"),
        key("root-of-secrets", KeyRole.ROOT, "host"),
        key("unlock-secret", KeyRole.UNLOCK, "host", created=None),
    ]
    here = holdings(keys, [opening("sf-1")], [agreement()])
    assert {each for each, _ in last(here, logged(1, name, LATER, subject, **facts))} == used


def test_a_key_is_not_used_before_it_was_made(holdings: Make) -> None:
    assert last(holdings([kek()]), logged(1, "dataset.published", MADE - timedelta(days=1))) == {}


def test_rotations_are_the_moments_before_which_to_look_again() -> None:
    keys = [kek(), kek(version=2, created=LATER), key("link", KeyRole.LINK, "host", 2), kek("kek-x", 2, created=LATER)]
    assert moments_of_rotation(keys) == [("", MADE), ("dwp", LATER)]
