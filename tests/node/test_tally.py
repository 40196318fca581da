"""What is counted of a delivery, and that an act on its agreement comes after all of it in the log."""

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from commonweal.adapters.sql import Transaction
from commonweal.core import Actor, RefusedError
from commonweal.deliver import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Agreed, Home, ServedHere

    from commonweal.node.tally import Hit


@pytest.fixture(scope="module")
def serving_once(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[..., Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> Any:
    """A node of this module with an agreement."""
    with serving(new_home(tmp_path_factory.mktemp("tally") / "home")) as served:
        yield served


def begin(served: "ServedHere", agreed: "Agreed") -> "Hit":
    """Begin a hit of a delivery that was authorised by the door."""
    assert served.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 200
    row = served.node.parts.log.find_events(subject=agreed.id, name="delivery.authorised")[-1]
    facts = row.event.facts
    now = served.home.clock.now()
    delivery = Delivery(
        id=str(facts["delivery"]),
        agreement=agreed.id,
        release=str(facts["release"]),
        recipient=str(facts["recipient"]),
        door="csv",
        fields=(),
        purpose="",
        authorised=now,
        expires=now + timedelta(hours=1),
    )
    served.node.tally.open(delivery, row.event.body, Actor("", ""))
    return served.node.tally.begin(delivery, "a client")


def act(served: "ServedHere", agreed: "Agreed", name: str) -> int:
    owner = served.join("R0A", "Olu Owner", "information-governance", "asset-owner")
    path = f"/api/v1/agreements/{agreed.id}/{name}"
    return served.send("POST", path, served.person(owner), json={"reason": "A test."}).status_code


def names(served: "ServedHere", agreed: "Agreed") -> list[str]:
    rows = served.node.parts.log.find_events(subject=agreed.id, limit=1000)
    return [row.event.name for row in sorted(rows, key=lambda each: each.index)]


def counted(served: "ServedHere", agreed: "Agreed") -> dict[str, int]:
    rows = served.node.parts.log.find_events(subject=agreed.id, name="delivery.completed", limit=1000)
    facts = [row.event.facts for row in rows]
    return {name: sum(int(str(each[name])) for each in facts) for name in ("bytes", "hits", "whole")}


def test_what_was_sent_stands_before_the_revocation_and_nothing_leaves_after(serving_once: "ServedHere") -> None:
    served = serving_once
    agreed = served.agree_on_stock()
    hit = begin(served, agreed)
    whole = len(served.send("GET", agreed.data_path("csv"), agreed.reader).content)
    assert hit.admit(1000)
    assert act(served, agreed, "revocation") == 201
    assert counted(served, agreed) == {"bytes": 2 * whole + 1000, "hits": 3, "whole": 2}
    assert not hit.admit(1)
    hit.close(whole=False)
    served.node.tally._flush(everything=True)
    found = names(served, agreed)
    assert found[found.index("agreement.revoked") :] == ["agreement.revoked"]
    assert counted(served, agreed)["bytes"] == 2 * whole + 1000


def test_an_act_that_fails_leaves_streams_and_counts_as_they_were(serving_once: "ServedHere") -> None:
    served = serving_once
    agreed = served.agree_on_stock()
    hit, tally = begin(served, agreed), served.node.tally
    assert hit.admit(10)

    def end(transaction: Transaction) -> None:
        ending.record(transaction, served.home.clock.now(), for_ever=True)
        assert not hit.admit(1), "it is held while the act is done"
        raise RefusedError("The act fails at the last moment.")

    with pytest.raises(RefusedError), tally.ending(agreed.id) as ending:
        served.node.parts.writer.submit(end)
    assert counted(served, agreed)["hits"] == 0
    assert not hit.admit(5), "the agreement is asked first"
    assert hit.admit(5)
    hit.close(whole=True)
    tally._flush(everything=True)
    found = counted(served, agreed)
    assert (found["hits"], found["whole"]) == (2, 2)


def test_an_open_stream_asks_again_after_an_act_that_lets_it_go_on(serving_once: "ServedHere") -> None:
    served = serving_once
    agreed = served.agree_on_stock()
    hit = begin(served, agreed)
    assert hit.admit(10)
    for each in ("suspension", "resumption"):
        assert act(served, agreed, each) == 201
    assert not hit.admit(5), "the agreement is asked first"
    assert hit.admit(5)
    hit.close(whole=True)
    served.node.tally._flush(everything=True)
    found = counted(served, agreed)
    assert (found["hits"], found["whole"]) == (2, 2)
    assert names(served, agreed).index("delivery.completed") < names(served, agreed).index("agreement.suspended")
