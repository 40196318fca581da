from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.core import Outcome
from commonweal.identity import (
    PERMISSIONS,
    Credential,
    MalformedScopeError,
    Permission,
    Person,
    Role,
    RoleError,
    SignInLinkError,
    TenantScope,
    TokenError,
    new_sign_in_link,
    new_token,
    require,
    token_digest,
    verify_credential,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def person(*roles: Role, body: str = "lambeth") -> Person:
    return Person("per-1", "Amina Shah", body, frozenset(roles))


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.PUBLISH, {Role.STEWARD}),
        (Permission.WITHDRAW, {Role.STEWARD, Role.ASSET_OWNER}),
        (Permission.CONFIRM_FIELDS, {Role.STEWARD}),
        (Permission.REQUEST, {Role.ANALYST}),
        (Permission.READ, {Role.ANALYST}),
        (Permission.DECIDE, {Role.INFORMATION_GOVERNANCE, Role.ASSET_OWNER}),
        (Permission.AGREE, {Role.INFORMATION_GOVERNANCE, Role.ASSET_OWNER}),
        (Permission.REVOKE, {Role.INFORMATION_GOVERNANCE, Role.ASSET_OWNER}),
        (Permission.ISSUE_PROFILE, {Role.INFORMATION_GOVERNANCE, Role.ASSET_OWNER, Role.OPERATOR}),
        (Permission.ADOPT_PACK, {Role.INFORMATION_GOVERNANCE, Role.OPERATOR}),
        (Permission.MANAGE_KEYS, {Role.INFORMATION_GOVERNANCE, Role.ASSET_OWNER, Role.OPERATOR}),
        (Permission.MANAGE_PEOPLE, {Role.OPERATOR}),
        (Permission.READ_LOG, {Role.INFORMATION_GOVERNANCE, Role.OPERATOR, Role.AUDITOR}),
    ],
)
def test_each_permission_belongs_to_these_roles_and_no_others(permission: Permission, roles: set[Role]) -> None:
    for role in Role:
        if role in roles:
            require(person(role), permission, "lambeth")
            continue
        with pytest.raises(RoleError) as caught:
            require(person(role), permission, "lambeth")
        assert all(able.value in caught.value.reasons[0] for able in roles)


def test_every_permission_is_in_somebodys_hands() -> None:
    assert set().union(*PERMISSIONS.values()) == set(Permission)
    assert set(PERMISSIONS) == set(Role)


def test_no_role_reaches_into_another_body() -> None:
    everybody = person(*Role, body="southwark")
    with pytest.raises(RoleError, match="may not decide for lambeth") as caught:
        require(everybody, Permission.DECIDE, "lambeth")
    assert "belongs to southwark" in caught.value.reasons[0]
    assert caught.value.outcome is Outcome.REFUSED
    assert "Amina" not in str(caught.value)


@pytest.mark.parametrize("body", ["", "Lambeth", "a/b", "-a", "..", "a" * 151])
def test_a_scope_must_be_a_slug(body: str) -> None:
    with pytest.raises(MalformedScopeError):
        TenantScope(body)
    assert TenantScope("lambeth").body == "lambeth"


def test_tokens_are_fresh_and_kept_as_digests() -> None:
    token = new_token()
    assert len(token) == 46
    assert token.startswith("cw_")
    assert token != new_token()
    assert len(token_digest(token)) == 32


@pytest.mark.parametrize("token", ["", "cw_", "cw_" + "a" * 42, "cw_" + "a" * 44, "CW_" + "a" * 43, "cw_" + "é" * 43])
def test_a_malformed_token_is_refused_before_any_look_up(token: str) -> None:
    with pytest.raises(TokenError, match="not one that") as caught:
        token_digest(token)
    assert caught.value.outcome is Outcome.UNAUTHENTICATED


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_no_words_are_a_token_and_none_are_repeated(text: str) -> None:
    with pytest.raises(TokenError) as caught:
        token_digest(text)
    assert str(caught.value) == "The bearer token is not one that a Commonweal node issues."


def test_a_credential_admits_its_own_token_until_it_expires() -> None:
    token = new_token()
    credential = Credential(
        digest=token_digest(token), kind="recipient", body="lambeth", agreement="agr-1", expires=NOW
    )
    verify_credential(credential, token, now=NOW - timedelta(microseconds=1))
    with pytest.raises(TokenError, match="expired"):
        verify_credential(credential, token, now=NOW)
    with pytest.raises(TokenError, match="not known"):
        verify_credential(credential, new_token(), now=NOW - timedelta(days=1))
    assert credential.digest.hex() not in repr(credential)
    assert repr(credential.digest) not in repr(credential)


def test_a_sign_in_link_opens_once_within_ten_minutes() -> None:
    token, link = new_sign_in_link("per-1", now=NOW)
    used = link.open(token, now=NOW + timedelta(minutes=9, seconds=59))
    assert (used.used, used.person) == (True, "per-1")
    with pytest.raises(SignInLinkError, match="used"):
        used.open(token, now=NOW)
    with pytest.raises(SignInLinkError, match="ten minutes"):
        link.open(token, now=NOW + timedelta(minutes=10))
    with pytest.raises(SignInLinkError, match="not known"):
        link.open(new_token(), now=NOW)
