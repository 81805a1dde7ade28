"""The client of a memory behind a running service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
            self._memory = _only(self._sent(_INFO), self._url)
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
        """See `AsyncClient.aask`."""
        return self._sent(_ask(self.name, question, scope, history, where, top_k))

    def search(
        self, question: str, *, limit: int = 10, where: Mapping[str, Any] | None = None
    ) -> list[Table]:
        """See `AsyncClient.asearch`."""
        return _rows(self._sent(_search(self.name, question, limit, where)), "items")

    def similar(self, question: str, *, limit: int = 5) -> list[Table]:
        """See `AsyncClient.asimilar`."""
        return _rows(self._sent(_similar(self.name, question, limit)), "items")

    def propose(self, question: str, text: str, *, author: str = "") -> Table:
        """See `AsyncClient.apropose`: an editor decides. The author is the key's name."""
        return {**self._sent(_propose(self.name, question, text)), "state": "proposed"}

    def document(self, key: str) -> str:
        """See `AsyncClient.adocument`."""
        return str(self._sent(_document(self.name, key))["text"])

    async def aname(self) -> str:
        """See `name`."""
        if self._memory is None:
            self._memory = _only(await self._asent(_INFO), self._url)
        return self._memory

    async def aask(
        self,
        question: str,
        *,
        scope: str = "",
        history: History | None = None,
        where: Mapping[str, Any] | None = None,
        top_k: int | None = None,
    ) -> Table:
        """See `AsyncClient.aask`."""
        name = await self.aname()
        return await self._asent(_ask(name, question, scope, history, where, top_k))

    async def asearch(
        self, question: str, *, limit: int = 10, where: Mapping[str, Any] | None = None
    ) -> list[Table]:
        """See `AsyncClient.asearch`."""
        call = _search(await self.aname(), question, limit, where)
        return _rows(await self._asent(call), "items")

    async def asimilar(self, question: str, *, limit: int = 5) -> list[Table]:
        """See `AsyncClient.asimilar`."""
        call = _similar(await self.aname(), question, limit)
        return _rows(await self._asent(call), "items")

    async def apropose(self, question: str, text: str, *, author: str = "") -> Table:
        """See `propose`."""
        call = _propose(await self.aname(), question, text)
        return {**(await self._asent(call)), "state": "proposed"}

    async def adocument(self, key: str) -> str:
        """See `AsyncClient.adocument`."""
        return str((await self._asent(_document(await self.aname(), key)))["text"])

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _sent(self, call: _Call) -> Table:
        import httpx2

        try:
            response = self._http.request(call.method, self._url + call.path, json=call.body)
        except (httpx2.HTTPError, RuntimeError) as error:  # RuntimeError: it was closed
            raise _unreachable(self._url, error) from error
        return _table(response, self._url, call.holds)

    async def _asent(self, call: _Call) -> Table:
        import httpx2

        # One for each request: connections belong to an event loop, and hosts have several.
        client = httpx2.AsyncClient(
            headers=self._headers, timeout=self._timeout, transport=self._async_transport
        )
        try:
            async with client:
                response = await client.request(call.method, self._url + call.path, json=call.body)
        except httpx2.HTTPError as error:
            raise _unreachable(self._url, error) from error
        return _table(response, self._url, call.holds)


@dataclass(frozen=True, slots=True)
class _Call:
    """A request, and the key that the object of its answer has."""

    method: str
    path: str
    holds: str
    body: Table | None = None


_INFO = _Call("GET", "/v1/info", "memories")


def _ask(
    memory: str,
    question: str,
    scope: str,
    history: History | None,
    where: Mapping[str, Any] | None,
    top_k: int | None,
) -> _Call:
    pairs = None if history is None else [[asked, answer] for asked, answer in history]
    body = _body(question=question, scope=scope or None, history=pairs, where=where, top_k=top_k)
    return _Call("POST", _path(memory, "ask"), "abstained", body)


def _search(memory: str, question: str, limit: int, where: Mapping[str, Any] | None) -> _Call:
    body = _body(question=question, limit=limit, where=where)
    return _Call("POST", _path(memory, "search"), "items", body)


def _similar(memory: str, question: str, limit: int) -> _Call:
    query = f"similar?question={quote(question, safe='')}&limit={limit}"
    return _Call("GET", _path(memory, query), "items")


def _propose(memory: str, question: str, text: str) -> _Call:
    body = _body(question=question, text=text)
    return _Call("POST", _path(memory, "proposals"), "id", body)


def _document(memory: str, key: str) -> _Call:
    return _Call("GET", _path(memory, f"documents/{quote(key, safe='')}/text"), "text")


def _path(memory: str, rest: str) -> str:
    return f"/v1/memories/{quote(memory, safe='')}/{rest}"


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
