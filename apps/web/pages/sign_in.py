"""Signing in by key or one-time link, out again, and how the page looks to one browser."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from ..access import service_of
from ..errors import Unauthorized
from ..sessions import cookie_name, end_cookie, must_come_from_here, set_cookie
from .screen import THEMES, PageRoute, render, to
from .ways import ways_of

__all__ = ["router"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_YEAR = 365 * 24 * 3600
_UNAUTHORIZED = 401


@router.get("/login")
def show(
    request: Request,
    once: Annotated[str, Query(max_length=100)] = "",
    next: Annotated[str, Query(max_length=500)] = "/",
    ended: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The form, or the one button where a link was opened; `ended`: it says that a session has.

    The link is redeemed by the button: programs that look at links must not use it up.
    """
    return render(
        request,
        "sign_in.jinja",
        once=once,
        next=ways_of(request).screen_at(next),
        slip="",
        ended=bool(ended),
    )


@router.post("/login")
def sign_in(
    request: Request,
    token: Annotated[str, Form(max_length=200)] = "",
    once: Annotated[str, Form(max_length=100)] = "",
    next: Annotated[str, Form(max_length=500)] = "/",
) -> Response:
    """Exchange a key or a link for a session."""
    must_come_from_here(request)
    service = service_of(request)
    address = request.client.host if request.client else ""
    try:
        key = service.sessions.redeem(once) if once else service.keys.check(token.strip())
    except Unauthorized as error:
        service.audit.note("sign-in", "", address=address, outcome="unauthorized")
        return render(
            request,
            "sign_in.jinja",
            status=_UNAUTHORIZED,
            once="",
            next=ways_of(request).screen_at(next),
            slip=str(error),
            ended=False,
        )
    response = to(ways_of(request).screen_at(next, key=key))
    set_cookie(request, response, service.sessions.begin(key))
    service.audit.note("sign-in", key.id, key=key.id, name=key.name, address=address)
    return response


@router.post("/logout")
def sign_out(request: Request) -> Response:
    """End the session, here and in the browser."""
    must_come_from_here(request)
    token = request.cookies.get(cookie_name(request))
    if token:
        service_of(request).sessions.end(token)
    response = to("/login")
    end_cookie(request, response)
    return response


@router.post("/appearance")
def appearance(
    request: Request,
    theme: Annotated[str, Form(max_length=10)] = "",
    shortcuts: Annotated[str, Form(max_length=10)] = "",
    next: Annotated[str, Form(max_length=500)] = "/",
) -> Response:
    """Keep this browser's colours, and whether single keys do something, in cookies of a year."""
    must_come_from_here(request)
    response = to(ways_of(request).screen_at(next))
    chosen = {
        "theme": theme if theme in THEMES else "",
        "shortcuts": shortcuts if shortcuts in ("on", "off") else "",
    }
    for name, value in chosen.items():
        if value:
            response.set_cookie(name, value, _YEAR, httponly=True, samesite="strict")
    return response
