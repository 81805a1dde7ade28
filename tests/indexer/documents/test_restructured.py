"""reStructuredText, Sphinx's too: each block's text, no markup, nothing included."""

# ruff: noqa: E501 -- each document in a line

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.indexer.documents.restructured import read_restructured

VARIANTS = {
    "a title and paragraphs": ("Pump\n====\n\nIt is *blue*, **big** and ``P20``.\nYes.\n", "Pump\n\nIt is blue, big and P20.\nYes."),
    "sections": ("Pump\n====\n\na\n\nUse\n---\n\nb\n", "Pump\n\na\n\nUse\n\nb"),
    "lists": ("- a\n- b\n\n  - c\n\n1. d\n2. e\n", "a\nb\nc\n\n1. d\n2. e"),
    "a note": (".. note:: Wear gloves.\n\n   Always.\n", "Wear gloves.\n\nAlways."),
    "an unknown directive": (".. tab-set::\n   :sync-group: os\n\n   .. tab-item:: Linux\n\n      Use apt.\n", "Linux\n\nUse apt."),
    "a version": (".. versionadded:: 2.4 The `x` option.\n\n   And more.\n", "Added in version 2.4: The x option.\n\nAnd more."),
    "roles": ("See :ref:`the pump <pump>`, :class:`~a.b.Pump` and :func:`!run`.\n", "See the pump, Pump and run."),
    "code": (".. code-block:: python\n   :linenos:\n\n   a = 1\n     b\n\nEnd.\n", "a = 1\n  b\n\nEnd."),
    "a function": (".. py:function:: run(speed=3)\n\n   Runs it.\n\n   :param speed: In rpm.\n", "run(speed=3)\n\nRuns it.\n\nparam speed: In rpm."),
    "a tree of contents": ("a\n\n.. toctree::\n   :maxdepth: 2\n\n   intro\n\nb\n", "a\n\nb"),
    "what would be included": ("a\n\n.. include:: /etc/passwd\n\n.. raw:: html\n\n   <b>x</b>\n\nb\n", "a\n\nb"),
    "a remark and a target": (".. a remark\n\n.. _here:\n\nText_ here.\n\n.. _Text: http://a.b\n", "Text here."),
    "raised": ("10\\ :sup:`6` litres, CO\\ :sub:`2`, 1974 [1]_.\n\n.. [1] Renewed.\n", "10⁶ litres, CO2, 1974.\n\nRenewed."),
    "a simple table": ("===  ====\nVan  Rate\n===  ====\nUhu  89\n===  ====\n", "Uhu. Rate: 89."),
    "a table of a grid": ("+-----+------+\n| Van | Rate |\n+=====+======+\n| Uhu | 89   |\n+-----+      |\n| Bo  |      |\n+-----+------+\n", "Uhu. Rate: 89.\nBo. Rate: 89."),
    "a table of a list": (".. list-table:: Rates\n   :header-rows: 1\n\n   * - Van\n     - Rate\n   * - Uhu\n     - 89\n", "Rates\n\nUhu. Rate: 89."),
    "a table of values": (".. csv-table::\n   :header: Van, Rate\n\n   Uhu, 89\n", "Uhu. Rate: 89."),
    "terms": ("Van\n   A big car.\n\nBike\n   A small one.\n", "Van\n\nA big car.\n\nBike\n\nA small one."),
    "options": ("--fast  Runs fast.\n-q      Says nothing.\n", "--fast: Runs fast.\n\n-q: Says nothing."),
    "who wrote it": ("Pump\n====\n\n:Author: Ada\n:Version: 2.4\n\nText.\n", "Pump\n\nAuthor: Ada\n\nVersion: 2.4\n\nText."),
}  # fmt: skip


@pytest.mark.parametrize(("source", "text"), VARIANTS.values(), ids=VARIANTS.keys())
def test_a_text_says_what_its_page_shows(tmp_path: Path, source: str, text: str) -> None:
    (tmp_path / "a.rst").write_text(source)
    assert read_restructured(tmp_path / "a.rst").text == text


def test_the_title_is_the_first_heading(tmp_path: Path) -> None:
    (tmp_path / "a.rst").write_text("****\nPump\n****\n\nText.\n")
    assert read_restructured(tmp_path / "a.rst").title == "Pump"


def test_what_is_too_long_is_read_as_plain_text(tmp_path: Path) -> None:
    source = "Pump\n====\n\n" + "A word *here*. " * 250_000
    (tmp_path / "a.rst").write_text(source)
    document = read_restructured(tmp_path / "a.rst")
    assert (document.title, document.text) == ("Pump", source)
