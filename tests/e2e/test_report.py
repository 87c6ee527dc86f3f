#!/usr/bin/env python3
"""The report of a network in which one member writes whatever it likes: markup, overrides of direction, titles without end,
nests, figures beyond every bound, bytes that are no MessagePack. The page stays a page, the table a table, and the records
of the others stand in them as they are; a harmless record of the same kind shows that it would have been there."""
import csv
import html.parser
import io
import unittest

import nodes
from unchecked import Unchecked

COMMITMENT, PROGRAMME, PRACTICE, WORKSHOP, PROJECT, CLAIM = 66, 70, 128, 134, 133, 142
TAGS = {"html", "head", "meta", "title", "style", "body", "svg", "defs", "pattern", "path", "symbol", "circle", "rect", "use",
        "line", "text", "header", "main", "footer", "h1", "h2", "p", "dl", "dt", "dd", "ul", "li", "div", "table", "thead",
        "tbody", "tr", "th", "td", "bdi", "code", "b", "small", "span"}
VOID = {"meta"}
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
OVERRIDE = "\u202egnol\u2066\x1b[2J\x07"
FORMULA = '=HYPERLINK("https://bad.example")'
LONG = "x" * 65000
MOST = 2 ** 53 - 1


class Page(html.parser.HTMLParser):
    """Checks that tags are known and closed, that nothing leads or acts anywhere, and collects the text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.words, self.faults = [], [], []
        self.feed(text)
        self.close()
        if self.open:
            self.faults.append(f"open at the end: {self.open}")

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in ("src", "action", "formaction") or (
                    name == "href" and not value.startswith("#")):
                self.faults.append(f"<{tag} {name}={value!r}>")
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.get_starttag_text().endswith("/>") or self.open[-1:] == [tag]:
            if self.open[-1:] != [tag]:
                self.faults.append(f"</{tag}> within {self.open[-3:]}")
            else:
                self.open.pop()

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_data(self, data):
        self.words.append(data)


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = nodes.Folder()
        cls.addClassCleanup(cls.folder.close)
        cls.coord = cls.folder.node("coord")
        cls.coord.init()
        cls.coord.start()
        cls.hostile = Unchecked(cls.coord, "hostile")
        cls.refs = {name: cls.hostile.publish(kind, fields) for name, kind, fields in cls.records()}
        nodes.wait_for(lambda: cls.coord.status()["arrivals"] == cls.coord.status()["indexed"], "the views")

    @staticmethod
    def records():
        for name, title in (("plain", "Budget participatif"), ("script", SCRIPT), ("override", OVERRIDE),
                            ("formula", FORMULA), ("long", LONG)):
            yield name, COMMITMENT, {"title": {"fr": title}, "article": 1, "end": "2024-06-30"}
        yield "tag", COMMITMENT, {"title": {'fr" onclick="x': "T"}, "article": -1, "end": "99999-12-31"}
        yield "far", COMMITMENT, {"title": "\x00", "article": MOST, "end": "2024-06-30"}
        nest = "end"
        for _ in range(6):
            nest = [nest]
        yield "nest", COMMITMENT, {"title": nest, "article": nest, "end": nest}
        yield "heads", WORKSHOP, {"title": {"fr": SCRIPT}, "date": "2024", "headcount": {"total": MOST, "women": 5, "youth": -1}}
        yield "money", PROJECT, {"title": {"fr": OVERRIDE}, "budget": {
            "total": {"amount": -MOST, "currency": SCRIPT}, "lines": [{"amount": {"amount": MOST, "currency": SCRIPT}}, 1]}}
        yield "stages", PROGRAMME, {"title": {"fr": FORMULA}, "stages": [{"stage": SCRIPT}, {"stage": OVERRIDE}, 3]}
        yield "claim", CLAIM, {"title": {"fr": LONG}, "measure": SCRIPT, "value": "9" * 24, "parts": [{"value": "=1"}, {}]}
        yield "practice", PRACTICE, {"title": {"ar": SCRIPT}}
        yield "deep", COMMITMENT, b"\x91" * 20000
        yield "not utf-8", COMMITMENT, b"\x81\xa5title\xa3\xff\xfe<"

    def report(self, *words):
        return self.coord.commune("report", "--today", "2024-12-15", *words)

    def test_the_page_holds_nothing_that_acts(self):
        for lang in "ar", "fr", "en":
            text = self.report("--lang", lang)
            page = Page(text)
            self.assertEqual(page.faults, [])
            words = "".join(page.words)
            self.assertIn("Budget participatif", words)
            self.assertIn(SCRIPT, words)
            self.assertNotIn("onclick", text)
            for character in "\u202e\u2066\x1b\x07\x00":
                self.assertNotIn(character, text)
            self.assertNotIn("x" * 200, text)
            for name, ref in self.refs.items():
                # What cannot be read, or counts more heads than there are people, has no finding and no row.
                self.assertEqual(ref in words.split() or f"{ref}\n" in words, name not in ("deep", "not utf-8", "heads"), name)

    def test_the_page_would_fault_what_acts(self):
        for twin in ("<script>x</script>", "<p onclick='x'>y</p>", "<p><b></p></b>", "<a href='https://x'>y</a>", "<p>"):
            self.assertNotEqual(Page(twin).faults, [], twin)
        self.assertEqual(Page("<p>y</p>").faults, [])

    def test_each_line_of_the_csv_is_as_long_as_the_first(self):
        text = self.report("--format", "csv")
        lines = list(csv.reader(io.StringIO(text)))
        self.assertEqual({len(line) for line in lines}, {len(lines[0])})
        cells = [cell for line in lines for cell in line]
        self.assertIn("Budget participatif", cells)
        self.assertIn("'" + FORMULA, cells)
        for line in lines:
            self.assertEqual((line[-2], line[-1])[0].split("/")[0], "source" if line[0] == "section" else "open-communes")
            for cell in line:
                self.assertFalse(cell[:1] in ("=", "+", "@") or (cell[:1] == "-" and not cell[1:].replace(".", "").isdigit()), cell)
        for character in "\u202e\u2066\x1b\x07\x00":
            self.assertNotIn(character, text)

    def test_markdown_holds_no_markup_of_a_member(self):
        text = self.report("--format", "md")
        self.assertIn("Budget participatif", text)
        self.assertNotIn("<script", text)
        self.assertNotIn("<img", text)
        for character in "\u202e\u2066\x1b\x07\x00":
            self.assertNotIn(character, text)
        tables = [line for line in text.splitlines() if line.startswith("|")]
        for above, below in zip(tables, tables[1:]):
            if below.startswith("| ---"):
                self.assertEqual(above.replace("\\|", "").count("|"), below.count("|"))

    def test_the_figures_of_the_harmless_one_stand(self):
        rows = [line for line in csv.reader(io.StringIO(self.report("--format", "csv"))) if line[0] == "overdue"]
        self.assertIn(self.refs["plain"], [row[8] for row in rows])


if __name__ == "__main__":
    unittest.main(verbosity=2)
