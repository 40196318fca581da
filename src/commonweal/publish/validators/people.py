"""Numbers that stand for a person: NHS, CHI, Health and Care, National Insurance, tax and pupil numbers."""

from commonweal.publish.kinds import Classification

from .form import DIGITS, CheckCharacter, CheckSum, Shape, Validator

_PERSONAL = Classification.PERSONAL
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_MOD_11 = CheckSum((10, 9, 8, 7, 6, 5, 4, 3, 2, 1), 11, (0,), "its check digit does not fit its other digits")
_TEST = ("999[0-9]{7}", "The range 999 is kept for tests.")
_SHORT_MONTHS = "3[01]02[0-9]*|31(?:04|06|09|11)[0-9]*"
_NO_LEAP_DAY = "2902(?:[0-9][13579]|[02468][26]|[13579][048])[0-9]*"

NHS_NUMBER = Validator(
    "nhs-number",
    "NHS number",
    "NHS Data Model and Dictionary, NHS Number: ten digits, the last a check digit by modulus 11. The numbers of "
    "Scotland and Northern Ireland are made alike.",
    (
        Shape("[0-9]{10}", "it has not ten digits"),
        Shape("0{10}", "its digits are all nought", unlike=True),
        _MOD_11,
    ),
    _PERSONAL,
    gaps=" ",
    notes=(_TEST,),
)

CHI_NUMBER = Validator(
    "chi-number",
    "CHI number",
    "Community Health Index, Public Health Scotland data dictionary: the day of birth as DDMMYY, three digits, and a "
    "check digit by modulus 11.",
    (
        Shape(
            "(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])[0-9]{6}",
            "it has not ten digits with a day of birth before",
        ),
        Shape(f"{_SHORT_MONTHS}|{_NO_LEAP_DAY}", "it begins with a day that no month has", unlike=True),
        _MOD_11,
    ),
    _PERSONAL,
    gaps=" ",
    mends=lambda text: (f"0{text}",),
)

HC_NUMBER = Validator(
    "hc-number",
    "Health and Care number",
    "Health and Care Number of Northern Ireland: ten digits from the range 320 to 399, the last a check digit by "
    "modulus 11.",
    (Shape("3[2-9][0-9]{8}", "it has not ten digits that begin with 32 to 39"), _MOD_11),
    _PERSONAL,
    gaps=" ",
)

NINO = Validator(
    "nino",
    "National Insurance number",
    "HMRC National Insurance Manual, NIM39110: neither D, F, I, Q, U nor V in the prefix, no O second, and not BG, GB, "
    "KN, NK, NT, TN or ZZ; six digits; a suffix A to D, which some systems leave out.",
    (
        Shape("[A-Z]{2}[0-9]{6}[A-D]?", "it has not two letters, six digits and a letter A to D"),
        Shape("[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z].*", "its prefix has a letter that no National Insurance number has"),
        Shape("(?:BG|GB|KN|NK|NT|TN|ZZ).*", "its prefix is one that is never issued", unlike=True),
    ),
    _PERSONAL,
    gaps=" ",
)

UTR = Validator(
    "utr",
    "Unique Taxpayer Reference",
    "HMRC, Unique Taxpayer Reference: ten digits, the first a check digit by modulus 11, and sometimes a K.",
    (
        Shape("[0-9]{10}K?", "it has not ten digits"),
        CheckCharacter(
            (0, 6, 7, 8, 9, 10, 5, 4, 3, 2),
            11,
            "21987654321",
            1,
            told="its first digit is not the check digit of the others",
        ),
    ),
    _PERSONAL,
    gaps=" ",
)

UPN = Validator(
    "upn",
    "Unique Pupil Number",
    "Department for Education, Unique pupil numbers, guide for schools and local authorities: a check letter by "
    "modulus 23, eleven digits, and a digit or, of a temporary number, a letter.",
    (
        Shape(f"[{_UPN_LETTERS}][0-9]{{11}}[0-9{_UPN_LETTERS}]", "it has not a letter, eleven digits and one more"),
        CheckCharacter(
            (0, *range(2, 14)),
            23,
            _UPN_LETTERS,
            1,
            _UPN_LETTERS + DIGITS,
            "its first letter is not the check letter of the others",
        ),
    ),
    _PERSONAL,
    notes=(("[A-Z][0-9]{11}[A-Z]", "A letter at the end makes it a temporary number."),),
)

VALIDATORS = (NHS_NUMBER, CHI_NUMBER, HC_NUMBER, NINO, UTR, UPN)
