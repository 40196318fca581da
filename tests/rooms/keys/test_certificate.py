"""What a certificate of shredding says."""

from dataclasses import replace
from datetime import UTC, datetime

from commonweal.core import Actor
from commonweal.keys import SHREDDED, Certificate, KeyAct, read_certificate

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
CERTIFICATE = Certificate(
    act=KeyAct.SHRED_VERSION,
    what="version 2 of lambeth/council-tax",
    body="lambeth",
    at=AT,
    reason="Published by mistake.",
    people=("ana@lambeth", "ben@lambeth"),
    files=3,
    wraps=3,
    keys=(),
    at_once=False,
    backups_until=datetime(2026, 12, 24, 9, tzinfo=UTC),
    openings=(("southwark", 2),),
)


def test_it_is_read_back_from_its_event() -> None:
    event = CERTIFICATE.event(Actor("ben@lambeth", "lambeth"), "lambeth/council-tax")
    assert (event.name, event.body, event.subject) == (SHREDDED, "lambeth", "lambeth/council-tax")
    assert read_certificate(event) == CERTIFICATE
    bare = replace(CERTIFICATE, backups_until=None, openings=(), keys=("kek-lambeth",), at_once=True)
    assert read_certificate(bare.event(Actor("ben@lambeth", "lambeth"), "lambeth")) == bare


def test_it_names_the_day_on_which_the_last_backup_expires() -> None:
    said = " ".join(CERTIFICATE.sentences())
    assert "expires on 2026-12-24T09:00:00" in said
    assert "No key was destroyed" in said


def test_backups_are_worthless_only_where_every_key_is_gone_at_once() -> None:
    some = replace(CERTIFICATE, keys=("token-agr-1",))
    assert "Keys destroyed: token-agr-1." in some.sentences()
    assert "expires on 2026-12-24" in " ".join(some.sentences())
    assert "worth nothing" in " ".join(replace(some, at_once=True).sentences())


def test_it_says_when_no_backup_was_ever_made() -> None:
    assert "never made a backup" in " ".join(replace(CERTIFICATE, backups_until=None).sentences())


def test_it_says_what_cannot_be_taken_back() -> None:
    assert "cannot be taken back; deliveries authorised before: southwark (2)." in CERTIFICATE.sentences()[-1]
    assert "ever delivered" in replace(CERTIFICATE, openings=(("southwark", 0),)).sentences()[-1]
