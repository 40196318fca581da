"""Data moves: releases, links, and Delta Sharing's answers."""

from .changes import CHANGE_FIELDS, choose_feed_key, choose_pair, find_hidden_start, verify_names
from .doors import DOORS, door_agreed
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
from .sealed import (
    AGE_DOOR,
    MANIFEST_DOOR,
    ArrivingFile,
    SealedManifest,
    ShutDoor,
    decide_door,
    describe_sealed,
    parse_sealed_manifest,
    sign_off,
    verify_manifest,
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
    "AGE_DOOR",
    "CHANGE_FIELDS",
    "DOORS",
    "LINK_LIFE",
    "MANIFEST_DOOR",
    "ArrivingFile",
    "Delivery",
    "LinkError",
    "Release",
    "ReleaseEngine",
    "ReleasePlan",
    "SealedManifest",
    "ShareQueryError",
    "SharedTable",
    "ShutDoor",
    "answers_in_delta",
    "ask_to_read",
    "authorise",
    "authorised_delivery",
    "choose_feed_key",
    "choose_pair",
    "complete",
    "decide_door",
    "describe",
    "describe_file",
    "describe_sealed",
    "door_agreed",
    "find_hidden_start",
    "page",
    "parse_query",
    "parse_sealed_manifest",
    "plan_release",
    "refuse",
    "sign_link",
    "sign_off",
    "table_of",
    "verify_link",
    "verify_manifest",
    "verify_names",
    "write_release",
]
