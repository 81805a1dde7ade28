"""`spanmem chat`: a conversation on a terminal or through a pipe, line by line."""

from __future__ import annotations

import contextlib
import getpass
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import typer

from ...core.errors import InputError
from . import options as opt

if TYPE_CHECKING:
    from rich.console import Console

    from ...pipeline.answers import Answer
    from ...pipeline.qa import QA
    from ...pipeline.session import Session

__all__ = ["chat", "converse", "user"]

HELP = (
    "/correct TEXT: the right answer to the last question; /withdraw: take the last correction "
    "back; /why: how it came about; /quit"
)


def chat(
    ctx: typer.Context,
    memory: opt.MemoryFolder = None,
    scope: opt.Scope = None,
    top_k: opt.TopK = None,
    passages: opt.Passages = None,
    read: opt.Read = None,
    mode: opt.Mode = None,
    encoder: opt.EncoderModel = None,
    reader: opt.ReaderModel = None,
    device: opt.Device = None,
    threads: opt.Threads = None,
    config: opt.ConfigSource = None,
) -> None:
    """Ask in turns: follow-ups are understood, /correct is remembered, /quit ends it.

    /withdraw takes the last correction back.
    """
    from ...pipeline.qa import QA
    from .output import console

    run = opt.invocation(ctx)
    with QA.open(run.settings) as qa:
        converse(qa, run.arguments.memory.scope, console())


def converse(qa: QA, scope: str, console: Console) -> None:
    """Ask line by line until the input ends or says `/quit`.

    A line that cannot be asked is told about on stderr, and the conversation goes on.
    """
    session = qa.session(scope)
    last: Answer | None = None
    if sys.stdin.isatty():
        sys.stderr.write(f"Ask away. {HELP}\n")
    for line in _lines():
        if line == "/quit":
            return
        try:
            last = _turn(qa, session, line, last, console)
        except InputError as error:
            sys.stderr.write(f"spanmem: {error}\n")


def _turn(
    qa: QA, session: Session, line: str, last: Answer | None, console: Console
) -> Answer | None:
    """Do what one line says; returns the answer that `/why` and `/correct` mean from now on."""
    from ...pipeline.english.courtesy import is_courtesy
    from ...pipeline.english.objection import objection_in, told_in
    from .output import flat
    from .render import show_answer, show_reasons

    if not line.startswith("/"):
        if is_courtesy(line):
            # Asked, it would be what /correct means from now on.
            sys.stderr.write("This asks nothing, so nothing was looked up\n")
            return last
        objection = None if last is None else objection_in(line)
        if objection is not None:
            # Asked, it would take the place of what it speaks against.
            sys.stderr.write(f"{_hint(flat(objection))}\n")
            return last
        answer = session.ask(line)
        for notice in answer.notices:
            sys.stderr.write(f"{flat(notice)}\n")
        show_answer(console, answer, qa.memory.passage, others=0)
        return answer
    command, _, text = line.partition(" ")
    if command not in ("/why", "/correct", "/withdraw"):
        raise InputError(f"{command} is not known; {HELP}")
    if command == "/withdraw":
        taken_back = session.withdraw(text.strip() or None, author=user())
        correction = qa.memory.turn(session.scope, taken_back.supersedes or "")
        sys.stderr.write(f"Withdrawn: {flat((correction and correction.answer) or '')}\n")
        return last
    if last is None:
        raise InputError(f"{command} needs a question before it")
    if command == "/why":
        show_reasons(console, last, qa.memory.passage)
    elif text.strip():
        session.correct(last, told_in(text, last.question), author=user())
        sys.stderr.write(f"Remembered, as the answer to: {flat(last.question)}\n")
    else:
        raise InputError("/correct needs the right answer after it")
    return last


def _hint(told: str) -> str:
    """What to say to a line that speaks against the last answer: nothing is guessed."""
    example = f"/correct {told}" if told else "/correct and the right answer"
    return f"Not remembered: to set the last answer right, say {example}; to ask, end with a `?`"


def _lines() -> Iterator[str]:
    """Lines that hold something, from a terminal with editing or from a pipe."""
    if not sys.stdin.isatty():
        yield from (line.strip() for line in sys.stdin if line.strip())
        return
    with contextlib.suppress(ImportError):
        import_module("readline")  # gives `input` its editing and history
    while True:
        try:
            line = input("> ").strip()
        except EOFError:
            sys.stderr.write("\n")
            return
        if line:
            yield line


def user() -> str:
    """Who corrects, as the system knows them; empty where it does not."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
