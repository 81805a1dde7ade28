"""An expression is what `re.compile` gives, later."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.expressions import expression
from tests.rooms import ROOT

SOURCE = r"(?P<word>[a-c]+)\s*(\d{1,2})?"


@given(st.text("abcX 12", max_size=30))
def test_it_finds_what_a_compiled_one_finds(text: str) -> None:
    late, early = expression(SOURCE), re.compile(SOURCE)
    assert [m.span() for m in late.finditer(text)] == [m.span() for m in early.finditer(text)]
    assert late.findall(text) == early.findall(text)
    assert late.sub(r"<\1>", text) == early.sub(r"<\1>", text)
    assert late.split(text) == early.split(text)
    assert (late.fullmatch(text) is None) == (early.fullmatch(text) is None)
    assert (late.pattern, late.flags, late.groupindex) == (SOURCE, early.flags, early.groupindex)


def test_flags_count() -> None:
    assert expression("a.b", re.IGNORECASE | re.DOTALL).search("A\nB")


def test_it_is_compiled_once_and_no_sooner_than_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    real = re.compile

    def compile_told(source: str, flags: int = 0) -> re.Pattern[str]:
        compiled.append(source)
        return real(source, flags)

    monkeypatch.setattr(re, "compile", compile_told)
    late = expression("x")
    assert not compiled
    assert late.search("x")
    assert late.match("x")
    assert late.search("y") is None
    assert compiled == ["x"]


def test_a_faulty_one_is_told_when_it_is_used() -> None:
    late = expression("(")
    with pytest.raises(re.error):
        late.search("x")
    with pytest.raises(re.error):
        late.match("x")


def test_the_expressions_of_english_wait_for_their_use() -> None:
    """One that is compiled at import is paid for by each new process."""
    for path in sorted((ROOT / "pipeline" / "english").glob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        early = [line for line in lines if re.match(r"[A-Z_]+\b.*re\.compile\(", line)]
        assert not early, f"{path.name}: {early}"
