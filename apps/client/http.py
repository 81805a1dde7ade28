"""The client of a memory behind a running service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlsplit

from ...core.errors import InputError, ServiceError, first_line, missing_extra
from .protocol import History, Table

if TYPE_CHECKING:
    import httpx2

__all__ = ["HttpClient"]

_TIMEOUT = 30.0
"""Seconds for a request; the service's own deadline for a question is shorter."""
_INPUT = frozenset({400, 401, 403, 404, 409, 413, 422})
"""Statuses that tell of what was asked or who asks, which asking again does not change."""


class HttpClient:
    """Asks a memory behind the service at an address. Implements `Client`.

    Redirects are not followed, so that the key goes nowhere else.
    """

    def __init__(
        self,
        url: str,
        api_key: str = "",
        *,
        memory: str | None = None,
        timeout: float = _TIMEOUT,
        transport: httpx2.BaseTransport | None = None,
        async_transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """`memory` is a name; None: the one that the key sees. Nothing is sent yet.

        `timeout` is in seconds. The transports are those of httpx2, for tests and for hosts that
        have their own. Raises InputError for what is no address or no key, and where the library
        is missing.
        """
        self._url, self._headers = _address(url), _headers(api_key)
        self._memory, self._timeout = memory, timeout
        self._async_transport = async_transport
        try:
            import httpx2
        except ImportError:
            raise missing_extra("client", "asking a service needs httpx2") from None
        self._http = httpx2.Client(headers=self._headers, timeout=timeout, transport=transport)

    @property
    def name(self) -> str:
        """The memory's name; where none was passed, the service is asked."""
        if self._memory is None:
            self._memory = _only(self._sent("GET", "/v1/info", holds="memories"), self._url)
        return self._memory

    def ask(
        self,
        question: str,
        *,
        scope: str = "",
        history: History | None = None,
        where: Mapping[str, Any] | None = None,
        top_k: int | None = None,
    ) -> Table:
        """See `Client.ask`."""
        body = _ask_body(question, scope, history, where, top_k)
        return self._sent("POST", self._path("ask"), body, holds="abstained")

    async def aask(
        self,
        question: str,
        *,
        scope: str = "",
        history: History | None = None,
        where: Mapping[str, Any] | None = None,
        top_k: int | None = None,
    ) -> Table:
        """See `Client.ask`."""
        body = _ask_body(question, scope, history, where, top_k)
        return await self._asent("POST", await self._apath("ask"), body, holds="abstained")

    def search(
        self, question: str, *, limit: int = 10, where: Mapping[str, Any] | None = None
    ) -> list[Table]:
        """See `Client.search`."""
        body = _body(question=question, limit=limit, where=where)
        return _rows(self._sent("POST", self._path("search"), body, holds="items"), "items")

    async def asearch(
        self, question: str, *, limit: int = 10, where: Mapping[str, Any] | None = None
    ) -> list[Table]:
        """See `Client.search`."""
        body = _body(question=question, limit=limit, where=where)
        table = await self._asent("POST", await self._apath("search"), body, holds="items")
        return _rows(table, "items")

    def similar(self, question: str, *, limit: int = 5) -> list[Table]:
        """See `Client.similar`."""
        query = f"similar?question={quote(question, safe='')}&limit={limit}"
        return _rows(self._sent("GET", self._path(query), holds="items"), "items")

    def propose(self, question: str, text: str, *, author: str = "") -> Table:
        """See `Client.propose`: an editor accepts or rejects it."""
        body = _body(question=question, text=text)
        return {
            "state": "proposed",
            **self._sent("POST", self._path("proposals"), body, holds="id"),
        }

    def document(self, key: str) -> str:
        """See `Client.document`."""
        path = self._path(f"documents/{quote(key, safe='')}/text")
        return str(self._sent("GET", path, holds="text")["text"])

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _path(self, rest: str) -> str:
        return f"/v1/memories/{quote(self.name, safe='')}/{rest}"

    async def _apath(self, rest: str) -> str:
        if self._memory is None:
            self._memory = _only(await self._asent("GET", "/v1/info", holds="memories"), self._url)
        return self._path(rest)

    def _sent(self, method: str, path: str, body: Table | None = None, *, holds: str) -> Table:
        import httpx2

        try:
            response = self._http.request(method, self._url + path, json=body)
        except (httpx2.HTTPError, RuntimeError) as error:  # RuntimeError: it was closed
            raise _unreachable(self._url, error) from error
        return _table(response, self._url, holds)

    async def _asent(
        self, method: str, path: str, body: Table | None = None, *, holds: str
    ) -> Table:
        import httpx2

        # One for each request: connections belong to an event loop, and hosts have several.
        client = httpx2.AsyncClient(
            headers=self._headers, timeout=self._timeout, transport=self._async_transport
        )
        try:
            async with client:
                response = await client.request(method, self._url + path, json=body)
        except httpx2.HTTPError as error:
            raise _unreachable(self._url, error) from error
        return _table(response, self._url, holds)


def _address(url: str) -> str:
    """The service's address without a slash at its end. Raises InputError for what is none."""
    try:
        parts = urlsplit(url.strip())
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
        parts = urlsplit("")
    if parts.username is not None or parts.password is not None:
        raise InputError("the url holds a user or password; pass the key as api_key instead")
    if not sound or parts.query or parts.fragment:
        raise InputError(
            f"{url[:200]!r} is no address of a service; give one such as http://127.0.0.1:8477"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _headers(api_key: str) -> dict[str, str]:
    """What goes with each request. Raises InputError for a key that no header can hold."""
    key = api_key.strip()  # a key read from a file has a line break behind it
    if not key:
        return {"Accept": "application/json"}
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise InputError("the api_key holds characters that no key has; copy it again")
    return {"Accept": "application/json", "Authorization": f"Bearer {key}"}


def _ask_body(
    question: str,
    scope: str,
    history: History | None,
    where: Mapping[str, Any] | None,
    top_k: int | None,
) -> Table:
    pairs = None if history is None else [[asked, answer] for asked, answer in history]
    return _body(
        question=question, scope=scope or None, history=pairs or None, where=where, top_k=top_k
    )


def _body(**values: Any) -> Table:
    """What is not None: the service has defaults of its own."""
    return {name: value for name, value in values.items() if value is not None}


def _table(response: httpx2.Response, url: str, holds: str) -> Table:
    """The object of a response, which has the key `holds`.

    Raises InputError or ServiceError for what is no success, or no answer of a service of ours.
    """
    try:
        table = response.json()
    except ValueError:
        table = None
    status = response.status_code
    if response.is_success and isinstance(table, dict) and holds in table:
        return cast("Table", table)
    if response.is_success or not isinstance(table, dict) or "status" not in table:
        kind = response.headers.get("content-type", "no content type")
        raise ServiceError(
            f"{url} answered {status} with {kind}, as no SpanMem service does; is the address "
            "right?",
            status=status,
        )
    problem = cast("Table", table)
    detail = str(problem.get("detail") or problem.get("title") or "no further word")
    where = "; ".join(map(_place, _rows(problem, "errors")))
    message = f"{detail} ({where})" if where else detail
    if status in _INPUT and "retry-after" not in response.headers:
        raise InputError(message)
    raise ServiceError(message, status=status, retry_after=_seconds(response))


def _place(error: Any) -> str:
    """One of a problem's `errors`: where in the request, and what."""
    if not isinstance(error, dict):
        return str(error)
    return f"{error.get('pointer', '')}: {error.get('detail', '')}".strip(": ")


def _seconds(response: httpx2.Response) -> float | None:
    """`Retry-After` in seconds, None where it is a date or absent."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _unreachable(url: str, error: Exception) -> ServiceError:
    return ServiceError(
        f"the service at {url} cannot be asked: {first_line(error)}; is it running there?"
    )


def _rows(table: Table, name: str) -> list[Any]:
    """A list that an object holds, empty where it holds none."""
    rows = table.get(name)
    return rows if isinstance(rows, list) else []


def _only(info: Table, url: str) -> str:
    """The one memory that `/v1/info` names. Raises InputError where there is another number."""
    memories = _rows(info, "memories")
    names = [str(memory["name"] if isinstance(memory, dict) else memory) for memory in memories]
    if len(names) == 1:
        return names[0]
    known = ", ".join(names[:10]) or "none"
    raise InputError(f"the key at {url} sees these memories: {known}; name one of them by memory=")
