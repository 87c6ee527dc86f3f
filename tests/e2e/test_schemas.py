#!/usr/bin/env python3
"""`commune schema KIND` is JSON Schema 2020-12 and means what `commune publish` reads: every vector is valid by it, and
broken in any way that a schema can see it is not.

What a schema cannot say (one number above another, a member that is not there) is left to the other tests."""
import copy
import json
import subprocess
import unittest
from pathlib import Path

import jsonschema

from nodes import COMMUNE

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "kinds"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind):
    done = subprocess.run([COMMUNE, "schema", kind], capture_output=True, check=True, text=True)
    return json.loads(done.stdout)


def leaves(value, path=()):
    """Every place in a vector: (path, value)."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for name in value:
            yield from leaves(value[name], (*path, name))
    elif isinstance(value, list):
        for number, element in enumerate(value):
            yield from leaves(element, (*path, number))


def with_value(record, path, value):
    twin = copy.deepcopy(record)
    at = twin
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return twin


class Schemas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.records = {path.stem: json.loads(path.read_text()) for path in sorted(VECTORS.glob("*.json"))}
        cls.schemas = {kind: schema_of(kind) for kind in cls.records}
        cls.validators = {kind: jsonschema.Draft202012Validator(schema) for kind, schema in cls.schemas.items()}

    def is_valid(self, kind, record):
        return self.validators[kind].is_valid(record)

    def test_every_kind_has_a_vector_and_a_schema(self):
        listed = subprocess.run([COMMUNE, "schema"], capture_output=True, check=True, text=True).stdout
        self.assertEqual(sorted(line.split()[0] for line in listed.splitlines()), sorted(self.records))
        for kind, schema in self.schemas.items():
            self.assertEqual(schema["$schema"], DRAFT)
            jsonschema.Draft202012Validator.check_schema(schema)
            self.assertFalse(schema["additionalProperties"], kind)

    def test_every_vector_is_valid(self):
        for kind, record in self.records.items():
            faults = [f"{kind}: {'.'.join(map(str, e.path))}: {e.message}" for e in
                      self.validators[kind].iter_errors(record)]
            self.assertEqual(faults, [])

    def test_a_field_too_many_or_null_or_of_another_type_is_not(self):
        for kind, record in self.records.items():
            self.assertFalse(self.is_valid(kind, {**record, "zzz": 1}), kind)
            for path, value in leaves(record):
                for wrong in (None, 1.5, [] if not isinstance(value, list) else {}):
                    self.assertFalse(self.is_valid(kind, with_value(record, path, wrong)), f"{kind} {path} {wrong}")

    def test_a_required_field_is_required(self):
        for kind, record in self.records.items():
            self.assertTrue(self.schemas[kind]["required"], kind)
            for name in self.schemas[kind]["required"]:
                twin = {key: value for key, value in record.items() if key != name}
                self.assertFalse(self.is_valid(kind, twin), f"{kind} {name}")

    def test_rules_between_fields(self):
        idea = {"title": {"fr": "x"}}
        self.assertTrue(self.is_valid("idea", {**idea, "decision": {"decision": "kept"}}))
        self.assertFalse(self.is_valid("idea", {**idea, "decision": {"decision": "refused"}}))
        reason = {"decision": "refused", "reason": {"fr": "trop cher"}}
        self.assertTrue(self.is_valid("idea", {**idea, "decision": reason}))
        self.assertFalse(self.is_valid("idea", {**idea, "withdrawn": True}))
        self.assertTrue(self.is_valid("idea", {**idea, "withdrawn": True, "reason": {"fr": "doublon"}}))
        attestation = {"about": "sefrou/2", "role": "member", "agrees": False}
        self.assertFalse(self.is_valid("attestation", attestation))
        self.assertTrue(self.is_valid("attestation", {**attestation, "dissent": {"fr": "pas vu"}}))
        self.assertFalse(self.is_valid("document", {"title": {"fr": "x"}}))
        self.assertTrue(self.is_valid("document", {"title": {"fr": "x"}, "text": {"fr": "y"}}))

    def test_forms_of_values(self):
        practice = {"title": {"fr": "x"}}
        for field, good, bad in (
                ("territory", ["01", "MA-01", "01.151", "01.151.01.01", "01.151.01.01@2020"], ["1", "Larache", "MA-1", "13", "00", "MA-13"]),
                ("start", ["2016", "2016-10", "2016-10-21"], ["16", "2016-1", "99999", "2016-13", "2016-02-30", "2016-04-31", "2016-00"]),
                ("themes", [["gender"]], [["Gender"], []]),
                ("cost", [{"amount": -1, "currency": "MAD"}], [{"amount": 2 ** 53, "currency": "MAD"}, {"amount": 1}, {"amount": 1, "currency": "ABC"}])):
            for value in good:
                self.assertTrue(self.is_valid("practice", {**practice, field: value}), value)
            for value in bad:
                self.assertFalse(self.is_valid("practice", {**practice, field: value}), value)
        for title, is_good in (("Guichet\tunique\n", True), (" \n", False), ("a\u202eb", False), ("a\u2068b", False),
                               ("a\x1b[31m", False), ("\ufeffa", False), ("a\u200fb", True), ("شباك", True)):
            self.assertEqual(self.is_valid("practice", {"title": {"ar": title}}), is_good, ascii(title))
        for problem, is_good in (("a\u202eb", True), ("a\n\nb", True), ("a\x00b", False), ("a\u2028b", False)):
            self.assertEqual(self.is_valid("practice", {**practice, "problem": {"fr": problem}}), is_good, ascii(problem))
        for url, is_good in (("https://", False), ("https://a b", False), ("ftp://a", False), ("https://é.ma/ع", True)):
            self.assertEqual(self.is_valid("practice", {**practice, "evidence": [{"url": url}]}), is_good, url)
        workshop = {"title": {"fr": "x"}, "date": "2024"}
        for share, is_good in (("33.3", True), ("100", True), (100, True), ("100.5", False), ("-1", False), (101, False), ("1.1234567", False)):
            shares = [{"group": "women", "share": share}]
            self.assertEqual(self.is_valid("workshop", {**workshop, "reported_shares": shares}), is_good, share)
        evaluation = self.records["evaluation"]
        self.assertTrue(self.is_valid("evaluation", {**evaluation, "score": 7}))
        for bad in ({"year": "2020-05"}, {"score": "1e3"}, {"score": "07"}, {"score": 2**53 - 1}, {"member": "Sefrou"}):
            self.assertFalse(self.is_valid("evaluation", {**evaluation, **bad}), bad)


if __name__ == "__main__":
    unittest.main()
