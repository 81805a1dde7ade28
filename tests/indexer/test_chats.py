"""Exports of chats of many makers: who said what, in order."""

# ruff: noqa: E501 -- each case in a line

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spanmem.indexer.chats import conversations, is_slack, slack_day


def node(role: str, text: str, parent: str | None) -> dict[str, Any]:
    content = {"content_type": "text", "parts": [text]}
    return {"message": {"author": {"role": role}, "content": content}, "parent": parent}


BRANCHES = {"a": node("user", "Fee?", None), "b": node("assistant", "12.", "a"), "d": node("assistant", "14.", "a")}  # fmt: skip
MAKERS: dict[str, tuple[dict[str, Any], str]] = {
    "Telegram": ({"name": "Hall", "messages": [{"type": "service", "actor": "Lou", "text": "x"}, {"type": "message", "date": "2024-03-01T10:00:00", "from": "Petra", "text": ["The code is ", {"type": "bold", "text": "7719"}, "."]}]}, "2024-03-01\n\nPetra: The code is 7719."),
    "ChatGPT": ({"title": "Fees", "current_node": "d", "mapping": BRANCHES}, "user: Fee?\n\nassistant: 14."),
    "Claude": ({"name": "B", "chat_messages": [{"sender": "human", "text": "", "content": [{"type": "text", "text": "Bar?"}]}]}, "human: Bar?"),
    "roles": ({"messages": [{"role": "user", "content": "Key?"}, {"role": "assistant", "content": [{"type": "text", "text": "Blue pot."}]}]}, "user: Key?\n\nassistant: Blue pot."),
    "Discord": ({"guild": {"name": "H"}, "channel": {"name": "ops"}, "messages": [{"timestamp": "2024-03-01T10:00:00+00:00", "content": "Frozen.", "author": {"id": "9", "name": "tiko", "nickname": "Tiko"}}]}, "2024-03-01\n\nTiko: Frozen."),
    "Messenger": ({"participants": [], "messages": [{"sender_name": "Al", "timestamp_ms": 1700000100000, "content": "The caf\u00c3\u00a9."}, {"sender_name": "Bo", "timestamp_ms": 1700000000000, "content": "Where?"}]}, "2023-11-14\n\nBo: Where?\n\nAl: The café."),
    "a ticket": ({"id": "c7", "topic": "Refund", "status": "open again", "conversation": [{"speaker": "Kim", "utterance": "It leaks."}]}, "Kim: It leaks.\n\nstatus: open again."),
}  # fmt: skip


@pytest.mark.parametrize(("export", "text"), MAKERS.values(), ids=MAKERS.keys())
def test_a_conversation_says_who_said_what(export: dict[str, Any], text: str) -> None:
    (conversation,) = conversations(export)
    assert conversation.text == text


def test_an_export_may_hold_several() -> None:
    export = MAKERS["Telegram"][0]
    held = conversations({"about": "x", "chats": {"list": [export, {**export, "name": "Mo"}]}})
    assert [text.title for text in held] == ["Hall", "Mo"]


@pytest.mark.parametrize(
    "other",
    [
        {"messages": [{"id": 1, "text": "x"}]}, {"messages": []}, {"messages": ["a", "b"]}, {"x": 1},
        {"paths": {"example": {"messages": [{"role": "user", "content": "x"}]}}},
    ],
)  # fmt: skip
def test_what_names_no_speaker_is_none(other: dict[str, Any]) -> None:
    assert conversations(other) == []


def test_people_of_slack_go_by_their_names(tmp_path: Path) -> None:
    users = [{"id": "U07", "name": "ruth", "profile": {"real_name": "Ruth Amadi"}}]
    (tmp_path / "users.json").write_text(json.dumps(users), encoding="utf-8")
    (tmp_path / "general").mkdir()
    day = [
        {"type": "message", "user": "U07", "text": "Hello.", "ts": "1714650000.000100"},
        {"type": "message", "subtype": "channel_join", "user": "U8", "text": "x", "ts": "1714650001.000100"},
        {"type": "message", "user": "U8", "text": "Ask <@U07>.", "ts": "1714650002.000100"},
    ]  # fmt: skip
    assert is_slack(day)
    assert not is_slack([{"type": "message", "ts": "yesterday"}])
    text = slack_day(iter(day), tmp_path / "general" / "2024-05-02.json").text
    assert text == "2024-05-02\n\nRuth Amadi: Hello.\n\nU8: Ask @Ruth Amadi."


