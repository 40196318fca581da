"""Exposure from values: what a leak lays open, what falls with it, and the steps against it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from commonweal.agree import AgreementStatus
from commonweal.insight import (
    PART,
    Exposure,
    HeldKey,
    Holdings,
    KeyRole,
    Opening,
    StepKind,
    describe_exposure,
    expose,
)

from .conftest import DATASET, HOLDER, NOW, agreement, kek, key, opening, published, recipient

Make = Callable[..., Holdings]
ENDED = [("revoke", "agr-1"), ("notify", "dwp"), ("notify", "lambeth")]


def leak(here: Holdings, name: str, *, personal: bool = True) -> Exposure:
    found = expose(name, here, {DATASET: published(personal=personal)})
    assert found is not None
    return found


def steps(found: Exposure) -> list[tuple[str, str]]:
    return [(each.kind.value, each.subject) for each in found.steps]


def test_a_bodys_key_lays_its_datasets_open(holdings: Make) -> None:
    keys = [kek(state="retired"), kek(version=2)]
    openings = [opening("sf-1"), opening("sf-2", version=2, number=2), opening("sf-3", version=2, agreement="agr-1")]
    found = leak(holdings(keys, openings, [agreement()]), "kek-dwp")
    (lost,) = found.datasets
    assert (found.files, found.people, found.recipients) == (3, 20_002, ("lambeth",))
    assert (lost.versions, lost.fields) == ((2, 1), ("nino", "illness"))
    assert lost.sentence == f"Up to 20,002 people: the rows of version 2 of {DATASET}."
    assert steps(found) == [
        ("rotate", "kek-dwp"),
        ("re-wrap", "kek-dwp"),
        ("notify", "dwp"),
        ("notify", "lambeth"),
    ]
    assert "3 sealed files" in found.steps[1].sentence
    assert found.falls_with == ()


def test_people_are_counted_in_the_newest_version_that_lies_open(holdings: Make) -> None:
    assert leak(holdings([kek()], [opening("sf-1")]), "kek-dwp").people == 20_001
    assert leak(holdings([kek()], [opening("sf-1")]), "kek-dwp", personal=False).people == 0
    gone = leak(holdings([kek()], [opening("sf-9", number=9)]), "kek-dwp")
    assert (gone.people, gone.datasets[0].sentence) == (0, f"No version of {DATASET} that it opens is held any more.")


@pytest.mark.parametrize(
    ("part", "fields", "people"),
    [("personal", ("nino",), 20_001), ("special-category", ("illness",), 20_001), ("not-personal", (), 0)],
)
def test_the_key_of_a_class_of_fields_lays_that_class_open(
    holdings: Make, part: str, fields: tuple[str, ...], people: int
) -> None:
    name = f"kek-{DATASET}/{part}"
    held = kek(name, role=KeyRole.FIELDS, about=DATASET, part=part)
    found = leak(holdings([held], [opening("sf-1", name, agreement=f"{PART}{part}")]), name)
    assert (found.datasets[0].fields, found.people) == (fields, people)


def test_an_unconfirmed_field_counts_as_personal(holdings: Make) -> None:
    stated = published(personal=False)
    contract = stated.dataset.contract
    unsure = replace(contract, fields=tuple(replace(each, confirmed=False) for each in contract.fields))
    stated = replace(stated, dataset=replace(stated.dataset, contract=unsure))
    found = expose("kek-dwp", holdings([kek()], [opening("sf-1")]), {DATASET: stated})
    assert found is not None
    assert (found.datasets[0].fields, found.people) == (("award",), 20_001)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (key("token-agr-1", KeyRole.TOKENS, about="agr-1"), ENDED),
        (key("bearer-1", KeyRole.READER, "lambeth", about="agr-1"), ENDED),
        (recipient(), ENDED),
        (key("link", KeyRole.LINK, "host"), [("rotate", "link"), ("notify", "dwp"), ("notify", "lambeth")]),
        (key("source", KeyRole.SOURCE, "host"), [("rotate", "source")]),
        (key("node-signing", KeyRole.SIGNING, "host"), [("by-hand", "node-signing")] * 3),
        (key("operator-token", KeyRole.OPERATOR, "host"), [("by-hand", "operator-token")]),
        (key("tls-key", KeyRole.TRANSPORT, "host"), [("by-hand", "tls-key")]),
        (
            key("receiving-lambeth", KeyRole.RECEIVING, "lambeth", holder=HOLDER),
            [("rotate", "receiving-lambeth"), ("notify", "dwp"), ("notify", "lambeth"), ("notify", "lambeth")],
        ),
    ],
    ids=lambda each: each.key if isinstance(each, HeldKey) else "",
)
def test_each_kind_of_key_has_its_checklist(holdings: Make, held: HeldKey, expected: list[tuple[str, str]]) -> None:
    openings = [opening("sf-1"), opening("sf-2", HOLDER, 0, agreement="agr-1")]
    found = leak(holdings([kek(), held], openings, [agreement(sealed_to=HOLDER)]), held.key)
    assert steps(found) == expected
    assert found.needs
    assert found.sentence


def test_the_unlock_secret_takes_everything_with_it(holdings: Make) -> None:
    unlock = key("unlock-secret", KeyRole.UNLOCK, "host", created=None)
    others = [
        kek(state="retired"),
        kek(version=2),
        key("node-signing", KeyRole.SIGNING, "host"),
        key("link", KeyRole.LINK, "host"),
        key("token-agr-1", KeyRole.TOKENS, about="agr-1"),
        key("token-agr-0", KeyRole.TOKENS, state="destroyed"),
        key("operator-token", KeyRole.OPERATOR, "host"),
        recipient(),
    ]
    here = holdings([unlock, *others], [opening("sf-1"), opening("sf-2", version=2, number=2)], [agreement()])
    found = leak(here, "unlock-secret")
    assert found.falls_with == ("kek-dwp", "node-signing", "link", "token-agr-1")
    assert (found.files, found.people) == (2, 20_002)
    done = steps(found)
    assert done[0] == ("by-hand", "unlock-secret")
    assert [each for each in done if each[0] in {"rotate", "re-wrap", "revoke"}] == [
        ("rotate", "kek-dwp"),
        ("re-wrap", "kek-dwp"),
        ("rotate", "link"),
        ("revoke", "agr-1"),
    ]
    device = leak(replace(here, household=replace(here.household, is_device=True)), "unlock-secret")
    assert "PIN" in device.steps[0].sentence
    assert "PIN" not in found.steps[0].sentence


def test_a_devices_root_takes_its_secrets_and_no_key_of_files(holdings: Make) -> None:
    root = key("root-of-secrets", KeyRole.ROOT, "host")
    here = holdings([root, kek(), key("link", KeyRole.LINK, "host")], [opening("sf-1")], is_device=True)
    found = leak(here, "root-of-secrets")
    assert (found.falls_with, found.files) == (("link",), 0)
    assert steps(found) == [("by-hand", "root-of-secrets"), ("rotate", "link")]


def test_agreements_that_are_over_are_left_alone(holdings: Make) -> None:
    ended = agreement("agr-0", ends=NOW)
    found = leak(holdings([kek()], [opening("sf-1")], [ended]), "kek-dwp")
    assert (found.agreements, found.recipients) == ((), ())


def test_an_agreement_that_was_revoked_is_not_revoked_again(holdings: Make) -> None:
    revoked = agreement(sealed_to=HOLDER, status=AgreementStatus.REVOKED)
    assert steps(leak(holdings([recipient()], [], [revoked]), "recipient-1")) == ENDED[1:]


def test_a_destroyed_key_asks_for_nothing(holdings: Make) -> None:
    found = leak(holdings([kek(state="destroyed")], [opening("sf-1")]), "kek-dwp")
    assert (found.files, found.steps) == (0, ())
    assert expose("kek-nobody", holdings([kek()]), {}) is None


def test_a_key_in_a_device_cannot_have_left_it(holdings: Make) -> None:
    stolen: list[Opening] = [opening("sf-1")]
    assert len(leak(holdings([kek()], stolen), "kek-dwp").needs) == 2
    assert "does not leave it" in leak(holdings([kek()], stolen, is_device=True), "kek-dwp").needs[-1]


def test_an_exposure_says_the_same_to_every_door(holdings: Make) -> None:
    told = describe_exposure(leak(holdings([kek()], [opening("sf-1")], [agreement()]), "kek-dwp"))
    assert (told["people"], told["agreements"], told["recipients"]) == (20_001, ["agr-1"], ["lambeth"])
    assert isinstance(told["steps"], list)
    assert {StepKind(each["kind"]) for each in told["steps"] if isinstance(each, dict)} == {
        StepKind.ROTATE,
        StepKind.REWRAP,
        StepKind.NOTIFY,
    }


def test_the_key_of_a_body_takes_the_passwords_of_its_schedules_with_it(holdings: Make) -> None:
    told = leak(holdings([kek()], [opening("sf-1")]), "kek-dwp").sentence
    assert "every sealed file" in told
    assert "passwords by which the body's schedules read their sources" in told
