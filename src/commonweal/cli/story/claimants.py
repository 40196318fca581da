"""Synthetic claimants: 20,000 people who do not exist, with a National Insurance prefix that is never issued."""

import csv
import random
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from pathlib import Path

COUNT = 20_000
COUNCIL = "E09000022"
_COUNCILS = {COUNCIL: "SW2", "E09000028": "SE15", "E09000023": "SE13", "E09000032": "SW11", "E09000008": "CR0"}
_GIVEN = ("Amara", "Bilal", "Carys", "Dafydd", "Eilidh", "Farah", "Gethin", "Isla", "Kwame", "Mairi", "Priya", "Zofia")
_FAMILY = ("Abara", "Bevan", "Chowdhury", "Davies", "Fraser", "Hussain", "Kaur", "Nowak", "Okafor", "Patel", "Walsh")


@dataclass(frozen=True, slots=True)
class Claimant:
    """One row of the closed source."""

    nino: str
    name: str
    date_of_birth: str
    postcode: str
    council: str
    award: str


def make_claimants(seed: int = 2020) -> list[Claimant]:
    """Return the claimants; the same seed gives the same people."""
    chance = random.Random(seed)  # noqa: S311  people who do not exist need no secret
    numbers = chance.sample(range(1_000_000), COUNT)
    return [_claimant(chance, number) for number in numbers]


def _claimant(chance: random.Random, number: int) -> Claimant:
    council = chance.choice(tuple(_COUNCILS))
    born = date(1940, 1, 1) + timedelta(days=chance.randrange(24_000))
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    postcode = f"{_COUNCILS[council]} {chance.randrange(1, 10)}{chance.choice(letters)}{chance.choice(letters)}"
    return Claimant(
        nino=f"QQ{number:06d}{chance.choice('ABCD')}",
        name=f"{chance.choice(_GIVEN)} {chance.choice(_GIVEN)[0]} {chance.choice(_FAMILY)}",
        date_of_birth=born.isoformat(),
        postcode=postcode,
        council=council,
        award=f"{chance.randrange(500, 12_000) / 100:.2f}",
    )


def write_claimants(path: Path, claimants: list[Claimant]) -> None:
    """Write the closed source, for its owner's eyes only."""
    path.touch(mode=0o600)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([each.name for each in fields(Claimant)])
        writer.writerows(astuple(each) for each in claimants)


def forms_of(claimant: Claimant) -> Iterator[bytes]:
    """Yield the forms in which a person's particulars must not be found in the home."""
    from base64 import b64encode
    from hashlib import md5, sha1, sha256

    for text in (claimant.nino, claimant.nino.lower(), claimant.name, f"{claimant.nino[:2]} {claimant.nino[2:]}"):
        plain = text.encode()
        yield plain
        yield text.encode("utf-16-le")
        yield plain.hex().encode()
        yield b64encode(plain).rstrip(b"=")[:-1]
        for digest in (md5, sha1, sha256):
            found = digest(plain, usedforsecurity=False)
            yield found.digest()
            yield found.hexdigest().encode()
