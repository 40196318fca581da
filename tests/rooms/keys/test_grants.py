from dataclasses import replace

import pytest

from commonweal.keys import (
    KEK_STANZA,
    Custodian,
    HybridIdentity,
    KekContext,
    KekReference,
    KekUnwrapper,
    KeyNameError,
    NotARecipientError,
    SealedFileError,
    Stanza,
    UnknownKeyError,
    build_header,
    grant_to_kek,
    grant_to_recipient,
    new_file_key,
    parse_header,
    require_key_id,
    unwrap_header,
    unwrap_with_kek,
    wrap_with_kek,
)

CONTEXT = KekContext("government-organisation:D10", "dwp/claimants", "v1", "agr-1")


def test_the_holder_of_the_key_encryption_key_opens_what_it_was_granted(custodian: Custodian) -> None:
    kek, file_key = custodian.create_kek("kek/D10"), new_file_key()
    row = grant_to_kek(custodian, kek, file_key, CONTEXT, sealed_file="sf-1", holder="D10")
    header = parse_header(row.header)
    assert (row.sealed_file, row.holder, row.kind) == ("sf-1", "D10", KEK_STANZA)
    assert (header.size, len(header.stanzas)) == (len(row.header), 1)
    assert unwrap_with_kek(custodian, header, CONTEXT) == file_key


def test_a_recipient_opens_what_it_was_granted() -> None:
    holder, file_key = HybridIdentity.generate(), new_file_key()
    row = grant_to_recipient(holder.recipient, file_key, sealed_file="sf-1", holder="Lambeth")
    assert (row.holder, row.kind) == ("Lambeth", "mlkem768x25519")
    assert unwrap_header(parse_header(row.header), [holder]) == file_key


@pytest.mark.parametrize("field", ["body", "dataset", "version", "agreement"])
def test_a_header_opens_in_no_other_context(custodian: Custodian, field: str) -> None:
    stanza = wrap_with_kek(custodian, custodian.create_kek("kek"), new_file_key(), CONTEXT)
    header = parse_header(build_header(new_file_key(), [stanza]))
    elsewhere = replace(CONTEXT, **{field: "other"})
    with pytest.raises(SealedFileError, match="did not wrap") as caught:
        unwrap_with_kek(custodian, header, elsewhere)
    assert caught.value.outcome.exit_code == 6


def test_a_wrap_moved_to_another_key_or_header_is_refused(custodian: Custodian) -> None:
    kek, other, file_key = custodian.create_kek("one"), custodian.create_kek("other"), new_file_key()
    stanza = wrap_with_kek(custodian, kek, file_key, CONTEXT)
    swapped = replace(stanza, args=(other.kek_id, *stanza.args[1:]))
    for moved in (build_header(file_key, [swapped]), build_header(new_file_key(), [stanza])):
        with pytest.raises(SealedFileError):
            unwrap_with_kek(custodian, parse_header(moved), CONTEXT)


def test_an_earlier_version_still_opens_after_rotation(custodian: Custodian) -> None:
    first, file_key = custodian.create_kek("kek"), new_file_key()
    row = grant_to_kek(custodian, first, file_key, CONTEXT, sealed_file="sf-1", holder="D10")
    second = custodian.rotate_kek("kek")
    assert (second, custodian.current_kek("kek")) == (KekReference("kek", 2), second)
    assert unwrap_with_kek(custodian, parse_header(row.header), CONTEXT) == file_key


def test_destroying_the_key_encryption_key_shreds(custodian: Custodian) -> None:
    kek = custodian.create_kek("kek")
    row = grant_to_kek(custodian, kek, new_file_key(), CONTEXT, sealed_file="sf-1", holder="D10")
    custodian.destroy("kek")
    with pytest.raises(SealedFileError, match="does not hold") as caught:
        unwrap_with_kek(custodian, parse_header(row.header), CONTEXT)
    assert "shredded" in caught.value.advice()
    with pytest.raises(UnknownKeyError):
        wrap_with_kek(custodian, kek, new_file_key(), CONTEXT)


def test_a_custodian_ignores_stanzas_of_other_kinds(custodian: Custodian) -> None:
    row = grant_to_recipient(HybridIdentity.generate().recipient, new_file_key(), sealed_file="s", holder="h")
    header = parse_header(row.header)
    assert KekUnwrapper(custodian, CONTEXT).unwrap(header.stanzas) is None
    with pytest.raises(NotARecipientError):
        unwrap_with_kek(custodian, header, CONTEXT)


@pytest.mark.parametrize(
    ("args", "body"),
    [
        ((), bytes(32)),
        (("kek", "1"), bytes(32)),
        (("kek", "1", "A" * 16, "more"), bytes(32)),
        (("../kek", "1", "A" * 16), bytes(32)),
        (("kek", "0", "A" * 16), bytes(32)),
        (("kek", "01", "A" * 16), bytes(32)),
        (("kek", "-1", "A" * 16), bytes(32)),
        (("kek", "1" * 10, "A" * 16), bytes(32)),
        (("kek", "1", "A" * 14), bytes(32)),
        (("kek", "1", "=" * 16), bytes(32)),
        (("kek", "1", "A" * 16), bytes(31)),
        (("kek", "1", "A" * 16), bytes(32)),
    ],
)
def test_a_malformed_stanza_is_refused(custodian: Custodian, args: tuple[str, ...], body: bytes) -> None:
    header = parse_header(build_header(new_file_key(), [Stanza(KEK_STANZA, args, body)]))
    with pytest.raises(SealedFileError):
        unwrap_with_kek(custodian, header, CONTEXT)


@pytest.mark.parametrize("key_id", ["", "/etc", ".hidden", "a b", "a\n", "é", "a" * 201])
def test_an_identifier_that_could_not_stand_in_a_header_is_refused(key_id: str) -> None:
    with pytest.raises(KeyNameError):
        require_key_id(key_id)


def test_the_associated_data_is_canonical_json() -> None:
    assert CONTEXT.associated_data() == (
        b'{"agreement":"agr-1","body":"government-organisation:D10","dataset":"dwp/claimants","version":"v1"}'
    )
