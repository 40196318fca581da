import pytest

from commonweal.keys.bech32 import decode_bech32, encode_bech32


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 32, 1216])
def test_data_of_any_length_comes_back(size: int) -> None:
    data = bytes(n % 251 for n in range(size))
    text = encode_bech32("age1pq", data)
    assert decode_bech32(text) == ("age1pq", data)
    assert decode_bech32(text.upper()) == ("AGE1PQ", data)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no prefix"),
        ("age", "no prefix"),
        ("1qqqqqq", "no prefix"),
        ("age1qqq", "no prefix"),
        ("a\x7f1qqqqqq", "does not belong"),
        ("agé1qqqqqq", "does not belong"),
        ("AGE1\u212aQQQQQ", "does not belong"),
        ("age1bbbbbb", "does not belong"),
        ("age1Qqqqqq", "mixed case"),
        ("age1qqqqqq", "checksum"),
        ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "padding"),
    ],
)
def test_a_malformed_string_is_refused(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        decode_bech32(text)


@pytest.mark.parametrize(
    "text", ["A12UEL5L", "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs"]
)
def test_valid_strings_of_bip_173_are_accepted(text: str) -> None:
    assert decode_bech32(text)[1] == b""
