"""The categories of data that a dataset holds of people, as its contract, its title and its keywords tell them."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from commonweal.law import PERSONAL, DataCategory, RulePack
from commonweal.publish import Classification, Dataset, Field, class_of, detect_field

_ABOUT_PEOPLE = frozenset({Classification.PERSONAL, Classification.SPECIAL})
_NOT_A_SUBJECT = frozenset(
    {"adults", "children", "identity", "address", "income", "employment", "location", "de-identified"}
)
"""Categories that a title says little by, since tables of every subject hold them."""

_CALLED: Mapping[str, str] = MappingProxyType(
    {
        "bank-account": "bank details",
        "chi-number": "nhs number",
        "crime": "offences",
        "hc-number": "nhs number",
        "iban": "bank details",
        "name": "name",
        "occupation": "employment",
        "person-name": "name",
        "union": "trade union",
        "upn": "pupils",
        "utr": "tax",
    }
)
"""What the pack calls a kind of field that it has under another name."""


def tell_data(pack: RulePack, dataset: Dataset, asked: Iterable[str]) -> Mapping[str, str] | None:
    """Return the categories of the fields that are asked, each with its classification; None where nobody is told of.

    A field about people is told by its validator, its name, and the words of the pack in its name; the dataset adds
    what its keywords name and its title mentions. A field by which nothing can be told is data about people of a kind
    that nobody named: so what is told only adds to what a gateway has to cover, and to what may restrict it.
    """
    wanted = frozenset(asked)
    fields = [each for each in dataset.contract.fields if each.name in wanted and class_of(each) in _ABOUT_PEOPLE]
    if not fields:
        return None
    subjects = _of_people(_subjects(pack, dataset))
    told = {each.name: _of_people(_tell_field(pack, each)) for each in fields}
    known = {each.code: each.classification for found in (subjects, *told.values()) for each in found}
    everything_told = bool(known) and (bool(subjects) or all(told.values()))
    return known if everything_told else {PERSONAL: PERSONAL, **known}


def _tell_field(pack: RulePack, field: Field) -> Iterator[DataCategory]:
    for kind in filter(None, (field.validator, detect_field(field.name).kind)):
        yield from pack.find_data(_CALLED.get(kind, kind.replace("-", " "))).categories
    yield from pack.find_mentioned(field.name)


def _subjects(pack: RulePack, dataset: Dataset) -> Iterator[DataCategory]:
    for word in dataset.keywords:
        yield from pack.find_mentioned(word)
    titles = (dataset.title, dataset.contract.title, dataset.name)
    yield from (each for text in titles for each in pack.find_mentioned(text) if each.code not in _NOT_A_SUBJECT)


def _of_people(found: Iterable[DataCategory]) -> tuple[DataCategory, ...]:
    about = (each for each in found if each.classification in {"personal", "special-category"})
    return tuple(dict.fromkeys(about))
