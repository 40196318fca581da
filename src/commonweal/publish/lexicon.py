"""The words by which a field's name, or a list of values, tells what the field may reveal."""

import re
from dataclasses import dataclass

from .kinds import Classification

NOTHING = "nothing shows that it is not personal"
_SPACES = re.compile(r"[_.\s/()-]+")
_SPECIAL = "the name speaks of a special category (UK GDPR, Article 9)"
_PERSON = "the name speaks of a person"


@dataclass(frozen=True, slots=True)
class Sense:
    """What a name says: a `kind` such as `date-of-birth` or empty, a classification, and why in words."""

    kind: str
    classification: Classification
    evidence: str


@dataclass(frozen=True, slots=True)
class WordList:
    """Values that are words of one kind, such as religions; matched on the whole value in small letters."""

    kind: str
    classification: Classification
    pattern: str
    evidence: str


def _special(kind: str, pattern: str, what: str) -> tuple[str, Classification, str, str]:
    return kind, Classification.SPECIAL, pattern, f"{_SPECIAL}: {what}"


def _person(kind: str, pattern: str, what: str = "") -> tuple[str, Classification, str, str]:
    return kind, Classification.PERSONAL, pattern, f"the name says {what}" if what else _PERSON


_NAMES = (
    _special("ethnicity", r"ethnic|\brace\b|nationality of origin", "ethnicity"),
    _special("religion", r"religio|\bfaith\b|\bbelief", "religion or belief"),
    _special("sexuality", r"sexual|\borientation|gender reassign|transgender", "sex life or orientation"),
    _special("union", r"union member|trade union|\bunion\b", "membership of a trade union"),
    _special("politics", r"political|party member", "political opinion"),
    _special(
        "health",
        r"\bhealth\b(?! (board|authority|trust|body))|diagnos|disab|medical|illness|\bicd\b|pregnan|"
        r"vaccin|allerg|medication|\bsend\b|\bcause of death",
        "health",
    ),
    _special("biometric", r"biometric|genetic|fingerprint|\bdna\b", "biometric or genetic data"),
    _person("crime", r"convict|offen[cd]e|caution|criminal", "criminal offences (UK GDPR, Article 10)"),
    _person("nino", r"nino\b|national insurance|\bni (no|num)", "National Insurance number"),
    _person("nhs-number", r"nhs (no|num)|\bchi (no|num)|\bh ?c (no|num)|patient id", "NHS number"),
    _person("upn", r"\bupn\b|pupil (no|num|id)", "pupil number"),
    _person("utr", r"\butr\b|taxpayer", "taxpayer reference"),
    _person("passport", r"passport|driving licen|licen[cs]e no|\bnass\b", "passport or licence"),
    _person("date-of-birth", r"date of birth|birth ?da|\bdob\b|year of birth|\bborn\b|\bbirth\b", "date of birth"),
    _person("age", r"\bage\b|age (band|group|range)", "age"),
    _person("sex", r"\bsex\b|gender", "sex or gender"),
    _person("marital-status", r"marital|civil partner", "marital status"),
    _person("postcode", r"post ?code", "postcode"),
    _person("address", r"address|house (no|num|name)|\buprn\b", "address"),
    _person("email", r"e ?mail", "email address"),
    _person("phone", r"phone|mobile|\bfax\b|\btel\b", "telephone number"),
    _person("bank-account", r"sort code|\biban\b|bank account|account (no|num)", "bank account"),
    _person(
        "person-name",
        r"forename|surname|first ?name|last ?name|family name|given name|full name|maiden",
        "a person's name",
    ),
    _person("occupation", r"occupation|job title", "occupation"),
)
_LAST = (_person("name", r"\bname$"),)
_COUNTED_BY_SEX = r"\b(no|number|count|total) (of )?(male|female|gender|men|women|boys|girls)"
_SUPPLIER = r"supplier|vendor|payee"
_ORGANISATION = (
    r"(school|la|local authority|area|trust|org\w*|council|borough|ward|region|site|department|body|official|supplier)"
    r" names?( cy)?"
)
_PLAIN = (
    r"amount|total|count|number of|budget|cost|price|invoice|department|directorate|body|organisation|council|region|"
    r"category|description|quarter|year|month|period|rate|percent|stock|item|currency|expen[sd]|service|"
    r"cost cent|contract|procure|vat|nett?|borough|ward|lsoa|trust|school|constituency|country|area code"
)
COUNTED = re.compile(
    r"claimants?|patients?|pupils?|cases|deaths|births|attendances|admissions|residents|households?|people|persons?|"
    r"staff|headcount|offences|children|over \d\d|under \d\d|claims"
)
"""A name that speaks of how many people."""

