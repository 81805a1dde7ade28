"""What people do at the page, from end to end: by keyboard, by files, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import spanmem
from spanmem.core.records import Document, document_key
from spanmem.memory.store import Memory

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
pytestmark = pytest.mark.browser
sync_api.expect.set_options(timeout=20_000)
PLACE = ("start", "end")


def expect(locator: Any) -> Any:
    """Waits until something holds."""
    return sync_api.expect(locator)


def tab_to(somebody: Any, locator: Any, most: int = 60) -> None:
    """Go to an element by the Tab key alone."""
    for _ in range(most):
        if locator.evaluate("node => node === document.activeElement"):
            return
        somebody.press("Tab")
    raise AssertionError(f"{locator} is not reached by Tab")


def test_asking_judging_and_correcting_by_keyboard_alone(person: Callable[..., Any]) -> None:
    somebody = person("editor")
    page, keys = somebody.page, somebody.page.keyboard
    somebody.go("/m/support")
    page.locator("#main").focus()
    somebody.press("/")
    expect(page.locator("#question")).to_be_focused()
    keys.type("Who built the mill at Halden?")
    somebody.press("Enter")
    expect(page.locator("article h2")).to_have_text("Who built the mill at Halden?")
    expect(page.locator("#question")).to_have_value("")
    expect(page.locator("#question")).to_be_focused()
    keys.type("When was it\nbuilt?".partition("\n")[0])
    somebody.press("Shift+Enter")
    keys.type("built?")
    somebody.press("Enter")
    expect(page.locator("article")).to_have_count(2)
    newest = page.locator("article").first
    expect(newest.locator(".read-as")).to_contain_text("Read as: When was it")
    # Judge it.
    right = newest.get_by_role("button", name="Right", exact=True)
    tab_to(somebody, right)
    somebody.press("Enter")
    expect(newest.get_by_role("button", name="Right", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(newest.get_by_role("button", name="Right", exact=True)).to_be_focused()
    # Correct it, by its single key.
    somebody.press("c")
    keys.type("in the year 1913")
    somebody.press("Tab")
    somebody.press("Enter")
    expect(page.locator(".notice[role=status]")).to_contain_text("Saved")
    page.locator("#main").focus()
    somebody.press("/")
    keys.type("When was the mill at Halden built?")
    somebody.press("Enter")
    expect(page.locator("article").first.locator("h2")).to_contain_text("mill at Halden built")
    expect(page.locator("article").first).to_contain_text("in the year 1913")
    # What the keys are; then out.
    page.locator("#main").focus()
    somebody.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    somebody.press("Escape")
    page.locator(".skip").focus()
    tab_to(somebody, page.get_by_role("button", name="Sign out"))
    somebody.press("Enter")
    expect(page.locator("#token")).to_be_focused()


def test_what_is_typed_into_an_opened_form_is_no_shortcut(person: Callable[..., Any]) -> None:
    somebody = person("editor")
    page, keys = somebody.page, somebody.page.keyboard
    page.fill("#question", "Who built the mill at Halden?")
    somebody.press("Enter")
    article = page.locator("article:not(.waiting)")
    expect(article).to_have_count(1)
    expect(page.locator("#question")).to_have_value("")
    page.locator("#main").focus()
    somebody.press("c")
    field = article.get_by_label("The right answer")
    expect(field).to_be_focused()
    text = "crew 1 / wrc?"
    keys.type(text)
    expect(field).to_have_value(text)
    for _ in range(2):  # in the form, beside its fields, and on what opens it
        somebody.press("Shift+Tab" if field.evaluate("f => f === document.activeElement") else "c")
        keys.type("cwr1?/")
        expect(field).to_have_value(text)
        expect(field).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url.count("/d/") == 0
    somebody.press("Escape")
    expect(field).to_be_hidden()
    somebody.press("w")
    first = article.get_by_role("group", name="What is the matter").get_by_role("button").first
    expect(first).to_be_focused()
    keys.type("rwc")
    expect(first).to_be_visible()
    expect(field).to_be_hidden()
    somebody.press("Escape")
    somebody.press("c")
    expect(field).to_be_focused()
    expect(field).to_have_value(text)
    assert article.locator("[aria-pressed=true]").count() == 0


def test_people_sign_in_and_ask_where_the_page_is_not_encrypted(
    person: Callable[..., Any],
) -> None:
    somebody = person("editor", host="help.lan")
    page = somebody.page
    for scripted, question in ((True, "Who built the mill?"), (False, "Where is the mill?")):
        page.fill("#question", question)
        if scripted:
            somebody.press("Enter")
        else:
            page.evaluate("document.querySelector('form.ask').submit()")
        expect(page.locator("article:not(.waiting) h2").first).to_have_text(question)
        expect(page.locator("#question")).to_have_value("")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#token")).to_be_visible()
    ignored = "The Cross-Origin-Opener-Policy header has been ignored"  # as it is at such names
    somebody.complaints[:] = [c for c in somebody.complaints if not c.startswith(ignored)]


def test_a_double_click_asks_once(person: Callable[..., Any]) -> None:
    page = person("editor").page
    articles = page.locator("article:not(.waiting)")
    for count, question in enumerate(("Who built the mill?", "Where is the mill?"), start=1):
        page.fill("#question", question)
        page.locator("form.ask button").dblclick()
        expect(articles.first.locator("h2")).to_have_text(question)
        expect(page.locator("#question")).to_have_value("")
        expect(articles).to_have_count(count)


def test_an_answer_is_chosen_in_its_document_by_selecting_it(person: Callable[..., Any]) -> None:
    somebody = person("editor")
    page = somebody.page
    page.fill("#question", "By whom was the mill built?")
    somebody.press("Enter")
    expect(page.locator("article h2")).to_have_count(1)
    page.locator("article [data-key=c]").click()
    page.get_by_role("link", name="Choose it in the document").click()
    page.evaluate(
        """() => {
          const text = document.querySelector("#text");
          const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
          for (let node; (node = walker.nextNode());) {
            const at = node.data.indexOf("Berg");
            if (at >= 0) getSelection().setBaseAndExtent(node, at, node, at + 4);
          }
        }"""
    )
    expect(page.locator("#chosen")).to_have_value("Berg")
    page.get_by_role("button", name="Save for everyone").click()
    expect(page.locator(".notice[role=status]")).to_contain_text("Saved")
    page.fill("#question", "By whom was the mill built?")
    somebody.press("Enter")
    expect(page.locator("article")).to_have_count(2)
    expect(page.locator("article").first.locator(".answer")).to_have_text("Berg")
    expect(page.locator("article").first.locator(".quote mark")).to_have_text("Berg")
    page.locator("article").first.locator(".place a").click()
    expect(page.locator("#text mark:target")).to_have_text("Berg")
    expect(page.locator("#text mark:target")).to_be_in_viewport()


def test_what_is_selected_across_a_page_break_is_the_text_alone(
    person: Callable[..., Any], served: Any
) -> None:
    service, _ = served
    words = "𝔖omething about quays.\n\nThe quay of Lund is green."
    document = Document(id="quays.pdf", text=words, title="Quays", pages=(0, 24))
    with (
        service.memories.using("support") as qa,
        Memory.open(service.memories.place("support"), write=True) as memory,
    ):
        spanmem.add(memory, [document], encoder=qa.encoder)
    somebody = person("editor")
    page = somebody.page
    page.fill("#question", "Which colour is the quay of Lund?")
    somebody.press("Enter")
    page.locator("article [data-key=c]").click()
    link = page.get_by_role("link", name="Choose it in the document").get_attribute("href")
    assert document_key("quays.pdf") in link
    somebody.go(re.sub("mark=[^&]*&|#.*", "", link))
    expect(page.locator(".page-break")).to_have_text(["Page 1", "Page 2"])
    for first, last, chosen in (
        ("about", "quay ", "about quays.\n\nThe quay"),
        ("Page 2", "quay ", "The quay"),
        ("quays.", "Page 2", "quays."),
    ):
        page.evaluate(
            """([first, last]) => {
              const walker = document.createTreeWalker(
                document.querySelector("#text"), NodeFilter.SHOW_TEXT
              );
              let start, end;
              for (let node; (node = walker.nextNode());) {
                if (node.data.includes(first)) start ??= [node, node.data.indexOf(first)];
                if (node.data.includes(last)) end = [node, node.data.indexOf(last) + last.length];
              }
              getSelection().setBaseAndExtent(...start, ...end);
            }""",
            [first, last],
        )
        expect(page.locator("#chosen")).to_have_value(re.compile(f"^{re.escape(chosen)}\\s*$"))
        start, end = (int(page.locator(f"form.choose [name={n}]").input_value()) for n in PLACE)
        assert words[start:end].strip() == chosen
    page.evaluate("getSelection().empty()")
    assert page.locator("#chosen").input_value().strip() == "quays."


def test_an_opened_form_stays_open_while_the_list_refreshes_itself(
    person: Callable[..., Any], served: Any, tmp_path: Path
) -> None:
    service, base = served
    somebody = person("editor")
    page = somebody.page
    somebody.go("/m/support/documents")
    (tmp_path / "oar.txt").write_text("The oar of Orland is long.", encoding="utf-8")

    def refreshed() -> None:
        """Waits until the list has come anew."""
        with page.expect_response(f"{base}/m/support/documents"):
            pass

    with Memory.open(service.memories.place("support"), write=True):
        page.set_input_files("#files", tmp_path / "oar.txt")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator(".job").first).to_contain_text("waiting")
        row = page.locator("tbody tr", has_text="kettle.md")
        row.locator("summary").click()
        row.get_by_role("checkbox").check()
        page.locator("#q").fill("half a wo")
        refreshed()
        refreshed()
        expect(row.get_by_role("button", name="Remove it")).to_be_visible()
        expect(row.get_by_role("checkbox")).to_be_checked()
        expect(page.locator("#q")).to_have_value("half a wo")
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator(".job progress")).to_have_count(0)


def test_of_three_files_one_is_broken_and_two_can_be_asked(
    person: Callable[..., Any], tmp_path: Path
) -> None:
    somebody = person("editor")
    page = somebody.page
    for name, content in {
        "jam.md": "# Jam\n\nThe jam of Orland is made of quinces.\n",
        "rope.txt": "The rope of Orland is made of hemp.\n",
        "scan.pdf": "%PDF-1.7 nothing",
    }.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    somebody.go("/m/support/documents")
    page.set_input_files("#files", sorted(tmp_path.iterdir()))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".job progress")).to_have_count(1)
    state = page.locator(".job .state").first
    sync_api.expect(state).to_have_text("done, but for some files", timeout=40_000)
    expect(page.locator(".job").first).to_contain_text("2 added, 1 failed")
    expect(page.locator(".job li")).to_contain_text("scan.pdf")
    expect(page.locator(".job").first.get_by_role("button", name="Try again")).to_be_visible()
    somebody.go("/m/support")
    page.fill("#question", "What is the rope of Orland made of?")
    somebody.press("Enter")
    expect(page.locator("article .place").first).to_contain_text("rope")


def test_an_unanswered_question_is_answered_now(person: Callable[..., Any]) -> None:
    asker, editor = person("ask"), person("editor")
    asker.page.fill("#question", "Which giraffe won the regatta?")
    asker.press("Enter")
    expect(asker.page.locator("article .answer")).to_have_text("I do not know.")
    editor.go("/m/support/unanswered")
    item = editor.page.locator(".item", has_text="Which giraffe won the regatta?")
    item.get_by_text("Answer it now").click()
    item.get_by_label("The answer").fill("Gerda")
    item.get_by_role("button", name="Save").click()
    expect(item).to_have_count(0)
    asker.page.fill("#question", "Which giraffe won the regatta?")
    asker.press("Enter")
    expect(asker.page.locator("article").first.locator(".answer")).to_have_text("Gerda")


def test_what_goes_wrong_is_told_and_what_was_written_stays(person: Callable[..., Any]) -> None:
    somebody = person("ask")
    page = somebody.page
    page.fill("#question", "why? " * 301)
    somebody.press("Enter")
    expect(page.locator("#question-slip")).to_contain_text("words")
    expect(page.locator("#question")).to_be_focused()
    expect(page.locator("#question")).to_have_value("why? " * 301)
    page.context.set_offline(True)
    page.fill("#question", "Is anybody there?")
    somebody.press("Enter")
    expect(page.locator("#alert")).to_contain_text("does not answer")
    expect(page.locator("#question")).to_have_value("Is anybody there?")
    expect(page.locator(".waiting")).to_have_count(0)
    page.context.set_offline(False)
    somebody.complaints.clear()


def test_without_javascript_the_same_can_be_done(person: Callable[..., Any]) -> None:
    somebody = person("editor", java_script_enabled=False)
    page = somebody.page
    page.fill("#question", "How long is the warranty of the Brisk kettle?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("article h2")).to_have_count(1)
    page.get_by_role("button", name="Right", exact=True).click()
    expect(page.locator("article [aria-pressed=true]")).to_have_text("Right")
    page.locator("summary", has_text="Copy with source").click()
    expect(page.get_by_label("Answer with its source")).to_be_visible()
    page.get_by_text("Correct it").click()
    page.get_by_label("The right answer").fill("six years")
    page.get_by_role("button", name="Save for this conversation").click()
    expect(page.locator(".notice[role=status]")).to_contain_text("Saved")
    page.fill("#question", "How long is the warranty of the Brisk kettle?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("article").first.locator(".answer")).to_have_text("six years")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("link", name="Corrections").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#token")).to_be_visible()
