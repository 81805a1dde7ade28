"""Exports of chats in JSON -> one document per conversation: who said what, in order, by day.

Known by what their messages hold rather than by their maker: Slack, Telegram, Discord, Messenger,
Google Chat, ChatGPT, Claude, and the lists of roles and contents that chat models are trained on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from .documents.extracted import Extracted, TextBuilder
from .json_trees import tree_text

__all__ = ["conversations", "is_slack", "slack_day"]

_LISTS = (
    "messages", "chat_messages", "conversation", "conversations", "dialog", "dialogue", "turns",
    "transcript", "utterances", "thread",
)  # fmt: skip
"""Keys of a conversation's messages."""
_TEXTS = ("text", "content", "message", "body", "utterance", "value", "msg")
_SPEAKERS = (
    "from", "sender", "sender_name", "author", "creator", "user", "username", "role", "speaker",
    "name", "from_name", "user_profile", "bot_profile",
)  # fmt: skip
_NAMES = ("nickname", "real_name", "display_name", "displayName", "name", "username", "role", "id")
"""Where a speaker that is an object is named."""
_TIMES = (
    "date", "ts", "timestamp", "timestamp_ms", "create_time", "created_at", "created_date", "time",
)  # fmt: skip
_TITLES = ("title", "name", "topic", "subject")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[T ])")
_SLACK_TIME = re.compile(r"\d{10}\.\d{4,6}")
_MENTION = re.compile(r"<@([A-Z0-9]{3,20})(?:\|[^<>]{0,80})?>")
_SLACK_LINK = re.compile(r"<([^<>|@\s][^<>|\n]{0,2000})(?:\|([^<>\n]{1,500}))?>")
_SLACK_SIGNS = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_INLINE = ("rich_text_section", "rich_text_quote", "rich_text_preformatted")
"""Blocks whose parts stand in one line."""
_CARD = ("pretext", "title", "text", "description", "fields", "blocks")
"""What people read of an attachment of Slack's and of an embed of Discord's, in order."""
_DEEPEST = 8
_HOLDERS = ("chats", "list", "conversations", "threads", "channels", "data")
"""Keys below which exports keep several conversations."""
_ABOUT = frozenset(("id", "uuid", "type", "created_at", "updated_at", "model", "mapping"))
"""What programs say of a conversation that people do not ask for."""
_USERS_BYTES = 16_000_000
_EARLIEST, _LATEST = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (1973, 2100))


class _Message(NamedTuple):
    speaker: str
    text: str
    day: str
    order: float | None


def conversations(fields: Mapping[str, Any]) -> list[Extracted]:
    """The conversations that an object is or holds, none where it holds something else."""
    if (own := _conversation(fields)) is not None:
        return [own]
    held: list[Extracted] = []
    for key in _HOLDERS:
        inner = fields.get(key)
        if isinstance(inner, Mapping):
            held += conversations(inner)
        elif isinstance(inner, list) and all(isinstance(entry, Mapping) for entry in inner):
            texts = [_conversation(entry) for entry in inner]
            held += [text for text in texts if text is not None]
    return held


def _conversation(node: Mapping[str, Any]) -> Extracted | None:
    """A conversation with what else its object says; None where it is none."""
    messages = _messages(node)
    if messages is None:
        return None
    text = _put_together(messages, _title(node))
    if not text.text or isinstance(node.get("mapping"), Mapping):
        return text
    known = {*_ABOUT, *_TITLES, *_LISTS}
    rest = tree_text({k: v for k, v in node.items() if k not in known and isinstance(v, str)})
    return replace(text, text=f"{text.text}\n\n{rest.text}") if rest.text else text


