"""Bech32 (BIP 173) without its length limit, as age writes keys."""

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH = 6


def encode_bech32(prefix: str, data: bytes) -> str:
    """Return `data` after the lower-case human-readable `prefix`, in lower case, with its checksum."""
    values = _to_fives(data)
    remainder = _polymod([*_expand(prefix), *values, *([0] * _CHECKSUM_LENGTH)]) ^ 1
    checksum = [(remainder >> 5 * (5 - place)) & 31 for place in range(_CHECKSUM_LENGTH)]
    return f"{prefix}1" + "".join(_ALPHABET[value] for value in [*values, *checksum])


def decode_bech32(text: str) -> tuple[str, bytes]:
    """Return the human-readable prefix, in the case it came in, and the data of `text`.

    Raises:
        ValueError: mixed case, a character outside the alphabet, a wrong checksum or padding that is not
            zero. The message never repeats any of `text`.
    """
    lower = text.lower()
    if not text.isascii() or text not in (lower, text.upper()):
        raise ValueError("mixed case, or a character that does not belong")
    prefix, separator, letters = lower.rpartition("1")
    if not (separator and prefix and len(letters) >= _CHECKSUM_LENGTH):
        raise ValueError("no prefix or no checksum")
    if not all("!" <= letter <= "~" for letter in prefix) or not set(letters) <= _VALUE.keys():
        raise ValueError("a character that does not belong")
    values = [_VALUE[letter] for letter in letters]
    if _polymod([*_expand(prefix), *values]) != 1:
        raise ValueError("wrong checksum")
    return text[: len(prefix)], _from_fives(values[:-_CHECKSUM_LENGTH])


def _expand(prefix: str) -> list[int]:
    codes = prefix.encode("ascii")
    return [*(code >> 5 for code in codes), 0, *(code & 31 for code in codes)]


def _polymod(values: list[int]) -> int:
    remainder = 1
    for value in values:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            remainder ^= term if (top >> bit) & 1 else 0
    return remainder


def _to_fives(data: bytes) -> list[int]:
    bits = "".join(f"{byte:08b}" for byte in data)
    return [int(bits[start : start + 5].ljust(5, "0"), 2) for start in range(0, len(bits), 5)]


def _from_fives(values: list[int]) -> bytes:
    bits = "".join(f"{value:05b}" for value in values)
    whole = len(bits) // 8 * 8
    if len(bits) - whole > 4 or "1" in bits[whole:]:
        raise ValueError("wrong padding")
    return bytes(int(bits[start : start + 8], 2) for start in range(0, whole, 8))
