"""The life of an agreement: its acts as a table and its states as a picture, both from the table of the code."""

from collections.abc import Iterator
from html import escape

from commonweal.agree import BEGINNINGS, EMERGENCY_ACTS, TRANSITIONS, Act, AgreementStatus, Transition
from commonweal.identity import PERMISSIONS, Role

from .tables import code, codes, page, table

WIDTH, HEIGHT = 400, 480
BOX = 36
GROUP = (AgreementStatus.SIGNED, AgreementStatus.STANDBY, AgreementStatus.SUSPENDED)
"""The statuses in one frame: an act that begins from all of them begins at the frame."""
FRAME = (24, 166, 338, 208)
PLACES = {
    AgreementStatus.OFFERED: (140, 92, 120),
    AgreementStatus.SIGNED: (40, 200, 120),
    AgreementStatus.STANDBY: (226, 200, 120),
    AgreementStatus.SUSPENDED: (133, 292, 120),
    AgreementStatus.SUPERSEDED: (40, 418, 120),
    AgreementStatus.REVOKED: (226, 418, 120),
}
"""For each status the left, the top and the width of its box."""

Place = AgreementStatus | str
PATHS: dict[tuple[Place, Place], tuple[str, tuple[float, float], str]] = {
    ("start", AgreementStatus.OFFERED): ("M200 66V84", (207, 80), "start"),
    ("start", AgreementStatus.SIGNED): ("M194 60C50 60 50 140 50 192", (64, 92), "end"),
    ("start", AgreementStatus.STANDBY): ("M206 60C338 60 338 140 338 192", (322, 92), "start"),
    (AgreementStatus.OFFERED, AgreementStatus.SIGNED): ("M155 128C155 150 140 150 140 192", (138, 156), "end"),
    (AgreementStatus.OFFERED, AgreementStatus.STANDBY): ("M245 128C245 150 260 150 260 192", (262, 156), "start"),
    (AgreementStatus.SIGNED, AgreementStatus.SUSPENDED): ("M80 236C80 285 100 304 125 304", (76, 262), "end"),
    (AgreementStatus.SUSPENDED, AgreementStatus.SIGNED): ("M160 292C160 262 140 268 140 244", (136, 266), "end"),
    (AgreementStatus.STANDBY, AgreementStatus.SUSPENDED): ("M306 236C306 285 286 304 261 304", (310, 262), "start"),
    (AgreementStatus.SUSPENDED, AgreementStatus.STANDBY): ("M226 292C226 262 246 268 246 244", (250, 266), "start"),
    ("group", AgreementStatus.SUPERSEDED): ("M100 374V410", (106, 388), "start"),
    ("group", AgreementStatus.REVOKED): ("M262 374V410", (268, 388), "start"),
    (AgreementStatus.SUPERSEDED, AgreementStatus.REVOKED): ("M160 436H218", (189, 430), "middle"),
    (AgreementStatus.OFFERED, AgreementStatus.REVOKED): ("M260 110H384V436H354", (371, 190), "turned"),
}
"""For each arrow its way, where its words stand, and how they are anchored there."""

STYLE = """
    svg { --paper: #fdfcf9; --panel: #f1f5f9; --box: #ffffff; --line: #47607a; --ink: #14202b; --soft: #475869;
      --open: #0f6f50; --wait: #1f5f99; --stop: #a84a0b; --over: #8c2f2f; }
    @media (prefers-color-scheme: dark) {
      svg { --paper: #10171f; --panel: #18222d; --box: #213041; --line: #9fb3c8; --ink: #f0f4f8; --soft: #b4c2d0;
        --open: #62cfa5; --wait: #7db8ee; --stop: #f2a365; --over: #f2a0a0; } }
    text { font-family: system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink); }
    .title { font-size: 19px; font-weight: 700; } .soft { font-size: 12px; fill: var(--soft); }
    .name { font-size: 14px; font-weight: 700; text-anchor: middle; } .word { font-size: 12px; }
    .paper { fill: var(--paper); } .panel { fill: var(--panel); }
    .box { fill: var(--box); stroke-width: 2; } .arrow { fill: none; stroke: var(--line); stroke-width: 1.6; }
    .head, .dot { fill: var(--line); }
    .offered { stroke: var(--wait); } .standby { stroke: var(--wait); } .signed { stroke: var(--open); }
    .suspended { stroke: var(--stop); } .superseded { stroke: var(--over); } .revoked { stroke: var(--over); }"""


HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="0" refY="4" markerWidth="8" markerHeight="8" '
    'markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 0L8 4L0 8Z"/></marker></defs>'
)


def arrows() -> dict[tuple[Place, Place], list[str]]:
    """Return what leads from where to where, with its words: acts that begin everywhere in the frame begin at it."""
    found: dict[tuple[Place, Place], list[str]] = {}
    for beginning in BEGINNINGS:
        for end in beginning.ends:
            found.setdefault((beginning.start or "start", end), []).append(beginning.word)
    for each in TRANSITIONS.values():
        for start in _starts(each):
            for end in each.ends:
                found.setdefault((start, end), []).append(each.act.value)
    return found


