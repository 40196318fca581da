from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.core import Actor
from commonweal.keys import HybridIdentity, X25519Identity
from commonweal.request import AccessRequest, SealToError, ask, parse_seal_to, shorten_recipient

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
CLASSICAL, HYBRID = X25519Identity.generate(), HybridIdentity.generate()


def asked(seal_to: str) -> tuple[AccessRequest, object]:
    request, event = ask(
        identifier="req-1",
        dataset="dwp/x",
        discloser="dwp",
        recipient="lambeth",
        purpose="p",
        gateway="",
        fields=("award",),
        rows=(),
        actor=Actor("Ada Obi", "lambeth"),
        at=NOW,
        seal_to=seal_to,
    )
    return request, event.facts["seal_to"]


@pytest.mark.parametrize("recipient", [str(CLASSICAL.recipient), str(HYBRID.recipient)], ids=["classical", "hybrid"])
def test_a_request_may_name_the_key_that_alone_opens_what_it_is_given(recipient: str) -> None:
    request, fact = asked(f"\t{recipient}\n")
    assert (request.seal_to, fact) == (recipient, recipient)


def test_a_request_need_name_none() -> None:
    request, fact = asked(" ")
    assert (request.seal_to, fact) == ("", "")


@pytest.mark.parametrize(
    "text",
    ["own", "age1", "age1qqqq", str(CLASSICAL.recipient)[:-1], "-----BEGIN KEY-----", "é"],
    ids=["own", "no-data", "short", "cut", "pem", "accented"],
)
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(SealToError, match="cannot be used") as caught:
        asked(text)
    assert caught.value.code == "request.seal-to"
    assert "age1pq1" in caught.value.advice()


@pytest.mark.parametrize("identity", [CLASSICAL, HYBRID])
@pytest.mark.parametrize("change", [str, str.lower, str.title, "  {}".format, "{}x".format])
def test_a_secret_key_is_refused_and_nothing_of_it_is_said(
    identity: X25519Identity | HybridIdentity, change: type[str]
) -> None:
    secret = change(identity.reveal())
    with pytest.raises(SealToError, match="secret key") as caught:
        parse_seal_to(secret)
    said = f"{caught.value} {caught.value.advice()} {caught.value.reasons} {caught.value.__cause__}".lower()
    assert secret.strip().lower()[16:24] not in said


@settings(max_examples=200)
@given(st.text() | st.text().map("age1".__add__) | st.text().map("AGE-SECRET-KEY-1".__add__))
def test_any_text_is_a_recipient_or_our_error(text: str) -> None:
    try:
        found = parse_seal_to(text)
    except SealToError:
        return
    assert found == "" or parse_seal_to(found) == found


def test_a_long_recipient_is_shown_by_its_ends() -> None:
    short, long = str(CLASSICAL.recipient), str(HYBRID.recipient)
    assert shorten_recipient("") == ""
    assert shorten_recipient(short) == short
    assert shorten_recipient(long) == f"{long[:16]}…{long[-16:]}"
