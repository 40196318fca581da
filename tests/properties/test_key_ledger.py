"""The ledger of a device's keys: whatever byte of it is another, it is damaged and says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.adapters.custody import KeyLedger
from commonweal.adapters.custody.ledger import Entry
from commonweal.keys import KeyPurpose, KeyState, KeystoreDamagedError

MADE = "2026-01-05T09:00:00.000000Z"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("ledger") / "keys.json"
    made = KeyLedger.create(path, "node-1")
    made.add(Entry("kek-lambeth", 1, KeyPurpose.KEY_ENCRYPTION, MADE))
    made.add(Entry("kek-lambeth", 2, KeyPurpose.KEY_ENCRYPTION, MADE))
    made.add(Entry("origin", 1, KeyPurpose.SIGNING, MADE, public=bytes(range(32))))
    made.add(Entry("links", 1, KeyPurpose.TOKENS, MADE, sealed=bytes(60)))
    made.mark_destroyed("links")
    opened = KeyLedger.open(path)
    assert opened.entries == made.entries
    assert opened.entries[0].state is KeyState.RETIRED
    return path.read_bytes()


@given(st.data())
def test_any_byte_changed_in_a_ledger_is_found(
    ledger: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(ledger) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda each: each != ledger[place]))
    path = tmp_path_factory.getbasetemp() / "changed-ledger.json"
    path.write_bytes(ledger[:place] + bytes([byte]) + ledger[place + 1 :])
    try:
        changed = KeyLedger.open(path)
    except KeystoreDamagedError:
        return
    path.write_bytes(ledger)
    original = KeyLedger.open(path)
    assert (changed.label, changed.entries) == (original.label, original.entries), "only white space may differ"
    assert bytes([byte, ledger[place]]).isspace()


@given(st.data())
def test_a_ledger_cut_anywhere_is_found(
    ledger: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut-ledger.json"
    path.write_bytes(ledger[: data.draw(st.integers(0, len(ledger) - 1))])
    with pytest.raises(KeystoreDamagedError):
        KeyLedger.open(path)