WORD_LISTS = (
    WordList(
        "ethnicity",
        Classification.SPECIAL,
        r"(any other )?(white|black|asian|mixed|arab|gypsy|roma|irish traveller|chinese|indian|pakistani|bangladeshi|"
        r"african|caribbean)( ?[-:,/]? ?(or|and|british|english|welsh|scottish|irish|other|background|african|"
        r"caribbean|asian|black|white|mixed|indian|pakistani|bangladeshi|chinese|traveller|roma|gypsy|multiple|ethnic|group))*",
        "words for ethnicity",
    ),
    WordList(
        "religion",
        Classification.SPECIAL,
        r"christian|muslim|islam|hindu|sikh|jewish|judaism|buddhist|catholic|roman catholic|church of england|"
        r"methodist|anglican|presbyterian|pagan|atheist|agnostic|no religion",
        "words for religion",
    ),
    WordList(
        "sexuality",
        Classification.SPECIAL,
        r"heterosexual|straight( or heterosexual)?|homosexual|gay( or lesbian)?|lesbian|bisexual|transgender",
        "words for sexual orientation",
    ),
    WordList(
        "health",
        Classification.SPECIAL,
        r"(type [12] )?diabetes|asthma|cancer|depression|anxiety|epilepsy|dementia|copd|hiv|autism|adhd|schizophrenia|"
        r"stroke|heart disease|hypertension|disabled|not disabled|wheelchair user|learning disability|"
        r"hearing impairment|visual impairment",
        "words for health",
    ),
    WordList(
        "union",
        Classification.SPECIAL,
        r"unison|unite( the union)?|gmb|nasuwt|neu|usdaw|aslef|rmt|ucu|fbu|prospect",
        "names of trade unions",
    ),
    WordList(
        "sex", Classification.PERSONAL, r"m|f|male|female|man|woman|boy|girl|non-binary", "words for sex or gender"
    ),
)
ORGANISATION_WORDS = re.compile(
    r"\b(ltd|limited|plc|llp|inc|council|trust|nhs|school|academy|college|university|department|ministry|association|"
    r"society|services|group|company|hospital|surgery|board|authority|borough|commission|agency|office|centre|church|"
    r"foundation|partnership|committee|institute|jobcentre|constabulary|police)\b",
    re.IGNORECASE,
)


def plain_name(name: str) -> str:
    """Return a field's name in small letters, its words parted by single spaces."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return _SPACES.sub(" ", parted.casefold()).strip()


def read_name(name: str, *, is_text: bool) -> Sense:
    """Return what a field's name says; what is unknown counts as personal.

    `is_text` is false of a field whose values are numbers, dates or true and false.
    """
    plain = plain_name(name)
    if re.search(_SUPPLIER, plain):
        evidence = "the name speaks of suppliers, who may be sole traders: look before you confirm"
        return Sense("supplier", Classification.PERSONAL, evidence)
    if re.search(_COUNTED_BY_SEX, plain):
        return Sense("count", Classification.DISCLOSIVE, "the name counts people by sex or gender")
    if re.fullmatch(_ORGANISATION, plain):
        return Sense("organisation", Classification.NOT_PERSONAL, "the name speaks of organisations or places")
    for kind, classification, pattern, evidence in (*_NAMES, *_LAST):
        if re.search(pattern, plain):
            return Sense(kind, classification, evidence)
    if re.search(_PLAIN, plain) and (not is_text or not re.search(r"person|officer", plain)):
        return Sense("plain", Classification.NOT_PERSONAL, "the name speaks of money, things or organisations")
    return Sense("", Classification.PERSONAL, NOTHING)
