"""Files of settings: values as they are written, with their keys; remarks; nothing blows up."""

# ruff: noqa: E501 -- each case in a line

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.indexer.documents.configuration import read_configuration

KEYS = st.text("abcdefgh", min_size=1, max_size=6)
VALUES = st.from_regex(r"[a-z0-9][a-z0-9.:/]{0,8}[a-z0-9]", fullmatch=True)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", "# for all\ngate:\n  timeout: 45s\n  on: no\n  v: 1.10\n  mode: 0644\n",
         "for all\n\ngate. timeout: 45s.\ngate. on: no.\ngate. v: 1.10.\ngate. mode: 0644."),
        ("a.yml", "kind: Pod\n---\nkind: Job\nnames: [a, b]\n", "1. kind: Pod.\n2. kind: Job.\n2. names: a, b."),
        ("a.yml", "- name: copy\n  src: !vault x\n- name: run\n  cmd: ls\n", "copy. src: x.\nrun. cmd: ls."),
        ("a.toml", '# why\n[srv]\nlevel = "warn"\nratio = 1.10\n[srv.tls]\nport = 443\n',
         "why\n\nsrv. level: warn.\nsrv. ratio: 1.10.\nsrv, tls. port: 443."),
        ("a.ini", "; limits\n[PHP]\nMax_Size = 64M\nflag\n", "limits\n\nPHP. Max Size: 64M."),
    ],
)  # fmt: skip
def test_values_are_read_with_their_keys(tmp_path: Path, name: str, text: str, said: str) -> None:
    extracted = read_configuration(write(tmp_path, name, text))
    assert extracted.text.replace("\n\n", "\n") == said.replace("\n\n", "\n")
    assert not extracted.notices


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), max_size=4))
def test_every_value_of_yaml_is_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, dict[str, str]]
) -> None:
    lines = [
        line
        for key, inner in tree.items()
        for line in (f"{key}:", *(f"  {k}: {v}" for k, v in inner.items()))
    ]
    text = read_configuration(
        write(tmp_path_factory.mktemp("c"), "a.yaml", "\n".join(["x: y", *lines]))
    ).text
    assert all(f"{key}. {k}: {v}." in text for key, inner in tree.items() for k, v in inner.items())


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.yaml", "a: {{ .Values.x }}\nb: {{ y }}\n", "no valid YAML"),
        ("a.yaml", BOMB, "more than 1,000,000 values"),
        ("a.yaml", "a: &a\n  b: *a\n", "no valid YAML"),
        ("a.yaml", "[" * 5_000, "no valid YAML"),
        ("a.yaml", "- " * 5_000 + "x", "more than 100 values within each other"),
        ("a.yaml", "only words", "no key in it"),
        ("a.toml", "a = 1\na = 2\n", "no valid TOML"),
        ("a.ini", "Max_Size = 64M\n", "no valid INI"),
    ],
)
def test_what_cannot_be_parsed_is_read_as_text_and_told(
    tmp_path: Path, name: str, text: str, why: str
) -> None:
    extracted = read_configuration(write(tmp_path, name, text))
    assert extracted.text == text
    (notice,) = extracted.notices
    assert why in notice
    assert notice.endswith("; read as text")
    assert "\n" not in notice
