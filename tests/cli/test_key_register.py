"""The key register on the command line: a line for each key, one key, what its leak would expose, a security case."""

import csv
import io
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Command, Said, World

KEK = "kek-department-for-work-pensions"
AT = "--node NODE --token TOKEN"
LEAD = f"--as margaret.okafor@dwp {AT}"


def ran(command: "Command", world: "World", line: str) -> "Said":
    return command(*shlex.split(world.expand(line)))


def test_the_register_is_a_table_and_csv(world: "World", command: "Command") -> None:
    told = ran(command, world, f"keys list {AT}")
    header, *rows = (line.split("\t") for line in told.out.splitlines())
    assert header == ["key", "version", "purpose", "body", "state", "due", "last_used", "opens", "place"]
    assert {KEK, "unlock-secret", "node-signing"} <= {row[0] for row in rows}
    whole = list(csv.DictReader(io.StringIO(ran(command, world, f"keys list --csv {AT}").out)))
    entries = ran(command, world, f"keys list --json {AT}").document()["keys"]
    assert [each["key"] for each in whole] == [each["key"] for each in entries]
    assert list(whole[0]) == list(entries[0])
    held = next(each for each in whole if each["key"] == KEK)
    assert "Priya Shah, Department for Work and Pensions: through the node" in held["holders"]


def test_one_key_is_told_whole(world: "World", command: "Command") -> None:
    told = ran(command, world, f"keys show {KEK} {LEAD}")
    assert (told.code, told.err) == (0, "")
    for words in (f"{KEK}, version 1", "who could use it:", "Margaret Okafor", "claimants version 1, all of it"):
        assert words in told.out
    nothing = ran(command, world, f"keys show node-signing {AT}")
    assert "Opens nothing that is kept here." in nothing.out
    unknown = ran(command, world, f"keys show kek-lambeth {LEAD}")
    assert (unknown.code, "[keys.unknown-key]" in unknown.err) == (5, True)


def test_an_exposure_is_a_checklist_in_order(world: "World", command: "Command") -> None:
    told = ran(command, world, f"keys exposure {KEK} {LEAD}")
    assert (told.code, told.err) == (0, "")
    assert "Up to 3 people: the rows of version 1" in told.out
    assert told.out.index("1. [rotate]") < told.out.index("2. [re-wrap]") < told.out.index("3. [notify]")
    assert "Datasets of which nothing personal lies open" in ran(command, world, f"keys exposure kek-r0a {AT}").out


def test_to_apply_it_takes_a_reason_and_a_second_person(world: "World", command: "Command") -> None:
    unsaid = ran(command, world, f"keys exposure {KEK} --apply {LEAD}")
    assert (unsaid.code, "--reason" in unsaid.err) == (2, True)
    before = world.served.node.parts.custodian.current_kek(KEK)
    waits = ran(command, world, f"keys exposure {KEK} --apply --reason 'A test.' {LEAD}")
    assert (waits.code, "[keys.second-person]" in waits.err) == (3, True)
    assert world.served.node.parts.custodian.current_kek(KEK) == before


def test_a_security_case_is_told_to_a_party(world: "World", command: "Command") -> None:
    told = ran(command, world, f"keys case AGREED {LEAD}")
    assert (told.code, told.err) == (0, "")
    for words in (
        "OFFICIAL-SENSITIVE",
        "nino: personal, only as tokens",
        "What cannot be taken back",
        f"{KEK}, version 1",
    ):
        assert words in told.out
