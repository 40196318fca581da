"""Hexagon maps: each area is one hexagon of the same size, so that a small one is seen as well as a large one."""

import json
from dataclasses import dataclass

from commonweal.core import CommonwealError


class MapError(CommonwealError):
    """A map's file is not of the form this node reads."""

    code = "insight.map-malformed"
    default_advice = "Install Commonweal again: the maps are part of it."


@dataclass(frozen=True, slots=True)
class HexArea:
    """One area of a map: `column` counts hexagons from the west, `row` from the south; odd rows lie half east."""

    code: str
    name: str
    short: str
    column: int
    row: int


def parse_board_map(text: str) -> tuple[HexArea, ...]:
    """Return the integrated care boards of a HexJSON map, from north to south and west to east.

    Args:
        text: HexJSON in the layout `odd-r` (https://open-innovations.org/projects/hexmaps/hexjson), each hexagon
            keyed by its board's ODS code, with `n` its short and `ICS22NM` its official name.

    Raises:
        MapError: it is not (`insight.map-malformed`).
    """
    try:
        document = json.loads(text)
        if document["layout"] != "odd-r":
            raise ValueError("another layout")
        areas = [
            HexArea(code, hexagon["ICS22NM"].strip(), hexagon["n"], int(hexagon["q"]), int(hexagon["r"]))
            for code, hexagon in document["hexes"].items()
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise MapError("The map of integrated care boards cannot be read.") from None
    return tuple(sorted(areas, key=lambda each: (-each.row, each.column)))
