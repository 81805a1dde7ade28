"""Multipart bodies, however they are cut and whatever they hold."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmem.apps.web.errors import TooLarge
from spanmem.apps.web.files import Files, kept_name
from spanmem.apps.web.multipart import Receiver
from spanmem.core.errors import InputError
from spanmem.pipeline.settings import ServiceSettings

LIMITS = ServiceSettings(file_bytes=1000, upload_files=3)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("data"))


def encoded(parts: list[tuple[str, bytes]]) -> tuple[bytes, str]:
    """A body as clients make it, and its content type."""
    sent = [("files", part) for part in parts]
    request = httpx2.Request("POST", "http://x/", files=sent, data={"note": "a field"})
    return request.read(), request.headers["content-type"]


def received(files: Files, body: bytes, content_type: str, size: int) -> list[tuple[str, bytes]]:
    with closing(Receiver(files, content_type, LIMITS)) as receiver:
        for at in range(0, len(body), size):
            receiver.write(body[at : at + size])
        receiver.finish()
        uploads = [files.keep(incoming) for incoming in receiver.incoming]
    return [(upload.name, files.path(upload.sha256).read_bytes()) for upload in uploads]


@settings(max_examples=40, deadline=None)
@given(
    contents=st.lists(st.binary(max_size=200) | st.just(b"\r\n--x\r\n"), min_size=1, max_size=3),
    size=st.integers(1, 300),
)
def test_files_arrive_as_they_were_sent_however_the_body_is_cut(
    files: Files, contents: list[bytes], size: int
) -> None:
    parts = [(f"n{at}.txt", content) for at, content in enumerate(contents)]
    assert received(files, *encoded(parts), size) == parts


def test_names_are_cleaned_and_kept_in_their_script(files: Files) -> None:
    body, kind = encoded([("../Übersicht.txt", b"x"), ('a"b.txt', b"y")])
    assert [name for name, _ in received(files, body, kind, 64)] == [
        "Übersicht.txt",
        kept_name('a"b.txt'),
    ]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        # As .NET sends it: coded as in mails, and once more by RFC 5987.
        (
            "filename=\"=?utf-8?B?R2zDvGNrLnBkZg==?=\"; filename*=utf-8''Gl%C3%BCck.pdf",
            "Glück.pdf",
        ),
        ('filename="=?utf-8?Q?Gl=C3=BCck.pdf?="', "Glück.pdf"),
        ("filename*=UTF-8''%D0%A1%D0%BD%D0%B8%D0%BC%D0%BE%D0%BA.pdf", "Снимок.pdf"),
        ("filename*=iso-8859-1'de'Gl%FCck.pdf", "Glück.pdf"),
        ("filename*=no-such'de'Gl%C3%BCck.pdf", "Glück.pdf"),
        ('filename="a filename*=b.pdf"', kept_name("a filename*=b.pdf")),
        ('filename="=?no-such?B?R2zDvGNr?=.pdf"', kept_name("=?no-such?B?R2zDvGNr?=.pdf")),
    ],
)
def test_names_are_read_in_the_ways_in_which_clients_write_them(
    files: Files, told: str, name: str
) -> None:
    head = f'--x\r\nContent-Disposition: form-data; name="files"; {told}\r\n\r\n'
    body = head.encode() + b"here\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    assert received(files, body, kind, 64) == [(name, b"here")]


@pytest.mark.parametrize(
    ("parts", "error", "why"),
    [
        ([("a.txt", b"x" * 1001)], TooLarge, "at most 1,000 bytes"),
        ([("a.txt", b"x")] * 4, TooLarge, "more than 3 files"),
        ([("a" * 9000, b"x")], InputError, "header size"),
    ],
)
def test_what_is_too_large_or_too_many_is_refused_and_leaves_nothing(
    tmp_path: Path, parts: list[tuple[str, bytes]], error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        received(Files(tmp_path), *encoded(parts), 100)
    assert list((tmp_path / "incoming").iterdir()) == []
    assert list((tmp_path / "files").iterdir()) == []


def test_bodies_that_are_cut_short_or_no_forms_are_refused(files: Files) -> None:
    body, kind = encoded([("a.txt", b"The mill.")])
    for broken, content_type in (
        (body[:-10], kind),
        (b"no form at all", kind),
        (b"", kind),
        (body, "multipart/form-data"),
    ):
        with pytest.raises(InputError):
            received(files, broken, content_type, 64)


def test_a_form_without_a_file_is_refused(files: Files) -> None:
    empty = b'--b\r\nContent-Disposition: form-data; name="files"; filename=""\r\n\r\n\r\n--b--\r\n'
    with pytest.raises(InputError, match="no file"):
        received(files, empty, "multipart/form-data; boundary=b", 64)
