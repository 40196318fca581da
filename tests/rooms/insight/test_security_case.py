"""The security case from values: under which keys, what guards it on the way, what cannot be taken back."""

from collections.abc import Callable

from commonweal.agree import Agreement
from commonweal.audit import LogEvent
from commonweal.core import Actor, Event
from commonweal.insight import Holdings, KeyRole, SecurityCase, build_register, describe_case, make_case

from .conftest import HOLDER, NOW, agreement, kek, key, opening, published, recipient

Make = Callable[..., Holdings]
SIGNED = LogEvent(5, Event("agreement.signed", NOW, "dwp", "agr-1", Actor("margaret@dwp", "dwp")))


def case(
    here: Holdings,
    agreed: Agreement,
    *,
    authorised: int = 0,
    completed: int = 0,
    is_secure: bool = True,
    held: bool = True,
) -> SecurityCase:
    stated = published()
    return make_case(
        agreed,
        stated.dataset,
        stated.versions[0] if held else None,
        register=build_register(here, []),
        holdings=here,
        counts={"delivery.authorised": (authorised, 0), "delivery.completed": (completed, 9)},
        events=[SIGNED],
        is_secure=is_secure,
    )


def test_the_keys_are_those_between_the_data_and_the_reader(holdings: Make) -> None:
    keys = [
        kek(state="destroyed"),
        kek(version=2),
        kek("kek-lambeth"),
        key("token-agr-1", KeyRole.TOKENS, about="agr-1"),
        key("token-agr-2", KeyRole.TOKENS, about="agr-2"),
        key("bearer-1", KeyRole.READER, "lambeth", about="agr-1"),
        key("link", KeyRole.LINK, "host"),
        key("unlock-secret", KeyRole.UNLOCK, "host", created=None),
    ]
    made = case(holdings(keys, [opening("sf-1", version=2)], [agreement()]), agreement())
    named = [(each.key, each.version) for each in made.keys]
    assert named == [("kek-dwp", 2), ("token-agr-1", 1), ("bearer-1", 1), ("unlock-secret", 1)]
    assert all(each.breach and each.users and each.place for each in made.keys)
    assert [(each.name, each.tokenised) for each in made.fields] == [("nino", True), ("award", False)]


def test_a_sealed_agreement_names_the_recipients_own_key(holdings: Make) -> None:
    sealed = agreement(sealed_to=HOLDER, tokenised=())
    here = holdings([recipient()], [opening("sf-1", HOLDER, 0, agreement="agr-1")], [sealed])
    made = case(here, sealed, authorised=2, completed=1)
    assert [each.breach for each in made.keys] == ["It opens what was sealed to it under this agreement."]
    assert "what travels is ciphertext" in made.way[1]
    assert "Lambeth has opened" in made.beyond_recall[0]
    assert len(made.on_revocation) == 2


def test_it_says_what_cannot_be_taken_back(holdings: Make) -> None:
    here = holdings([kek()], [opening("sf-1")], [agreement()])
    assert case(here, agreement()).beyond_recall == (
        "Nothing has left: no delivery to Lambeth has been authorised.",
        "A backup that was made before it is revoked holds its sealed releases and its token key, sealed, "
        "for up to 35 days.",
    )
    plain = agreement(tokenised=())
    assert "its sealed releases for up to 35 days" in case(here, plain).beyond_recall[-1]
    told = case(here, agreement(), authorised=3, completed=2).beyond_recall[0]
    assert "3 deliveries were authorised and 2 counted as completed" in told
    assert "1 delivery was authorised" in case(here, agreement(), authorised=1).beyond_recall[0]
    assert "token key is destroyed" in case(here, agreement()).on_revocation[-1]


def test_it_says_how_callers_reach_the_node(holdings: Make) -> None:
    here = holdings([kek()], [opening("sf-1")], [agreement()])
    assert case(here, agreement()).way[0] == "Callers reach the node by TLS."
    assert "no TLS" in case(here, agreement(), is_secure=False).way[0]


def test_a_case_says_the_same_to_every_door(holdings: Make) -> None:
    here = holdings([kek()], [opening("sf-1")], [agreement()], country="GB")
    told = describe_case(case(here, agreement(), authorised=1, completed=1, held=False))
    assert (told["version"], told["state"], told["marking"]) == (None, "active", "OFFICIAL-SENSITIVE")
    assert told["deliveries"] == {"authorised": 1, "completed": 1}
    assert isinstance(told["evidence"], list)
    assert isinstance(told["keys"], list)
    assert [each["index"] for each in told["evidence"] if isinstance(each, dict)] == [5]
    assert [each["country"] for each in told["keys"] if isinstance(each, dict)] == ["GB"]
