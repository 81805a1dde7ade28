"""What all screens share: who looks, what surrounds the content, and refusals as a page.

    @router.get("/m/{memory}/documents")
    def documents(screen: Annotated[Screen, Depends(on_memory(Right.READ))]) -> Response:
        return screen.page("documents.jinja", ...)

Each screen is a whole page. htmx, where there is JavaScript, takes the part that it needs from it
(`hx-select`), so that nothing has two forms.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Path as InPath
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from ....core.errors import InputError, SpanMemError
from ....core.records import encodable
from .. import problems
from ..access import Access, Allow, AllowInMemory, service_of
from ..base_path import base_path_of, without
from ..errors import Unauthorized
from ..rights import Right
from ..sessions import cookie_name
from . import words
from .ways import ways_of

__all__ = [
    "STATIC",
    "PageRoute",
    "Screen",
    "asset",
    "filled",
    "on_memory",
    "on_service",
    "render",
    "to",
]

STATIC = Path(__file__).with_name("static")
_SEE_OTHER = 303
Form = TypeVar("Form", bound=BaseModel)
_ABOVE_THE_FORM = {
    "HX-Retarget": "#alert",
    "HX-Reselect": "#alert",
    "HX-Reswap": "outerHTML",
    "HX-Push-Url": "false",  # where a form is sent is no screen to come back to
}
_LEFT_AS_IT_IS = {"HX-Reswap": "none"}
"""Where htmx puts a refusal: what was typed stays, and a list that is looked at again, too."""
_LOOKING = ("GET", "HEAD")
_TYPED = ("question", "text", "comment")
"""Fields of forms that hold what was written."""
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class Screen:
    """A request for a screen, its key and memory checked."""

    request: Request
    access: Access

    @property
    def memory(self) -> str:
        """Name of the memory that is looked at; "" for what is about none."""
        return self.access.memory

    @property
    def root(self) -> str:
        """The path of the memory's screens, behind the base path."""
        return f"/m/{words.path_part(self.memory)}"

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A screen in its frame."""
        return render(self.request, template, access=self.access, status=status, **values)


class OnMemory(AllowInMemory):
    """A dependency on the right to see a screen of a memory; its value is a `Screen`."""

    async def __call__(  # type: ignore[override]
        self, request: Request, memory: Annotated[str, InPath(max_length=100)]
    ) -> Screen:
        """Raise Unauthorized, NotFound, Forbidden or RateLimited."""
        # Looking costs nothing of what a key may ask.
        looking = self.right is Right.ASK and request.method in _LOOKING
        right = Right.ANY if looking else self.right
        access = await AllowInMemory(right, self.conditions)(request, memory)
        request.state.access = access
        access.require(self.right, "this page")
        return Screen(request, access)


class OnService(Allow):
    """Likewise for a screen that is about no single memory."""

    async def __call__(self, request: Request) -> Screen:  # type: ignore[override]
        """Raise Unauthorized or Forbidden."""
        access = await Allow(self.right, self.conditions)(request)
        request.state.access = access
        return Screen(request, access)


def on_memory(right: Right, *, conditions: bool = False) -> OnMemory:
    """What a screen below `/m/{memory}` depends on; `conditions` as in `allow`."""
    return OnMemory(right, conditions)


def on_service(right: Right, *, conditions: bool = False) -> OnService:
    """What any other screen behind the sign-in depends on; `conditions` as in `allow`."""
    return OnService(right, conditions)


class PageRoute(APIRoute):
    """A route whose refusals are pages: signing in, or what was refused and the way out.

    Whoever may GET may ask for the HEAD alone, as checkers of links do.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        if (methods := options.get("methods")) and "GET" in methods:
            options["methods"] = {*methods, "HEAD"}
        super().__init__(*arguments, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the engine's and the framework's errors rendered."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                response = await handler(request)
            except Unauthorized:
                return await _signed_out(request)
            except (SpanMemError, RequestValidationError, HTTPException) as error:
                return refusal(request, error)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return handle


def refusal(
    request: Request, error: Exception, *, sign_in: str = "", kept: Sequence[str] = ()
) -> Response:
    """What was refused, as a page; htmx puts its message above the form that was sent.

    `sign_in` is the way to the sign-in, `kept` what was typed and would else be lost.
    """
    if isinstance(error, HTTPException):
        problem = problems.BY_STATUS.get(error.status_code, problems.BY_STATUS[400])
        detail = str(error.detail)
    elif isinstance(error, RequestValidationError):
        problem = problems.PROBLEMS[InputError]
        detail = "; ".join(f"{slip['loc'][-1]}: {slip['msg']}" for slip in error.errors()[:3])
    else:
        problem, detail = problems.of_error(error), str(error)
        if problem.hidden and not getattr(request.state, "is_admin", False):
            detail = "Whoever runs the service finds more in its log, by the number below."
    request.state.problem = problem.name
    response = render(
        request,
        "refusal.jinja",
        access=getattr(request.state, "access", None),
        status=problem.status,
        problem=problem,
        detail=detail,
        number=getattr(request.state, "request_id", ""),
        sign_in=sign_in,
        kept=kept,
    )
    wait = getattr(error, "retry_after", None)
    if wait is not None:
        response.headers["Retry-After"] = str(max(1, round(wait)))
    if request.headers.get("hx-request"):
        response.headers.update(_ABOVE_THE_FORM if request.method == "POST" else _LEFT_AS_IT_IS)
    return response


def filled(model: type[Form], **fields: Any) -> Form:
    """What a form holds, as the API takes it. Raises InputError for what does not fit."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        slip = error.errors(include_url=False)[0]
        place = ".".join(map(str, slip["loc"]))
        raise InputError(f"{place}: {slip['msg']}" if place else str(slip["msg"])) from error


def to(path: str) -> Response:
    """The answer to a form that was obeyed: see the screen at a path of ours."""
    return RedirectResponse(path, _SEE_OTHER)


def render(
    request: Request,
    template: str,
    *,
    access: Access | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    """A template in its frame; `access` None for who has not signed in."""
    text = _templates().get_template(template).render({**_frame(request, access), **values})
    return HTMLResponse(encodable(text), status, {"Cache-Control": "no-store"})


def _frame(request: Request, access: Access | None) -> dict[str, Any]:
    """What the frame around a screen shows: who looks, and where they may go."""
    service = service_of(request)
    memories = [
        name for name in service.memories.names() if access is not None and access.key.sees(name)
    ]
    base_path = base_path_of(request)
    memory = access.memory if access else ""
    memory = memory or next(iter(memories), "")
    theme = request.cookies.get("theme", "auto")
    return {
        "key": access and access.key,
        "whole": access is None or not access.key.where,
        "memory": memory,
        "memories": memories,
        "base_path": base_path,
        "root": f"{base_path}/m/{words.path_part(memory)}",
        "may": lambda right: access is not None and access.may(Right(right)),
        "here": ways_of(request).screen_at(request.url.path),
        "theme": theme if theme in THEMES else "auto",
        "shortcuts": request.cookies.get("shortcuts") != "off",
        "open_to_all": not service.settings.service.auth,
    }


@lru_cache
def asset(name: str) -> str:
    """The path of a static file, behind the base path: a changed file has another one."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@lru_cache
def _templates() -> Environment:
    """The templates; every value in them is escaped, and a missing one is a fault."""
    environment = Environment(
        loader=PackageLoader(__package__ or ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    shown: dict[str, Any] = {
        "asset": asset,
        "counted": words.counted,
        "in_ten": words.in_ten,
        "levels": words.LEVELS,
    }
    environment.globals.update(shown)
    environment.filters |= {
        "conversation": words.conversation,
        "day": words.day,
        "duration": words.duration,
        "moment": words.moment,
        "part": words.path_part,
        "size": words.size,
    }
    return environment


async def _signed_out(request: Request) -> Response:
    """The way to the sign-in, and from there back to the screen that was looked at.

    What was sent by a form stays in it: its page says that it is to be sent once more.
    """
    scripted = "hx-request" in request.headers
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if scripted:  # the screen that is open, not the part of it that was asked for
        address = urlsplit(request.headers.get("hx-current-url", ""))
        path = without(base_path_of(request), address.path)
        asked = path + (f"?{address.query}" if address.query else "")
    had = cookie_name(request) in request.cookies
    screen = ways_of(request).screen_at(asked)
    query = [f"next={words.path_part(screen)}"] if screen != "/" else []
    target = "?".join(filter(None, ("/login", "&".join([*query, *(["ended=1"] if had else [])]))))
    if request.method not in _LOOKING:
        why = "your sign-in has ended" if had else "you are not signed in"
        error = Unauthorized(f"{why}; sign in, and send it once more: what you wrote is still here")
        return refusal(request, error, sign_in=target, kept=await _typed(request))
    if scripted:
        return Response(status_code=204, headers={"HX-Redirect": target})
    return to(target)


async def _typed(request: Request) -> list[str]:
    """The texts of a form that a person may have typed; none where its own page still has them."""
    kind = request.headers.get("content-type", "")
    if "hx-request" in request.headers or not kind.startswith("application/x-www-form-urlencoded"):
        return []
    form = await request.form()
    texts = [form.get(name) for name in _TYPED]
    return [text for text in texts if isinstance(text, str) and text.strip()]
