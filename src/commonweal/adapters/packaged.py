"""The registers, the maps, the rule pack and the templates of requests that ship inside the package."""

import tomllib
from functools import lru_cache
from importlib.resources import files

from commonweal.identity import Register, parse_bodies
from commonweal.insight import HexArea, parse_board_map
from commonweal.request import Template

_REGISTERS = ("government-organisations", "local-authorities", "nhs-trusts", "police-forces")


@lru_cache(maxsize=1)
def load_register() -> Register:
    """Return the register of UK public bodies, read once for the life of the process.

    Source: `commonweal/identity/registers/ATTRIBUTION.md` (Open Government Licence v3.0).
    """
    folder = files("commonweal.identity") / "registers"
    texts = [(folder / f"{name}.csv").read_text(encoding="utf-8") for name in _REGISTERS]
    return Register(body for text in texts for body in parse_bodies(text))


@lru_cache(maxsize=1)
def load_board_map() -> tuple[HexArea, ...]:
    """Return the hexagon map of England's integrated care boards, read once for the life of the process.

    Source: `commonweal/insight/maps/ATTRIBUTION.md` (MIT; names under the Open Government Licence v3.0).
    """
    return parse_board_map((files("commonweal.insight") / "maps" / "nhs-icb-2022.hexjson").read_text(encoding="utf-8"))


def load_common_pack_bytes() -> bytes:
    """Return the rule pack every node starts with, as the bytes whose SHA-256 is pinned."""
    return (files("commonweal.law") / "common-pack.yaml").read_bytes()


@lru_cache(maxsize=1)
def load_templates() -> tuple[Template, ...]:
    """Return the templates of access requests, read once; a member that no template has, or one left out, is an error.

    Raises:
        ValueError: the packaged file is not of the form of `Template`.
    """
    from pydantic import TypeAdapter

    document = tomllib.loads((files("commonweal.request") / "templates.toml").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[Template, ...]).validate_python(document["template"])
