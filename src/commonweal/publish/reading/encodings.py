"""Finds the encoding of a text by rules, and says by which one and how sure it is."""

import codecs
import re
from dataclasses import dataclass

from commonweal.publish.errors import SourceError

SAMPLE = 1 << 16

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32, the low byte first"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32, the high byte first"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16, the low byte first"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16, the high byte first"),
)
_C1 = bytes(range(0x80, 0xA0))
_BUT_C1 = bytes(each for each in range(256) if each not in _C1)
_UNDEFINED = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
_CONTROLS = frozenset(range(0x20)) - set(b"\t\n\v\f\r\x1a\0")
_EBCDIC_LETTERS = ((0x81, 0x8A), (0x91, 0x9A), (0xA2, 0xAA), (0xC1, 0xCA), (0xD1, 0xDA), (0xE2, 0xEA), (0xF0, 0xFA))
_EBCDIC = bytes([0x40, *(each for first, end in _EBCDIC_LETTERS for each in range(first, end))])
_ASCII = bytes([0x09, 0x0A, *range(0x20, 0x25), *range(0x26, 0x40)])
_EBCDIC_VARIANTS = bytes([0x4A, 0x4F, 0x5A, 0x5F, 0xB0, 0xBA, 0xBB])
_KEPT = re.compile("[\udc00-\udcff]")
_MOST_CONTROLS = 4


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding by the name of its codec, whether the evidence leaves a doubt, and the evidence in words.

    `is_flawed` is true when some lines may hold bytes that do not decode or NULs, `has_daggers` when U+2020 may occur.
    """

    name: str
    reason: str
    sure: bool = True
    is_flawed: bool = True
    has_daggers: bool = True

    @property
    def told(self) -> str:
        """Say what was found, for a person."""
        return f"The encoding is {'' if self.sure else 'likely '}{self.name.upper()}: {self.reason}."


def find_marked(head: bytes) -> Encoding | None:
    """Return the encoding that the beginning of a source settles by itself, or None for text of one byte a letter.

    A mark at the beginning settles it, then NUL at every other byte (UTF-16), then the bytes of EBCDIC letters,
    digits and blanks with next to none of ASCII's blanks and digits.
    """
    for mark, name, told in _MARKS:
        if head.startswith(mark):
            return None if name == "utf-8" else Encoding(name, f"the file begins with the mark of {told}")
    return _find_nul_pattern(head[:SAMPLE]) or _find_ebcdic(head[:SAMPLE])


def verify_text(head: bytes) -> None:
    """Refuse a beginning that is of no text, whatever its encoding: too many kinds of control bytes, or NULs.

    Raises:
        SourceError: it is.
    """
    sample = head[:SAMPLE]
    if len(_CONTROLS.intersection(sample)) > _MOST_CONTROLS or sample.count(0) * 4 > len(sample):
        raise SourceError("The source is not text: its beginning holds many control bytes.")


class ByteSurvey:
    """Goes through all bytes of a source once, to tell UTF-8 from the encodings of one byte a letter."""

    def __init__(self, keep: str) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(keep)
        self._is_marked: bool | None = None
        self._wide = self._bad = self._nuls = 0
        self._c1: set[int] = set()

    def feed(self, block: bytes) -> None:
        """Take in the next bytes."""
        if self._is_marked is None:
            self._is_marked = block.startswith(codecs.BOM_UTF8)
        self._nuls += block.count(0)
        if not block.isascii():
            self._c1.update(block.translate(None, _BUT_C1))
        self._count(self._decoder.decode(block), len(block))

    def encoding(self) -> Encoding:
        """Return what all bytes together show."""
        self._count(self._decoder.decode(b"", final=True), 0)
        flawed = bool(self._nuls)
        if self._is_marked:
            return Encoding("utf-8", "the file begins with the mark of UTF-8", is_flawed=flawed or bool(self._bad))
        if not self._bad:
            told = "every byte decodes, and letters beyond ASCII occur" if self._wide else "it is plain ASCII"
            return Encoding("utf-8", told, is_flawed=flawed, has_daggers=bool(self._wide))
        if self._wide >= self._bad:
            told = f"most letters beyond ASCII decode; {self._bad:,} bytes do not, and their rows are set aside"
            return Encoding("utf-8", told, sure=False)
        return self._narrow(is_flawed=flawed)

    def _narrow(self, *, is_flawed: bool) -> Encoding:
        if not self._c1:
            told = "it is not UTF-8, and no byte tells Windows-1252 from Latin-1, which reads the same"
            return Encoding("cp1252", told, is_flawed=is_flawed)
        if self._c1 & _UNDEFINED:
            told = "it is not UTF-8; rows with bytes that Windows-1252 does not have are set aside"
            return Encoding("cp1252", told, sure=False)
        told = "it is not UTF-8, and holds quotation marks, dashes or letters that only Windows-1252 has"
        return Encoding("cp1252", told, is_flawed=is_flawed)

    def _count(self, text: str, size: int) -> None:
        if not text.isascii():
            bad = len(_KEPT.findall(text))
            self._bad += bad
            self._wide += max(0, sum(map(_is_wide, text)) - bad) if bad else size - len(text)


def _is_wide(letter: str) -> bool:
    return letter > "\x7f"


def _find_nul_pattern(sample: bytes) -> Encoding | None:
    pairs = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    for name, few, many in (("utf-16-le", even, odd), ("utf-16-be", odd, even)):
        if pairs and many * 10 >= pairs * 6 and few * 50 <= pairs:
            return Encoding(name, "every other byte is NUL, as in UTF-16 without a mark", sure=False)
    return None


def _find_ebcdic(sample: bytes) -> Encoding | None:
    if not sample or (len(sample) - len(sample.translate(None, _ASCII))) * 100 > len(sample):
        return None
    if (len(sample) - len(sample.translate(None, _EBCDIC))) * 10 < len(sample) * 6:
        return None
    name = "cp500" if sample.count(0xBB) > sample.count(0x4F) else "cp037"
    sure = len(sample.translate(None, _EBCDIC_VARIANTS)) == len(sample)
    told = "letters, digits and blanks are where EBCDIC has them"
    doubt = "" if sure else "; a few signs such as brackets and bars differ between its variants"
    return Encoding(name, told + doubt, sure=sure)
