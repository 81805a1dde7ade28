"""Documents at the page: the list, uploads and their jobs, and each as its text."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import spanmem
from spanmem.apps.web.service import Service
from spanmem.core.records import Document

Visit = Callable[..., Any]


@pytest.fixture(scope="module", autouse=True)
def more_documents(service: Service) -> None:
    """Sixty documents beside the others, one of them long and one with pages."""
    documents = [
        Document(id=f"shelf/{n:02}.md", text=f"Shelf {n} holds jar {n}.", title=f"Shelf {n}")
        for n in range(60)
    ]
    long = "\n".join(f"Line {n} of the ledger." for n in range(3000)) + "\nThe last jar is blue."
    pages = "First page about jars.\n\nSecond page: the lid is red."
    documents += [
        Document(id="ledger.txt", text=long, title="The ledger"),
        Document(
            id="lids.pdf",
            text=pages,
            title="Lids",
            pages=(0, 24),
            metadata={"lang": "en", "year": 2026, "url": "https://example.org/lids"},
        ),
    ]
    place = service.memories.place("documents")
    with (
        service.memories.using("documents") as qa,
        spanmem.Memory.open(place, write=True) as memory,
    ):
        spanmem.add(memory, documents, encoder=qa.encoder)


def key_of(somebody: Any, name: str) -> str:
    """The key of the document whose name has these words."""
    shown = somebody.see(f"documents?q={name}")
    address: str = shown.one("tbody th a").attributes["href"]
    return address.rpartition("/")[2]


def wait_for_jobs(somebody: Any) -> Any:
    """The list when nothing is under way any more."""
    for _ in range(300):
        shown = somebody.see("documents")
        if "hx-get" not in shown.one("#jobs").attributes:
            return shown
        time.sleep(0.1)
    raise AssertionError(somebody.see("documents").text("#jobs"))


def test_documents_are_listed_by_name_in_parts_to_the_last(visit: Visit) -> None:
    shown, names = (somebody := visit("agent")).see("documents"), []
    while True:
        names += shown.texts("tbody th")
        further = shown.tree.css(".more a")
        if not further:
            break
        shown = somebody.see(further[0].attributes["href"])
    assert len(names) == len(set(names)) == 64
    assert shown.text(".count") == "64 documents"


def test_a_document_is_found_by_words_of_its_name(visit: Visit) -> None:
    somebody = visit("agent")
    assert somebody.see("documents?q=shelf+07").texts("tbody th") == ["Shelf 7"]
    assert "No document's name" in somebody.see("documents?q=nothing").text("main")


def test_who_may_not_edit_sees_no_way_to_change_anything(visit: Visit) -> None:
    shown = visit("agent").see("documents")
    assert not shown.tree.css("main form[method=post]")
    assert visit("ask").see("documents", 403).text("#alert")


def test_the_part_with_the_mark_is_shown_and_the_others_are_one_step_away(visit: Visit) -> None:
    somebody = visit("agent")
    key = key_of(somebody, "ledger")
    text = somebody.client.get(f"/m/documents/d/{key}").text
    assert "Line 0 of the ledger." in text
    start = sum(len(f"Line {n} of the ledger.\n") for n in range(3000))
    shown = somebody.see(f"d/{key}?mark={start}-{start + 21}")
    assert shown.text("mark.best") == "The last jar is blue."
    assert "Line 0 of" not in shown.text("#text")
    number = int(shown.one("#text").attributes["data-start"])
    shown = somebody.see(f"d/{key}{shown.one('a[rel=prev]').attributes['href']}")
    assert int(shown.one("#text").attributes["data-start"]) < number
    action = somebody.ask("What colour is the last jar?").one("form[action$='/correct']")
    asked = action.attributes["action"].split("/")[-2]
    shown = somebody.see(f"d/{key}?part=1&for={asked}&c=page/x")
    further = somebody.see(f"d/{key}{shown.one('a[rel=next]').attributes['href']}")
    assert further.one("form.choose").attributes["action"].endswith(f"{asked}/correct")
    assert further.one("form.choose [name=conversation]").attributes["value"] == "page/x"
    assert somebody.see(f"d/{key}?part=999").text("#text").endswith("jar is blue.")


def test_pages_and_what_is_known_of_a_document_are_shown(visit: Visit) -> None:
    shown = (somebody := visit("agent")).see(f"d/{key_of(somebody, 'lids')}")
    assert shown.texts(".page-break") == ["Page 1", "Page 2"]
    assert shown.texts(".facts dt") == ["lang", "year"]
    assert shown.one("#text").attributes["lang"] == "en"
    assert shown.one("a[rel=noreferrer]").attributes["href"] == "https://example.org/lids"


@pytest.mark.parametrize("mark", ["9-3", "x", "999999-1000000", "0-0"])
def test_a_mark_that_names_nothing_marks_nothing(visit: Visit, mark: str) -> None:
    somebody = visit("agent")
    shown = somebody.see(f"d/{key_of(somebody, 'lids')}?mark={mark}")
    assert not shown.tree.css("mark")


def test_no_document_of_that_key_is_a_page_that_says_so(visit: Visit) -> None:
    shown = visit("agent").see("d/0123456789abcdef", 404)
    assert "no document 0123456789abcdef" in shown.text("#alert")
    assert visit("agent").see("d/nothing", 422).text("#alert")


def test_files_are_read_by_a_job_and_one_that_is_broken_does_not_cost_the_others(
    visit: Visit, tmp_path: Path
) -> None:
    editor = visit("editor")
    good = ("files", ("jam.md", b"# Jam\n\nThe jam is made of quinces.\n", "text/markdown"))
    broken = ("files", ("scan.pdf", b"%PDF-1.7 nothing", "application/pdf"))
    sent = editor.client.post("/m/documents/documents", files=[good, broken])
    assert sent.status_code == 200
    shown = wait_for_jobs(editor)
    assert shown.text(".job .state") == "done, but for some files"
    assert "1 added, 1 failed" in shown.text(".job")
    assert shown.text(".job li").startswith("scan.pdf:")
    assert editor.ask("What is the jam made of?").text("article .quote mark")
    assert shown.tree.css("form[action$='/retry']")
    key = key_of(editor, "jam.md")
    original = editor.client.get(f"/m/documents/d/{key}/file")
    assert original.content.startswith(b"# Jam")
    assert original.headers["content-disposition"].startswith("attachment")
    editor.send(f"d/{key}/remove", erase="yes")
    assert wait_for_jobs(editor).text(".job h3") == "Erasing"
    assert not editor.see("documents?q=jam.md").tree.css("tbody")


def test_an_upload_without_a_file_is_refused(visit: Visit) -> None:
    sent = visit("editor").client.post("/m/documents/documents", files={"files": ("", b"")})
    assert sent.status_code == 422


def test_all_rows_of_a_table_go_by_one_button(visit: Visit) -> None:
    editor = visit("editor")
    rows = b"mast,height\nFulmar,12 metres\nGannet,14 metres\nPetrel,9 metres\n"
    editor.client.post("/m/documents/documents", files=[("files", ("masts.csv", rows))])
    wait_for_jobs(editor)
    shown = editor.see("documents?q=masts")
    assert len(shown.texts("tbody th")) == 3
    button = shown.one("tbody button[formaction]")
    assert button.text() == "Remove all of masts.csv"
    editor.client.post(button.attributes["formaction"])
    wait_for_jobs(editor)
    assert not editor.see("documents?q=masts").tree.css("tbody")
    assert not editor.see("documents?q=shelf+07").tree.css("button[formaction]")