def test_a_day_that_no_clock_knows_and_names_in_no_list_stop_nothing(tmp_path: Path) -> None:
    said = [{"from": "Ann", "text": "Hello.", "date": 10**400}]
    assert [text.text for text in conversations({"messages": said})] == ["Ann: Hello."]
    (tmp_path / "users.json").write_text("5")
    day = [{"type": "message", "user": "U8", "text": "Hi.", "ts": "1714650002.000100"}]
    text = slack_day(iter(day), tmp_path / "2024-05-02.json").text
    assert text == "2024-05-02\n\nU8: Hi."


SLACK: list[tuple[dict[str, Any], str]] = [
    ({"text": "Tacos &amp; tea &lt;3, &amp;lt; is code"}, "Tacos & tea <3, &lt; is code"),
    ({"text": "See <https://oak.example|their site>."}, "See their site (https://oak.example)."),
    ({"text": "<mailto:a@oak.example|a@oak.example> <!here> <#C1|ops>"}, "a@oak.example @here #ops"),
    ({"text": "", "attachments": [{"fallback": "Bad", "text": "Build 518 failed."}]}, "Build 518 failed."),
    ({"text": "Alert", "attachments": [{"title": "Disk", "fields": [{"title": "Use", "value": "91%"}]}]}, "Alert\nDisk\nUse: 91%"),
    ({"attachments": [{"fallback": "It failed."}]}, "It failed."),
    ({"blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "Ask "}, {"type": "user", "user_id": "U07"}, {"type": "text", "text": " or "}, {"type": "link", "url": "https://oak.example"}]}]}]}, "Ask @U07 or https://oak.example"),
    ({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Menu"}}, {"type": "section", "fields": [{"type": "mrkdwn", "text": "Soup"}, {"type": "mrkdwn", "text": "Rice"}]}]}, "Menu\nSoup\nRice"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "said"), SLACK)
def test_a_message_of_slack_is_read_as_people_see_it(message: dict[str, Any], said: str) -> None:
    day = [{"type": "message", "ts": "1711962000.000100", "user": "Ann", **message}]
    assert slack_day(iter(day), None).text == f"2024-04-01\n\nAnn: {said}"


def test_embeds_of_discord_are_read() -> None:
    embed = {
        "title": "Final",
        "description": "In Riga.",
        "fields": [{"name": "Prize", "value": "400"}],
    }
    message = {
        "content": "",
        "author": {"name": "Bot"},
        "embeds": [embed],
        "attachments": [{"url": "u"}],
    }
    (text,) = conversations({"messages": [message]})
    assert text.text == "Bot: Final\nIn Riga.\nPrize: 400"


def test_blocks_nested_without_end_are_left() -> None:
    block: dict[str, Any] = {"text": "x"}
    for _ in range(500):
        block = {"elements": [block]}
    assert conversations({"messages": [{"author": "A", "text": "Hi", "attachments": [block]}]})
    assert conversations({"messages": [{"author": "A", "blocks": [block]}]}) == []


def test_replies_of_slack_stand_after_what_they_answer(tmp_path: Path) -> None:
    said: list[tuple[str, dict[str, Any]]] = [
        ("Fee?", {"thread_ts": "1700000000.000100"}),
        ("Lunch?", {}),
        ("x", {"subtype": "bot_add"}),
        ("12.", {"thread_ts": "1700000000.000100"}),
        ("Soup.", {"thread_ts": "1700000001.000100"}),
    ]
    day = [
        {"type": "message", "ts": f"170000000{at}.000100", "text": text, "username": "Al", **more}
        for at, (text, more) in enumerate(said)
    ]
    day[3] |= {"username": "", "bot_profile": {"name": "Deskbot"}}
    text = slack_day(iter(day), tmp_path / "general" / "2023-11-14.json").text
    assert text == "2023-11-14\n\nAl: Fee?\n\nDeskbot: 12.\n\nAl: Lunch?\n\nAl: Soup."
