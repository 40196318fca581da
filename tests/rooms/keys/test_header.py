import io

import pytest

from commonweal.keys import (
    MAX_STANZAS,
    NotARecipientError,
    SealedFileError,
    Stanza,
    X25519Identity,
    build_header,
    new_file_key,
    parse_header,
    seal_header,
    unwrap_header,
)

VERSION = b"age-encryption.org/v1\n"
MAC = b"--- " + b"A" * 43 + b"\n"


def header(*middle: bytes) -> bytes:
    return VERSION + b"".join(middle) + MAC


@pytest.mark.parametrize("size", [0, 1, 32, 47, 48, 49, 96, 1000])
def test_stanzas_come_back_whatever_the_length_of_their_body(size: int) -> None:
    stanza = Stanza("example.org/kind", ("one", "~!"), bytes(size))
    data = build_header(new_file_key(), [stanza, stanza])
    parsed = parse_header(data + b"the payload follows")
    assert parsed.stanzas == (stanza, stanza)
    assert parsed.size == len(data)


def test_a_stream_is_left_where_the_payload_starts() -> None:
    data = build_header(new_file_key(), [Stanza("kind", (), b"")])
    stream = io.BytesIO(data + b"payload")
    parse_header(stream)
    assert stream.read() == b"payload"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff" * 50,
        b"age-encryption.org/v2\n-> X25519 a\n\n" + MAC,
        header(),
        VERSION + b"-> kind\n\n",
        VERSION + b"-> kind\n\n--- short\n",
        VERSION + b"-> kind\n\n---" + MAC[4:],
        VERSION + b"-> kind\n\n" + MAC[:-1] + b" \n",
        VERSION + b"-> kind\n\n" + MAC[:-1] + b"\r\n",
        VERSION + b"-> kind\n\n--- " + b"A" * 42 + b"B\n",
        VERSION.replace(b"\n", b"\r\n") + b"-> kind\n\n" + MAC,
        header(b"->\n\n"),
        header(b"-> \n\n"),
        header(b"-> kind  two\n\n"),
        header(b"-> kind \n\n"),
        header(b"-> k\xc3\xafnd\n\n"),
        header(b"-> kind\n"),
        header(b"-> kind\n" + b"A" * 64 + b"\n"),
        header(b"-> kind\n" + b"A" * 65 + b"\n\n"),
        header(b"-> kind\nAA==\n"),
        header(b"-> kind\nAB\n"),
        header(b"-> kind\nA\n"),
        header(b"-> kind\n\xff\n"),
        header(b"-> kind\nAAAA\nAAAA\n"),
        header(b"-> scrypt AAAA 18\n\n", b"-> X25519 AAAA\n\n"),
        header(b"-> kind\n\n" * (MAX_STANZAS + 1)),
        header(b"-> " + b"k" * 300_000 + b"\n\n"),
    ],
)
def test_a_malformed_header_is_refused(data: bytes) -> None:
    with pytest.raises(SealedFileError) as caught:
        parse_header(data)
    assert caught.value.outcome.exit_code == 6


@pytest.mark.parametrize("arguments", [("",), ("two words",), ("é",), ("line\n",)])
def test_a_stanza_that_could_not_be_read_back_is_not_built(arguments: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="visible ASCII"):
        build_header(new_file_key(), [Stanza("kind", arguments, b"")])


def test_a_header_without_stanzas_is_not_built() -> None:
    with pytest.raises(ValueError, match="1 to"):
        build_header(new_file_key(), [])


def test_a_stranger_is_told_so() -> None:
    sealed = parse_header(seal_header(new_file_key(), [X25519Identity.generate().recipient]))
    with pytest.raises(NotARecipientError):
        unwrap_header(sealed, [X25519Identity.generate()])


def test_a_stanza_moved_to_another_header_fails_its_mac() -> None:
    mine = X25519Identity.generate()
    stanza = parse_header(seal_header(new_file_key(), [mine.recipient])).stanzas[0]
    moved = parse_header(build_header(new_file_key(), [stanza]))
    with pytest.raises(SealedFileError, match="changed after"):
        unwrap_header(moved, [mine])
