"""The register of public bodies, and how a person's words find one of them."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from io import StringIO
from typing import cast, get_args

from commonweal.core import AmbiguousError, CommonwealError, NotFoundError

from .body import Kind, Nation, PublicBody, Status, fold_name, is_slug

_LONGEST = 200
_COLUMNS = [field.name for field in fields(PublicBody)]
_NATIONS = frozenset(get_args(Nation))
_STATUSES = frozenset(get_args(Status))


class UnknownBodyError(NotFoundError):
    """No public body has that name; `reasons` lists near ones."""

    code = "identity.unknown-body"
    default_advice = "Use a register key, a GOV.UK slug, an abbreviation, an ODS or GSS code or an official name."


class AmbiguousBodyError(AmbiguousError):
    """More than one public body has that name; `reasons` lists them."""

    code = "identity.ambiguous-body"
    default_advice = "Use the slug at the start of one of the lines listed."


class RegisterError(CommonwealError):
    """A register's file is not of the form this node reads, or names one body twice."""

    code = "identity.register-malformed"
    default_advice = "Install Commonweal again: the registers are part of it."


def parse_bodies(text: str) -> Iterator[PublicBody]:
    """Yield the bodies of one compiled register.

    Args:
        text: CSV whose header row is the fields of `PublicBody` in order; dates are ISO 8601, aliases are
            joined by `|`, and an empty cell is the field's default.

    Raises:
        RegisterError: the header or a row differs, or a cell is not of its form (`identity.register-malformed`).
    """
    rows = csv.reader(StringIO(text), strict=True)
    try:
        if next(rows, None) != _COLUMNS:
            raise ValueError("the header names other columns")
        for row in rows:
            yield _read_body(row)
    except (ValueError, csv.Error):
        raise RegisterError(f"Line {rows.line_num} of a register is not a public body.") from None


def _read_body(row: list[str]) -> PublicBody:
    key, slug, name, kind, nation, region, board, gss, abbreviation, opened, closed, status, aliases = row
    if not (nation in _NATIONS and status in _STATUSES and is_slug(slug) and ":" in key and name):
        raise ValueError("a body needs an id, a slug, a name and a status")
    return PublicBody(
        id=key,
        slug=slug,
        name=name,
        kind=Kind(kind),
        nation=cast("Nation", nation),
        region=region,
        board=board,
        gss=gss,
        abbreviation=abbreviation,
        opened=date.fromisoformat(opened) if opened else None,
        closed=date.fromisoformat(closed) if closed else None,
        status=cast("Status", status),
        aliases=tuple(aliases.split("|")) if aliases else (),
    )


class Register:
    """All the public bodies a node knows, each under one id and one slug."""

    def __init__(self, bodies: Iterable[PublicBody]) -> None:
        """Index the bodies.

        Raises:
            RegisterError: two bodies share an id or a slug (`identity.register-malformed`).
        """
        self.bodies: Sequence[PublicBody] = tuple(bodies)
        self._by_key: dict[str, PublicBody] = {}
        for body in self.bodies:
            for key in (body.id.casefold(), body.slug):
                if self._by_key.setdefault(key, body) is not body:
                    raise RegisterError(f"Two bodies are called {key} in the register.")

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[PublicBody]]:
        index = defaultdict[str, list[PublicBody]](list)
        for body in self.bodies:
            for name in _names_of(body):
                index[name].append(body)
        return dict(index)

    def with_bodies(self, bodies: Iterable[PublicBody]) -> "Register":
        """Return a register that also holds `bodies`, such as partners added by hand.

        Raises:
            RegisterError: one of them shares an id or a slug with another (`identity.register-malformed`).
        """
        return Register((*self.bodies, *bodies))

    def find_bodies(self, *, kind: Kind | None = None, on: date | None = None) -> tuple[PublicBody, ...]:
        """Return the bodies of one kind, all of them or those the register shows open `on` a day."""
        return tuple(body for body in self.bodies if kind in {None, body.kind} and (on is None or body.is_open(on)))

    def find_like(self, body: PublicBody) -> tuple[PublicBody, ...]:
        """Return the bodies that share an id, a slug or a name with `body`, so that one could be taken for another."""
        by_key = [self._by_key[key] for key in (body.id.casefold(), body.slug) if key in self._by_key]
        by_name = [each for name in sorted(_names_of(body)) for each in self._by_name.get(name, ())]
        return tuple({each.slug: each for each in (*by_key, *by_name)}.values())

    def get_body(self, key: str) -> PublicBody:
        """Return the body with exactly that id or slug, whatever its status.

        Raises:
            UnknownBodyError: there is none (`identity.unknown-body`).
        """
        body = self._by_key.get(key.strip().casefold())
        if body is None:
            raise self._unknown(key)
        return body

    def resolve(self, text: str, on: date | None = None) -> PublicBody:
        """Return the one body that a person means by `text`, in any case.

        1. An id (`ods:RJ1`) or a slug names its body outright.
        2. Otherwise every body with that register key, ODS or GSS code, police slug, abbreviation, official,
           plain, former or Welsh name is a candidate.
        3. Of several, those open `on` that day, or else those live, go before the others.

        Raises:
            UnknownBodyError: none fits; `reasons` lists near names (`identity.unknown-body`).
            AmbiguousBodyError: several fit; `reasons` lists each as `slug: name` (`identity.ambiguous-body`).
        """
        # 1
        if len(text) > _LONGEST:
            raise UnknownBodyError("No public body has a name as long as that.")
        if body := self._by_key.get(text.strip().casefold()):
            return body
        # 2
        candidates = self._by_name.get(fold_name(text), [])
        if not candidates:
            raise self._unknown(text)
        # 3
        return _choose(text, _prefer(candidates, on))

    def _unknown(self, text: str) -> UnknownBodyError:
        near = get_close_matches(fold_name(text[:_LONGEST]), self._by_name, n=3, cutoff=0.75)
        reasons = dict.fromkeys(f"{body.slug}: {body.name}" for name in near for body in self._by_name[name])
        nearest = " The nearest names are these." if reasons else ""
        return UnknownBodyError(f"No public body is known as {_shown(text)}.{nearest}", reasons=tuple(reasons))


def _names_of(body: PublicBody) -> set[str]:
    names = (body.code, body.gss, body.abbreviation, body.name, *body.aliases)
    return {fold_name(name) for name in names if name}


def _prefer(candidates: Sequence[PublicBody], on: date | None) -> Sequence[PublicBody]:
    if len(candidates) > 1 and on is not None:
        candidates = [body for body in candidates if body.is_open(on)] or candidates
    if len(candidates) > 1:
        candidates = [body for body in candidates if body.live] or candidates
    return candidates


def _choose(text: str, candidates: Sequence[PublicBody]) -> PublicBody:
    if len(candidates) == 1:
        return candidates[0]
    choices = tuple(sorted(f"{body.slug}: {body.name}" for body in candidates))
    raise AmbiguousBodyError(f"{_shown(text)} could be any of {len(choices)} public bodies.", reasons=choices)


def _shown(text: str) -> str:
    return "“" + "".join(c if c.isprintable() else "?" for c in text.strip()[:80]) + "”"
