"""Data moves: releases, links, and Delta Sharing's answers."""

from .link import LinkError, sign_link, verify_link
from .model import Delivery, Release, ReleasePlan
from .ports import ReleaseEngine
from .release import (
    LINK_LIFE,
    ask_to_read,
    authorise,
    authorised_delivery,
    complete,
    plan_release,
    refuse,
    write_release,
)
from .share import (
    SharedTable,
    ShareQueryError,
    answers_in_delta,
    describe,
    describe_file,
    page,
    parse_query,
    table_of,
)

__all__ = [
    "LINK_LIFE",
    "Delivery",
    "LinkError",
    "Release",
    "ReleaseEngine",
    "ReleasePlan",
    "ShareQueryError",
    "SharedTable",
    "answers_in_delta",
    "ask_to_read",
    "authorise",
    "authorised_delivery",
    "complete",
    "describe",
    "describe_file",
    "page",
    "parse_query",
    "plan_release",
    "refuse",
    "sign_link",
    "table_of",
    "verify_link",
    "write_release",
]
