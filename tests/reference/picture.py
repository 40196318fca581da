"""The picture of the house: every room on the one-way street, and an arrow for each room that imports another."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import grimp

from .source import ROOT
from .words import explain

SHELL = ("adapters", "node", "web", "cli")

WIDTH = 400
LEFT, RIGHT = 92, 308  # of the rooms; there is room for arrows on either side
EDGE = 384
TOP = 118
ROW, HEIGHT = 43, 36
GAP = 58  # between the rooms and the shell
LANES = {"adapters": 70, "node": 52, "web": 34, "cli": 16}
SLOTS = {"adapters": 8, "node": 15, "web": 22, "cli": 29}
WEIGHTS = {10: (2.9, "in ten places or more"), 4: (2.1, "in four places or more"), 2: (1.5, "in two or three places")}
WEIGHTS |= {1: (0.9, "in one place")}  # by number of modules, so that the picture changes only when the house does
REACH = 74  # how far an arrow between rooms swings out at most

STYLE = """
    svg { --paper: #fdfcf9; --panel: #f1f5f9; --box: #ffffff; --line: #9fb3c8; --ink: #14202b; --soft: #475869;
      --room: #1f5f99; --adapters: #a84a0b; --node: #6a3aa6; --web: #0f6f50; --cli: #a3245a; --on: #ffffff; }
    @media (prefers-color-scheme: dark) {
      svg { --paper: #10171f; --panel: #18222d; --box: #213041; --line: #47607a; --ink: #f0f4f8; --soft: #b4c2d0;
        --room: #7db8ee; --adapters: #f2a365; --node: #c3a2f2; --web: #62cfa5; --cli: #f28bb5; --on: #10171f; } }
    text { font-family: system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink); }
    .title { font-size: 19px; font-weight: 700; } .group { font-size: 14px; font-weight: 700; }
    .soft { font-size: 12px; fill: var(--soft); } .name { font-size: 14px; font-weight: 700; }
    .paper { fill: var(--paper); } .panel { fill: var(--panel); } .box { fill: var(--box); stroke: var(--line); }
    .arrow { fill: none; stroke-linejoin: round; } .shell text { fill: var(--on); }
    .of-room { stroke: var(--room); } .head.of-room { fill: var(--room); stroke: none; }""" + "".join(
    f"""
    .of-{each} {{ stroke: var(--{each}); }} .head.of-{each} {{ fill: var(--{each}); stroke: none; }}
    .box-{each} {{ fill: var(--{each}); }}"""
    for each in SHELL
)


@dataclass(frozen=True)
class Box:
    """A room's box, by its upper left corner and its width."""

    x: float
    y: float
    width: float


@dataclass(frozen=True)
class House:
    """The rooms in their order, those side by side in one tuple, and how often each imports another."""

    street: Sequence[tuple[str, ...]]
    imports: Mapping[tuple[str, str], int]

    @property
    def rooms(self) -> list[str]:
        """Return every room, from the top."""
        return [room for level in self.street for room in level]

    def imported_by(self, room: str) -> list[str]:
        """Return the rooms that a room imports, from the top."""
        return [each for each in self.rooms if (room, each) in self.imports]


def read_house() -> House:
    """Return the house as the layers contract orders it and the import graph fills it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(each["layers"] for each in contracts if each["id"] == "flow")
    graph = grimp.build_graph("commonweal", cache_dir=None)
    counted: Counter[tuple[str, str]] = Counter()
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            if "." in importer and "." in imported and _room(importer) != _room(imported):
                counted[_room(importer), _room(imported)] += 1
    return House([tuple(sorted(each.split(" | "), reverse=True)) for each in reversed(layers)], counted)


def _room(module: str) -> str:
    return module.split(".")[1]


def draw_architecture() -> str:
    """Return the picture as SVG."""
    house = read_house()
    boxes = _place(house)
    height = round(max(each.y for each in boxes.values()) + HEIGHT + 34)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH * 1.3:.0f}" '
        f'height="{height * 1.3:.0f}" role="img" aria-labelledby="title desc">',
        '<title id="title">Commonweal: rooms on a one-way street, and who imports whom</title>',
        f'<desc id="desc">{escape(_described(house))}</desc>',
        f"<style>{STYLE}\n</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}" rx="12"/>',
        *_headings(boxes, height),
        *_room_arrows(house, boxes),
        *_shell_arrows(house, boxes),
        *_boxes(house, boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _described(house: House) -> str:
    told = [f"{each} imports {', '.join(up)}" for each in house.rooms if (up := house.imported_by(each))]
    return f"Each room imports only rooms above it. From the top: {', '.join(house.rooms)}. {'. '.join(told)}."


def _place(house: House) -> dict[str, Box]:
    boxes = {}
    y = TOP
    for level in house.street:
        y += GAP if level[0] == SHELL[0] else 0
        right = EDGE if level[0] in SHELL else RIGHT
        width = (right - LEFT - 8 * (len(level) - 1)) / len(level)
        for number, room in enumerate(level):
            boxes[room] = Box(LEFT + number * (width + 8), y, width)
        y += ROW
    return boxes


def _headings(boxes: Mapping[str, Box], height: int) -> Iterator[str]:
    shell = boxes[SHELL[0]].y
    yield '<text class="title" x="16" y="32">A one-way street of rooms</text>'
    yield '<text class="soft" x="16" y="52">Arrows are imports, and all run upwards. Thick: many.</text>'
    yield f'<rect class="panel" x="84" y="66" width="308" height="{shell - GAP - 66 + 2:g}" rx="10"/>'
    yield _text("group", LEFT, 87, "Rooms decide")
    yield _text("soft", LEFT, 104, "Values in, values out. No file, no socket.")
    yield f'<rect class="panel" x="84" y="{shell - 48:g}" width="308" height="{height - shell + 40:g}" rx="10"/>'
    yield _text("group", LEFT, shell - 27, "The shell acts")
    yield _text("soft", LEFT, shell - 10, "All technology is here, and both faces.")


def _boxes(house: House, boxes: Mapping[str, Box]) -> Iterator[str]:
    words = explain("rooms", house.rooms)
    for room, box in boxes.items():
        group, kind = ("shell", f"box-{room}") if room in SHELL else ("room", "box")
        yield f'<g class="{group}">'
        yield f'<rect class="{kind}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{HEIGHT}" rx="7"/>'
        yield _text("name", box.x + 10, box.y + 15.5, room)
        yield _text("soft", box.x + 10, box.y + 30, words[room])
        yield "</g>"


def _room_arrows(house: House, boxes: Mapping[str, Box]) -> Iterator[str]:
    """Yield the arrows between rooms: they swing out to the right, the further the longer they are."""
    pairs = [(one, other) for one, other in house.imports if one not in SHELL]
    longest = max(boxes[one].y - boxes[other].y for one, other in pairs)
    for one, other in sorted(pairs, key=lambda pair: (boxes[pair[0]].y, boxes[pair[1]].y)):
        start, end = boxes[one].y + 26, boxes[other].y + 12
        swing = 14 + (REACH * 4 / 3 - 14) * (boxes[one].y - boxes[other].y) / longest
        path = f"M{RIGHT} {start:g}C{RIGHT + swing:.1f} {start:g} {RIGHT + 7 + swing:.1f} {end:g} {RIGHT + 7} {end:g}"
        yield _arrow("room", path, f"M{RIGHT + 1} {end:g}l8 -4v8z", (one, other), house)


def _shell_arrows(house: House, boxes: Mapping[str, Box]) -> Iterator[str]:
    """Yield the arrows of the shell: a lane on the left for each part of it, with a branch into what it imports."""
    for one in SHELL:
        lane, slot, box = LANES[one], SLOTS[one], boxes[one]
        highest = min(boxes[each].y for each in house.imported_by(one)) + slot
        below = box.x > LEFT  # it stands behind another: its lane leaves from below
        start = box.y + HEIGHT + 9 if below else box.y + slot
        leaves = f"M{box.x + 20:g} {box.y + HEIGHT:g}V{start:g}" if below else f"M{LEFT} {start:g}"
        yield f'<path class="arrow of-{one}" stroke-width="2" d="{leaves}H{lane}V{highest:g}"/>'
        for other in house.imported_by(one):
            y = boxes[other].y + slot
            path = f"M{lane} {y:g}H{LEFT - 7}"
            yield _arrow(one, path, f"M{LEFT - 1} {y:g}l-8 -4v8z", (one, other), house)


def _arrow(kind: str, path: str, head: str, pair: tuple[str, str], house: House) -> str:
    width, times = next(weight for least, weight in WEIGHTS.items() if house.imports[pair] >= least)
    return (
        f'<g><title>{pair[0]} imports {pair[1]} {times}</title><path class="arrow of-{kind}" '
        f'stroke-width="{width}" d="{path}"/><path class="head of-{kind}" d="{head}"/></g>'
    )


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>'
