"""Plain words to the pack's own: a purpose that somebody describes, and data that they name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from commonweal.core import AmbiguousError, CommonwealError, InputError, NotFoundError
from commonweal.identity import fold_name

from .model import PERSONAL, UNKNOWN, DataCategory, Purpose

LONGEST_PURPOSE = 300
MOST_DATA = 30

_LITTLE = frozenset(
    (
        *("a", "an", "and", "any", "are", "as", "at", "by", "for", "from", "get", "give", "in", "is", "it", "its"),
        *("of", "on", "or", "our", "the", "their", "this", "to", "we", "who", "with"),
    )
)


class UnknownPurposeError(NotFoundError):
    """No purpose of the pack has that code or is described so; `reasons` lists near ones, or else all."""

    code = "law.unknown-purpose"
    default_advice = "Use the code of a purpose in the rule pack, such as `council-tax-reduction`."


class AmbiguousPurposeError(AmbiguousError):
    """The words fit more than one purpose of the pack; `reasons` lists them."""

    code = "law.ambiguous-purpose"
    default_advice = "Use the code at the start of one of the lines listed."


class DataWordsError(InputError):
    """The list of data is empty where it should not be, too long, or holds what is no word."""

    code = "law.data-words"
    default_advice = "Write words with commas, such as `benefits,address`."


@dataclass(frozen=True, slots=True)
class NamedPurpose:
    """The purpose that words were taken to mean; `exact` says that they name it, `near` are others that are close."""

    purpose: Purpose
    exact: bool
    near: tuple[Purpose, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedData:
    """The categories that words name, and the words that name none: those count as data about people."""

    categories: tuple[DataCategory, ...] = ()
    unknown: tuple[str, ...] = ()
    told: bool = False

    @property
    def classes(self) -> Mapping[str, str]:
        """Return the classification of each category; what nobody knows, or told, is taken for data about people."""
        known = {each.code: each.classification for each in self.categories}
        if not self.told:
            return {PERSONAL: PERSONAL}
        return {**known, UNKNOWN: PERSONAL} if self.unknown else known


def find_purpose(text: str, purposes: Mapping[str, Purpose]) -> NamedPurpose:
    """Return the purpose that a code or a plain description means; never a doubtful one.

    1. A code, a title or another word for one, whole, in any case.
    2. Otherwise the purposes whose code, title or other words stand in the text; of one that stands within another,
       the longer.
    3. Otherwise a purpose that shares every word of weight with the text, if it is the only one.

    Raises:
        UnknownPurposeError: none is meant; `reasons` lists near ones, or else all (`law.unknown-purpose`).
        AmbiguousPurposeError: several could be; `reasons` lists them (`law.ambiguous-purpose`).
    """
    wanted = fold_name(text[:LONGEST_PURPOSE])
    phrases = {purpose.code: _phrases(purpose) for purpose in purposes.values()}
    exact = [code for code, known in phrases.items() if wanted in known]
    if text.strip().lower() in purposes:
        exact = [text.strip().lower()]
    near = _near(text, wanted, purposes)
    meant = exact or _standing_in(wanted, phrases) or _sharing(wanted, purposes)
    if len(meant) == 1:
        others = tuple(purposes[code] for code in near if code != meant[0])
        return NamedPurpose(purposes[meant[0]], exact=bool(exact), near=others)
    raise _refusal(meant, near, purposes)


def _phrases(purpose: Purpose) -> frozenset[str]:
    return frozenset(fold_name(each) for each in (purpose.code, purpose.title, *purpose.also))


def _standing_in(wanted: str, phrases: Mapping[str, frozenset[str]]) -> list[str]:
    within = {code: [each for each in known if f" {each} " in f" {wanted} "] for code, known in phrases.items()}
    longest = {code: max(found, key=len) for code, found in within.items() if found}
    return [code for code, phrase in longest.items() if not any(_is_part(phrase, each) for each in longest.values())]


def _is_part(phrase: str, other: str) -> bool:
    return phrase != other and f" {phrase} " in f" {other} "


def _sharing(wanted: str, purposes: Mapping[str, Purpose]) -> list[str]:
    words = _weighty(wanted)
    if len(words) < 2:
        return []
    return [
        code
        for code, purpose in purposes.items()
        if words <= _weighty(fold_name(" ".join((purpose.title, purpose.description, *purpose.also))))
    ]


def _weighty(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in text.split() if word not in _LITTLE)


def _stem(word: str) -> str:
    for ending in ("ies", "ing", "es", "ed", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def _near(text: str, wanted: str, purposes: Mapping[str, Purpose]) -> list[str]:
    plain = text.strip().lower()[:100]
    close = get_close_matches(plain, purposes, n=3, cutoff=0.5)
    within = [code for code in purposes if plain and plain in code]
    words = _weighty(wanted)
    shared = {
        code: len(words & _weighty(fold_name(" ".join((purpose.title, *purpose.also)))))
        for code, purpose in purposes.items()
    }
    by_words = sorted((code for code in purposes if shared[code]), key=lambda code: -shared[code])[:3]
    return list(dict.fromkeys((*close, *within, *by_words)))[:5]


def _refusal(meant: list[str], near: list[str], purposes: Mapping[str, Purpose]) -> CommonwealError:
    if meant:
        return AmbiguousPurposeError(
            "The words fit more than one purpose of the rule pack.",
            reasons=tuple(f"{code}: {purposes[code].title}" for code in meant),
        )
    reasons = tuple(f"{code}: {purposes[code].title}" for code in near)
    every = (f"Its purposes are {', '.join(purposes)}.",)
    return UnknownPurposeError("The rule pack has no such purpose.", reasons=reasons or every)


def find_data(text: str, categories: Mapping[str, DataCategory]) -> NamedData:
    """Return the categories that a list in plain words names, with commas; words that name none are kept apart.

    Raises:
        DataWordsError: there are more than 30, or one is empty, too long or not printable (`law.data-words`).
    """
    if not text.strip():
        return NamedData()
    asked = [each.strip() for each in text.split(",")]
    if len(asked) > MOST_DATA or not all(0 < len(each) <= 80 and each.isprintable() for each in asked):
        raise DataWordsError(f"The data must be 1 to {MOST_DATA} words of 1 to 80 printable characters, with commas.")
    index = {_plain(word): each for each in categories.values() for word in (each.code, each.title, *each.also)}
    found = {word: index.get(_plain(word)) for word in asked}
    known = dict.fromkeys(each for each in found.values() if each)
    return NamedData(tuple(known), tuple(word for word, each in found.items() if each is None), told=True)


def find_mentioned(text: str, categories: Mapping[str, DataCategory]) -> tuple[DataCategory, ...]:
    """Return the categories of which a word stands within `text`, such as a title, in the order of the pack.

    Of a word that stands within a longer one found, such as `claim` in `claim reference`, only the longer counts.
    """
    plain = f" {_plain(text)} "
    words = {_plain(word): each for each in categories.values() for word in (each.title, *each.also)}
    found = {word: each for word, each in words.items() if f" {word} " in plain}
    longest = [each for word, each in found.items() if not any(_is_part(word, other) for other in found)]
    return tuple(each for each in categories.values() if each in longest)


def _plain(word: str) -> str:
    return re.sub(r"(?<=\w{3})s\b", "", fold_name(word))
