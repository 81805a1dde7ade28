"""Keys and the audit log, for the operator alone; what the service is, for everyone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Visit = Callable[..., Any]


def test_a_key_is_made_shown_once_works_and_is_revoked(visit: Visit, stranger: Any) -> None:
    operator = visit("admin", name="Ann")
    shown = operator.send("/keys", name="Gus", kind="agent", memories=["administration"])
    token = shown.text("#made-token")
    assert stranger.send("/login", token=token).url == "/m/administration"
    again = operator.see("/keys")
    assert token not in again.html
    row = next(row for row in again.tree.css("tbody tr") if "Gus" in row.text())
    operator.send(row.css("form")[0].attributes["action"])
    assert stranger.see("/m/administration").url.startswith("/login")
    acts = operator.see("/audit").texts("td[data-label=What]")
    assert acts[0].startswith("key.revoke")
    assert any(act.startswith("key.add") for act in acts)


def test_a_key_that_cannot_be_made_is_told_and_what_was_typed_stays(visit: Visit) -> None:
    operator = visit("admin")
    shown = operator.send("/keys", status=422, name="Gus", kind="editor")
    assert "which memories" in shown.text(".slip")
    assert shown.one("#name").attributes["value"] == "Gus"
    assert shown.one("input[value=editor]").attributes.get("checked", 0) is None
    assert "choose one" in operator.send("/keys", status=422, name="Gus", kind="").text(".slip")


def test_a_key_for_a_memory_that_is_not_there_is_refused(visit: Visit) -> None:
    operator = visit("admin")
    shown = operator.send("/keys", status=422, name="G", kind="ask", memories=["no-such"])
    assert "no-such" in shown.text(".slip")


def test_only_the_operator_sees_keys_and_the_log(visit: Visit) -> None:
    for kind in ("editor", "agent", "ask", "metrics"):
        somebody = visit(kind)
        for path in ("/keys", "/audit"):
            shown = somebody.see(path, status=403)
            assert "needs the right 'admin'" in shown.text("#alert")
        assert not {"Keys", "Audit log"} & set(shown.texts("nav .links a"))


def test_the_log_is_shown_in_parts_to_its_end(visit: Visit) -> None:
    operator = visit("admin")
    for number in range(55):
        operator.client.post("/login", data={"token": f"wrong {number}"})
    shown, seen = operator.see("/audit"), 0
    while True:
        seen += len(shown.tree.css("tbody tr"))
        further = shown.tree.css(".more a")
        if not further:
            break
        shown = operator.see(further[0].attributes["href"])
    assert seen >= 56
    assert "Nothing has been noted" not in shown.text()


def test_about_says_what_the_words_mean(visit: Visit) -> None:
    shown = visit("ask").see("/about")
    assert "Almost certainly" in shown.text("table")
    assert "the ask, ask" in shown.text(".facts")


def test_everyone_begins_at_a_memory_and_who_sees_none_is_told_what_this_is(
    visit: Visit,
) -> None:
    assert visit("agent").see("/").url == "/m/administration"
    assert visit("admin").see("/").url == "/m/administration"
    assert visit("metrics").see("/").url == "/about"