def staying() -> list[Act]:
    """Return the acts that leave the status as it is; all begin from the frame."""
    return [each.act for each in TRANSITIONS.values() if not each.ends and set(each.starts) == set(GROUP)]


def _starts(each: Transition) -> list[Place]:
    if not set(GROUP) <= set(each.starts):
        return [*each.starts]
    return ["group", *(status for status in each.starts if status not in GROUP)]


def draw_life() -> str:
    """Return the picture of the states as SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH * 1.3:.0f}" '
        f'height="{HEIGHT * 1.3:.0f}" role="img" aria-labelledby="title desc">',
        '<title id="title">Commonweal: the life of an agreement</title>',
        f'<desc id="desc">{escape(_described())}</desc>',
        f"<style>{STYLE}\n</style>",
        HEAD,
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="12"/>',
        '<text class="title" x="16" y="32">The life of an agreement</text>',
        f'<rect class="panel" x="{FRAME[0]}" y="{FRAME[1]}" width="{FRAME[2]}" height="{FRAME[3]}" rx="10"/>',
        _text_below(),
        '<circle class="dot" cx="200" cy="60" r="6"/>',
        *_arrows(),
        *_boxes(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text_below() -> str:
    x, y = FRAME[0] + 12, FRAME[1] + FRAME[3] - 10
    switches = ", ".join(each.word for each in EMERGENCY_ACTS)
    return (
        f'<text class="soft" x="{x}" y="{y - 16}">{escape(", ".join(staying()))}: it stays where it is</text>'
        f'<text class="soft" x="{x}" y="{y}">{escape(switches)}: it stays on standby</text>'
    )


def _described() -> str:
    told = [f"{start} to {end} by {' or '.join(words)}" for (start, end), words in arrows().items()]
    living = ", ".join(each.value for each in GROUP)
    return f"The group is {living}. {'. '.join(told)}. {' and '.join(staying())} keep a status of the group."


def _boxes() -> Iterator[str]:
    for status in AgreementStatus:
        x, y, width = PLACES[status]
        yield f'<rect class="box {status.value}" x="{x}" y="{y}" width="{width}" height="{BOX}" rx="7"/>'
        yield f'<text class="name" x="{x + width / 2:g}" y="{y + 23}">{status.value}</text>'


def _arrows() -> Iterator[str]:
    for pair, words in arrows().items():
        path, (x, y), anchor = PATHS[pair]
        yield f'<path class="arrow" d="{path}" marker-end="url(#head)"/>'
        how = f'transform="rotate(90 {x:g} {y:g})"' if anchor == "turned" else f'text-anchor="{anchor}"'
        yield f'<text class="word" x="{x:g}" y="{y:g}" {how}>{escape(", ".join(words))}</text>'


def write_life() -> str:
    """Return the page of an agreement's life."""
    return page(
        "The life of an agreement",
        "Every change of an agreement's standing is one of these acts, by a named person with a reason. The node "
        "checks each against this table in the transaction that makes it durable; the picture is drawn from it too.",
        "![The states of an agreement and the acts between them](agreement-life.svg)",
        "Only an agreement that is `signed` opens anything, between its first moment and its last; one on `standby` "
        "does while an officer has switched it on. That an agreement is over is a matter of the clock and no status: "
        "it can still be renewed.",
        "## Beginnings",
        table(("By", "From", "To", "Event"), [_beginning(*each) for each in _beginnings()]),
        "## Acts",
        table(
            ("Act", "Who may", "From", "To", "Terms", "Event"),
            [_row(each) for each in TRANSITIONS.values()],
        ),
        "Narrowing only takes away. Releases written under wider terms are removed in the same transaction, and "
        "readings of them are cut. Suspending keeps releases. Superseding, relinquishing and revoking destroy them "
        "and the key of the agreement's tokens.",
        "## Emergency mode",
        "One on `standby` is switched on by an officer for so many hours, ends by itself, and is reviewed after.",
        table(
            ("Act", "Who may", "When", "Event"),
            [(code(each.word), each.who, each.when, code(each.event)) for each in EMERGENCY_ACTS],
        ),
    )


def _beginnings() -> Iterator[tuple[str, str, str, str]]:
    for each in BEGINNINGS:
        yield each.word, each.start or "the request", codes(each.ends), each.event


def _beginning(word: str, start: str, ends: str, event: str) -> tuple[str, str, str, str]:
    return code(word), code(start) if start in set(AgreementStatus) else start, ends, code(event)


def _row(each: Transition) -> tuple[str, ...]:
    roles = [role.value for role in Role if each.permission in PERMISSIONS[role]]
    who = f"{codes(roles)} of the {each.side} (`{each.permission.value}`)"
    ends = " or ".join(code(end) for end in each.ends) or "as it was"
    return (
        code(each.act),
        who,
        codes(each.starts),
        f"{ends}, as it was made" if len(each.ends) > 1 else ends,
        "next edition" if each.new_edition else "unchanged",
        code(each.event),
    )
