"""What every route begins with: the node, and who is calling."""

from typing import Annotated

from fastapi import Depends, Request

from commonweal.core import RefusedError
from commonweal.node import Caller, Node, Recipient, bearer_token


class WrongKindOfTokenError(RefusedError):
    """A valid token at a door that is for another kind of caller."""

    code = "identity.wrong-kind-of-token"
    default_advice = "Use the token of a profile to read data, and an operator's or person's token to act."


def get_node(request: Request) -> Node:
    """Return the node that this application serves."""
    node: Node = request.app.state.node
    return node


def get_anybody(request: Request) -> Caller | Recipient:
    """Return who holds the request's bearer token.

    Raises:
        UnauthenticatedError: there is no token, or it is malformed, unknown or expired.
    """
    token = bearer_token(request.headers.get("authorization"))
    acting_as = request.headers.get("commonweal-person", "")
    return get_node(request).bodies.identify(token, acting_as)


def get_caller(request: Request) -> Caller:
    """Return the person who calls, by bearer token.

    Raises:
        WrongKindOfTokenError: the token is a recipient's.
    """
    found = get_anybody(request)
    if isinstance(found, Recipient):
        raise WrongKindOfTokenError("This token reads data under one agreement; it cannot act for a person.")
    return found


def get_recipient(request: Request) -> Recipient:
    """Return the recipient whose credential calls at a delivery door.

    Raises:
        WrongKindOfTokenError: the token is a person's: people act, credentials read.
    """
    found = get_anybody(request)
    if isinstance(found, Caller):
        raise WrongKindOfTokenError("Data is read with the token of a profile, not with a person's.")
    return found


TheNode = Annotated[Node, Depends(get_node)]
ThePerson = Annotated[Caller, Depends(get_caller)]
TheRecipient = Annotated[Recipient, Depends(get_recipient)]