def is_slack(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether these rows are the messages of a day of Slack."""
    return bool(rows) and all(
        row.get("type") == "message" and _SLACK_TIME.fullmatch(str(row.get("ts", "")))
        for row in rows
    )


def slack_day(rows: Iterator[Mapping[str, Any]], file: Path | None) -> Extracted:
    """A day of Slack, replies after what they answer if that is of the same day; people go by the
    names in the export's `users.json`, if it lies there."""
    names = _slack_users(file)

    def messages() -> Iterator[_Message]:
        for row in _by_thread(list(rows)):
            if (message := _message(row)) is not None and not _is_service(row):
                said = _MENTION.sub(lambda m: "@" + names.get(m[1], m[1]), message.text)
                speaker = names.get(message.speaker, message.speaker)
                yield message._replace(speaker=speaker, text=said)

    return _put_together(list(messages()), "")


def _by_thread(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The messages, those of a thread after its first one; linear but for the sorting."""
    first: dict[str, int] = {}
    threads = [str(row.get("thread_ts") or row.get("ts")) for row in rows]
    for at, thread in enumerate(threads):
        first.setdefault(thread, at)
    return [row for _, row in sorted(enumerate(rows), key=lambda one: first[threads[one[0]]])]


def _slack_users(file: Path | None) -> dict[str, str]:
    """Ids of people -> their names, from beside the folder of the channel."""
    names: dict[str, str] = {}
    for folder in (file.parent.parent, file.parent) if file is not None else ():
        path = folder / "users.json"
        with suppress(OSError, ValueError, RecursionError):
            if path.stat().st_size > _USERS_BYTES:
                continue
            for user in _list(json.loads(path.read_text(encoding="utf-8-sig"))):
                if isinstance(user, Mapping) and isinstance(user.get("id"), str):
                    profile = user.get("profile")
                    name = _named(profile) or _named(user)
                    names.setdefault(user["id"], name)
    return names


def _messages(node: Mapping[str, Any]) -> list[_Message] | None:
    """The messages of a conversation; None where the object is none."""
    mapping = node.get("mapping")
    if isinstance(mapping, Mapping):
        branch = _branch(mapping, node.get("current_node"))
        return [m for entry in branch if (m := _message(entry)) is not None]
    for key in _LISTS:
        entries = node.get(key)
        if isinstance(entries, list) and entries and all(isinstance(e, Mapping) for e in entries):
            messages = [m for e in entries if not _is_service(e) and (m := _message(e)) is not None]
            if messages and 2 * sum(bool(m.speaker) for m in messages) > len(messages):
                return _in_order(_mended(entries, messages))
    return None


def _branch(mapping: Mapping[str, Any], last: object) -> Iterator[Mapping[str, Any]]:
    """The messages of ChatGPT's tree that lead to the one shown last; all where none is named."""
    nodes: list[Any] = []
    seen: set[str] = set()
    while isinstance(last, str) and last in mapping and last not in seen:
        seen.add(last)
        node = mapping[last]
        nodes.append(node)
        last = node.get("parent") if isinstance(node, Mapping) else None
    for node in reversed(nodes) if nodes else mapping.values():
        message = node.get("message") if isinstance(node, Mapping) else None
        if isinstance(message, Mapping):
            yield message


def _message(entry: Mapping[str, Any]) -> _Message | None:
    """Who said what; None where nothing is said."""
    text = next((said for key in _TEXTS if (said := _said(entry.get(key)))), "")
    text = text or _block(entry.get("blocks"))
    cards = (_card(card) for key in ("attachments", "embeds") for card in _list(entry.get(key)))
    text = "\n".join(filter(None, [text, *cards]))
    if not text:
        return None
    if _SLACK_TIME.fullmatch(str(entry.get("ts", ""))):
        text = _slack_plain(text)
    profile = _named(entry.get("user_profile"))
    speaker = profile or next((n for key in _SPEAKERS if (n := _named(entry.get(key)))), "")
    when = next((entry[key] for key in _TIMES if entry.get(key)), None)
    day, order = _when(when)
    return _Message(speaker, text, day, order)


def _is_service(entry: Mapping[str, Any]) -> bool:
    """Whether it tells that someone joined, or the like."""
    return entry.get("type") == "service" or str(entry.get("subtype", "")).startswith(
        ("channel_", "group_", "bot_add", "bot_remove", "pinned_item", "tombstone")
    )


def _said(value: object) -> str:
    """A message's text, which may be in parts."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "".join(_part(part) for part in value).strip()
    if isinstance(value, Mapping):
        return next((said for key in ("parts", "text") if (said := _said(value.get(key)))), "")
    return ""


def _part(part: object) -> str:
    if isinstance(part, str):
        return part
    text = part.get("text") if isinstance(part, Mapping) else None
    return text if isinstance(text, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _block(block: object, depth: int = 0) -> str:
    """The text of Slack's blocks, each in its line; `<@U07>` for people, as in other texts."""
    if isinstance(block, str):
        return block
    if isinstance(block, list):
        return "\n".join(filter(None, (_block(part, depth + 1) for part in block)))
    if not isinstance(block, Mapping) or depth > _DEEPEST:
        return ""
    if isinstance(user := block.get("user_id"), str):
        return f"<@{user}>"
    parts = [_block(part, depth + 1) for part in _list(block.get("elements"))]
    said = ("" if block.get("type") in _INLINE else "\n").join(filter(None, parts))
    own = _block(block.get("text"), depth + 1) or block.get("url")
    below = _block(block.get("fields"), depth + 1)
    return "\n".join(text for text in (own, said, below) if isinstance(text, str) and text)


def _card(card: object) -> str:
    """The text of an attachment or embed; of a file none."""
    if not isinstance(card, Mapping):
        return ""
    said: list[str] = []
    for key in _CARD:
        value = card.get(key)
        if key == "fields":
            said += filter(None, map(_field, _list(value)))
        elif text := _block(value).strip():
            said.append(text)
    fallback = card.get("fallback")
    return "\n".join(said) or (fallback.strip() if isinstance(fallback, str) else "")


def _field(field: object) -> str:
    """`Prize: 400 euros`."""
    if not isinstance(field, Mapping):
        return ""
    values = (field.get("title") or field.get("name"), field.get("value"))
    return ": ".join(text.strip() for text in values if isinstance(text, str) and text.strip())


def _slack_plain(text: str) -> str:
    """A text of Slack's as people see it, links with their addresses."""
    text = _SLACK_LINK.sub(_slack_link, text)
    return re.sub("&(?:lt|gt|amp);", lambda sign: _SLACK_SIGNS[sign[0]], text)


def _slack_link(link: re.Match[str]) -> str:
    target, label = link[1], link[2]
    if target[0] in "#!":  # a channel, or all who are there
        mark = "#" if target[0] == "#" else "@"
        return f"{mark}{(label or target[1:]).lstrip('#@')}" if "^" not in target else label or ""
    if ":" not in target:
        return link[0]
    address = target.removeprefix("mailto:")
    return address if not label or label in address else f"{label} ({address})"


def _named(value: object) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, Mapping):
        return next((n for key in _NAMES if isinstance(n := value.get(key), str) and n.strip()), "")
    return ""


def _when(value: object) -> tuple[str, float | None]:
    """The day in the form of ISO 8601, "" where it is none; seconds, by which to order."""
    if isinstance(value, str) and (day := _DAY.match(value)):
        return day[0], None
    try:
        seconds = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return "", None
    seconds = seconds / 1000 if seconds > _LATEST else seconds
    if not _EARLIEST < seconds < _LATEST:
        return "", None
    return datetime.fromtimestamp(seconds, UTC).date().isoformat(), seconds


def _mended(entries: Sequence[Any], messages: list[_Message]) -> list[_Message]:
    """Messenger's export writes the bytes of UTF-8 as characters; so they are read again."""
    if not all("sender_name" in entry for entry in entries):
        return messages
    return [m._replace(speaker=_utf8(m.speaker), text=_utf8(m.text)) for m in messages]


def _utf8(text: str) -> str:
    with suppress(UnicodeError):
        return text.encode("latin-1").decode("utf-8")
    return text


def _in_order(messages: list[_Message]) -> list[_Message]:
    """Oldest first, as people read them: some exports begin with the last one."""
    times = [m.order for m in messages if m.order is not None]
    if len(times) == len(messages) and times == sorted(times, reverse=True):
        return messages[::-1]
    return messages


def _title(node: Mapping[str, Any]) -> str:
    title = next((t for key in _TITLES if isinstance(t := node.get(key), str) and t.strip()), "")
    if not title:
        title = _named(node.get("channel")) if isinstance(node.get("channel"), Mapping) else ""
    return _utf8(title) if "participants" in node else title


def _put_together(messages: Sequence[_Message], title: str) -> Extracted:
    """Who said what, with a line for each day."""
    builder = TextBuilder()
    day = ""
    for message in messages:
        if message.day and message.day != day:
            day = message.day
            builder.add(day)
        said = f"{message.speaker}: {message.text}" if message.speaker else message.text
        builder.add(said)
    text = builder.extracted(title)
    return text if any(m.text for m in messages) else Extracted("")
