#!/usr/bin/env python3
"""The five programmes, each played from init to audit on a daemon for each member that speaks in its example, by the command
line alone. What is expected is read on a node that wrote none of it: the observer's."""
import copy
import datetime
import json
import unittest

import minimsgpack
import nodes
from story import COORDINATOR, OBSERVER, Story, with_links
from unchecked import Unchecked

TODAY = "2028-06-30"
WORKSHOP = 134
MARCH_2024 = 1709294400000


def spoken(words):
    """The lines of a text, each with single blanks."""
    return [" ".join(line.split()) for line in words.strip().splitlines()]


def changed(fields, path, value):
    """Sets what a dotted path leads to; None takes it away."""
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in way:
        fields = fields[part]
    if value is None:
        del fields[last]
    else:
        fields[last] = value


class Programme:
    """What is asked of each. NAME is the network's folder; AUDIT its audit on TODAY, a line for each row: the record's name in
    the example, what its member says, what others attest, the findings; TWINS are records of the example, each with one thing
    changed that a rule forbids, and what is said about it."""

    NAME, AUDIT, TWINS = "", "", ()

    @classmethod
    def setUpClass(cls):
        folder = nodes.Folder()
        cls.addClassCleanup(folder.close)
        cls.story = Story(folder, cls.NAME).play()
        cls.members = cls.story.members
        cls.reader = cls.members[OBSERVER]
        cls.names = {ref: name for name, ref in cls.story.refs.items()}
        cls.audited = {code: node.rows("audit", "--today", TODAY) for code, node in cls.members.items()}

    def node(self, code):
        return self.members[code]

    def ask(self, *words):
        """Rows on the node that wrote nothing; @name is a record of the example."""
        return self.reader.rows(*(self.story.refs[w[1:]] if w.startswith("@") else w for w in words))

    def found(self, *words):
        """The names of the records that an answer has, in its order; what a test added to the example has none."""
        return [self.names[row["ref"]] for row in self.ask(*words) if row["ref"] in self.names]

    def payload(self, name):
        return self.ask("show", "@" + name)[0]["payload"]

    def links(self, name, field):
        """The names of the records that a field of a record leads to."""
        rows = self.ask("show", "@" + name)[0]["links"]
        return [self.names[row["ref"]] for row in rows if row["field"] == field]

    def fields(self, name):
        row = next(row for row in self.story.rows if row.get("as") == name)
        return row["member"], row["kind"], copy.deepcopy(row["fields"])

    def publish(self, member, kind, fields, code=0):
        """The REF; on every node when it comes back."""
        node = self.members[member]
        text = json.dumps(with_links(fields, self.story.refs), ensure_ascii=False)
        if code:
            return node.commune("publish", kind, "--file", "-", stdin=text, code=code)
        ref = node.row("publish", kind, "--file", "-", stdin=text)["ref"]
        nodes.wait_equal(list(self.members.values()))
        return ref

    def lines(self, rows):
        return [
            " ".join([self.names[row["ref"]], row["self_status"] or "-", row["attested_status"] or "-", *row["findings"]])
            for row in rows
        ]

    def test_every_node_holds_the_same(self):
        for code, node in self.members.items():
            with self.subTest(node=code):
                self.assertEqual(node.row("network", "show")["id"], self.NAME)
                held = {row["ref"]: row for row in node.rows("list") if row["ref"] in self.names}
                self.assertEqual(set(held), set(self.names))
                for row in self.story.rows:
                    self.assertEqual(held[self.story.refs[row["as"]]]["member"], row["member"])

    def test_audit(self):
        self.assertEqual(self.lines(self.audited[OBSERVER]), spoken(self.AUDIT))
        key = lambda row: row["ref"]
        expected = sorted(self.audited[OBSERVER], key=key)
        for code, rows in self.audited.items():
            self.assertEqual(sorted(rows, key=key), expected, f"the audit on {code}")

    def test_each_row_leads_to_its_record(self):
        for row in self.audited[OBSERVER]:
            shown = self.ask("show", row["ref"])[0]
            self.assertEqual((shown["id"], shown["kind"], shown["member"]), (row["id"], row["kind"], row["member"]))

    def test_before_it_all_there_was_nothing(self):
        self.assertEqual(self.ask("audit", "--as-of", "2020-01-01"), [])
        self.assertEqual(self.ask("list", "--as-of", "2020-01-01", "--count")[0]["count"], 0)
        now = self.ask("list", "commitment", "--as-of", TODAY, "--count")[0]
        self.assertGreaterEqual(now["count"], 1)

    def test_members_fall_silent(self):
        """By the day that it is: what was published today is 366 days old then."""
        day = datetime.date.today() + datetime.timedelta(366)
        speakers = {row["member"] for row in self.story.rows} - {COORDINATOR, OBSERVER}
        asked = ["audit", "--kind", "member", "--finding", "silent", "--today"]
        self.assertEqual({row["member"] for row in self.ask(*asked, str(day + datetime.timedelta(1)))}, speakers)
        self.assertEqual(self.ask(*asked, str(day - datetime.timedelta(3))), [])

    def test_what_a_rule_forbids_is_refused_and_nothing_is_written(self):
        nodes.wait_equal(list(self.members.values()))
        before = {code: node.status()["arrivals"] for code, node in self.members.items()}
        for name, path, value, said, *by in self.TWINS:
            with self.subTest(record=name, field=path):
                member, kind, fields = self.fields(name)
                changed(fields, path, value)
                member = by[0] if by else member
                self.publish(member, kind, fields, code=4)
                self.assertIn(said, self.members[member].stderr)
        self.assertEqual({code: node.status()["arrivals"] for code, node in self.members.items()}, before)


class Remacto(Programme, unittest.TestCase):
    """Adhesion, five commitments, an openness programme with its workshops, ideas and project, a forum, practices."""

    NAME = "remacto"
    AUDIT = """
        com-c1 complete limited complete-without-attestation dissent overdue attested-differs coding-differs
        com-c2 complete complete
        com-c3 limited - overdue
        com-c4 - - no-progress overdue
        com-c5 - - no-progress no-due-date
        com-l1b complete - complete-without-attestation complete-without-evidence version-conflict
        com-l1c complete - complete-without-attestation complete-without-evidence version-conflict
        prog-c - - stage-without-civil-society budget-mismatch
        mile-c1 substantial - overdue
        ws-c1 - - share-below-threshold
        ws-c2 - - share-below-threshold
        ws-r1 - - share-below-threshold
        ev-r1 - - share-below-threshold
        claim-1 - - claim-parts-differ claim-differs
        claim-2 - - claim-differs
        claim-3 - - claim-differs
        claim-5 - - claim-differs
    """
    TWINS = (
        ("ws-c1", "headcount.women", 59, "headcount.women: is above total"),
        ("prog-c", "stages.0.headcount.youth", 85, "stages[0].headcount.youth: is above total"),
        ("ev-r1", "headcount.disabilities", 351, "headcount.disabilities: is above total"),
        ("idea-c3", "decision.reason", None, "decision.reason: is required"),
        ("prop-c1", "decision.decision", "deferred", "decision.reason: is required"),
        ("at-c1", "dissent", None, "dissent: is required"),
        ("at-c1", "role", "member", "nobody attests their own", "chefchaouen"),
        ("ad-c1", "stage", "in_use", "it is to be another member's", "sefrou"),
        ("ad-c1", "stage", "used", "stage: is to be one of considered, adapting, in_use, abandoned"),
        ("com-c1", "title.fr", "Publier \u202etout", "title.fr: holds a control of writing direction"),
        ("com-c1", "end", "2023-12-31", "end: it ends before it starts"),
        ("com-l1b", "supersedes", "@com-c1", "supersedes: leads to a record of another member"),
        ("coop-1", "members.0", "chaouen", "members[0]: names no member of this network"),
        ("proj-c1", "budget.total.currency", "MDA", "budget.total.currency: is no ISO 4217 code"),
        ("proj-c1", "origins.0", "@pr-s1", "origins[0]: leads to a record of kind practice"),
        ("adhesion-sefrou", "date", "2023-02-30", "date: is no date"),
        ("claim-1", "value", "126 ou plus", "value: is no number"),
        ("mile-c1", "about", "@com-l1b", "about: leads to a record of another member"),
    )

    def test_adhesions_name_their_deliberation(self):
        rows = self.ask("list", "adhesion", "--region", "01")
        self.assertEqual({row["member"] for row in rows}, {"chefchaouen", "larache", "tanger-tetouan-al-hoceima"})
        self.assertEqual(self.payload("adhesion-larache")["deliberation"]["number"], "27/2022")

    def test_what_became_of_a_workshops_ideas(self):
        rows = {self.names[row["ref"]]: row for row in self.ask("outcomes", "@ws-c2")}
        self.assertEqual({name: row["outcome"] for name, row in rows.items()}, {"idea-c1": "project", "idea-c3": "refused"})
        became = [self.names[ref] for ref in rows["idea-c1"]["became"].split(", ")]
        self.assertEqual(became, ["prop-c1", "proj-c1"])
        self.assertIn("Trop cher", rows["idea-c3"]["reason"]["fr"])
        said = self.reader.commune("outcomes", self.story.refs["ws-c2"], "--lang", "fr")
        self.assertIn("Diffuser les sessions", said)

    def test_civil_society_was_at_some_stages_and_not_at_others(self):
        stages = self.payload("prog-c")["stages"]
        self.assertEqual([s["stage"] for s in stages if not s.get("civil_society")], ["consolidation", "adoption"])
        self.assertEqual(self.ask("list", "programme")[0]["status"], "implementation")

    def test_a_forum_its_workshop_and_the_recommendation(self):
        self.assertEqual(self.found("list", "workshop", "--about", "@ev-r1"), ["ws-r1"])
        self.assertEqual(self.found("list", "recommendation", "--about", "@ws-r1", "--status", "kept"), ["rec-r1"])
        self.assertEqual(self.found("search", "guide commun", "--kind", "recommendation"), ["rec-r1"])

    def test_who_took_up_a_practice_and_with_what_result(self):
        self.assertEqual(self.found("list", "adoption", "--about", "@pr-s1"), ["ad-c1"])
        self.assertIn("vingt minutes", self.payload("ad-c1")["result"]["fr"])
        self.assertEqual(self.found("audit", "--finding", "never-adopted"), ["pr-s2"])

    def test_a_dialogue_is_read_as_it_was_led(self):
        # The forum where it was shown is told of, not everything that the forum led to.
        self.assertEqual(self.found("history", "@pr-s1"), ["pr-s1", "ad-c1", "cm-l1", "cm-s1", "ev-r1"])
        self.assertEqual(self.links("cm-s1", "reply_to"), ["cm-l1"])

    def test_one_commitment_self_reported_and_attested_side_by_side(self):
        row, = self.ask("audit", "@com-c1", "--today", TODAY)
        told = [row[f] for f in ("self_status", "attested_status", "attesters", "coordinator_status", "observer_status")]
        self.assertEqual(told, ["complete", "limited", 3, "limited", "substantial"])
        self.assertEqual(self.found("history", "@com-c1"), ["com-c1", "pg-c1", "at-c1", "at-c1-ob", "at-c1-co"])
        self.reader.commune("audit", "--region", "01", "--fail-on", "overdue", "--today", TODAY, code=3)
        self.reader.commune("audit", "sefrou", "--fail-on", "overdue", "--today", TODAY)

    def test_who_has_no_openness_programme(self):
        rows = self.ask("audit", "--finding", "no-programme")
        self.assertEqual([row["member"] for row in rows], ["larache", "sefrou", "tanger-tetouan-al-hoceima"])

    def test_words_of_either_language_find_the_same(self):
        arabic, french = self.found("search", "شكايات"), self.found("search", "réclamations")
        self.assertEqual(set(arabic), set(french))
        self.assertLessEqual({"idea-c1", "prop-c1", "proj-c1", "com-l1b", "com-l1c"}, set(arabic))
        self.assertNotIn("com-l1", arabic)  # superseded
        self.assertEqual(self.found("search", "الحالة المدنية"), self.found("search", "état civil"))

    def test_a_record_is_shown_in_the_language_asked_for(self):
        for lang, first in ("fr", "Un état civil"), ("ar", "حالة مدنية"), ("en", "Civil status"):
            lines = self.reader.commune("show", self.story.refs["pr-s1"], "--lang", lang).splitlines()
            title = next(line for line in lines if "حالة" in line or "civil" in line or "Civil" in line)
            self.assertIn(first, title)

    def test_two_versions_of_one_record_stay_visible(self):
        rows = self.ask("history", "@com-l1")
        self.assertEqual([self.names[r["ref"]] for r in rows if r["relation"] == "version"], ["com-l1", "com-l1b", "com-l1c"])
        labels = [row["labels"] for row in rows if row["relation"] == "version"]
        self.assertEqual(labels, [["conflict"], ["rival"], ["rival"]])
        self.assertEqual(self.ask("show", "@com-l1c")[0]["labels"], ["rival"])
        change = {row["field"]: (row["old"], row["new"]) for row in self.ask("diff", "@com-l1", "@com-l1b")}
        self.assertEqual(change["end"], ("2024-12-31", "2025-03-31"))

    def test_a_correction_then_a_withdrawal(self):
        first = self.publish("sefrou", "idea", {"title": {"fr": "Une radio locle"}})
        second = self.publish("sefrou", "idea", {
            "title": {"fr": "Une radio locale"}, "supersedes": first, "reason": {"fr": "Faute de frappe."}})
        last = self.publish("sefrou", "idea", {
            "title": {"fr": "Une radio locale"}, "supersedes": second, "withdrawn": True, "reason": {"fr": "Elle existe déjà."}})
        rows = self.ask("history", first)
        self.assertEqual([(r["ref"], r["superseded_by"]) for r in rows], [(first, second), (second, last), (last, None)])
        self.assertEqual(self.ask("show", last)[0]["version"], 3)
        self.assertEqual([r["ref"] for r in self.ask("list", "idea", "--status", "withdrawn")], [last])
        self.assertEqual(self.ask("search", "radio"), [])
        self.assertIn({"field": "title.fr", "change": "changed", "old": "Une radio locle", "new": "Une radio locale"},
                      self.ask("diff", second))


class Papc(Programme, unittest.TestCase):
    """Evaluations of two years, conditions and grants, what explains an indicator, training and cooperation."""

    NAME = "papc"
    AUDIT = """
        com-a1 complete complete
        com-a2 substantial limited dissent overdue attested-differs
        com-f1 - - no-progress overdue
        com-m1 complete - complete-without-attestation complete-without-evidence
        ev-f20 - - score-dropped
        ev-m20 - - condition-failed
        prog-a - - stage-without-civil-society
        prog-f - - stage-without-civil-society
        mile-a1 - - no-progress overdue
        ev-ag - - share-below-threshold
        tr-1 - - share-below-threshold
        tr-2 - - share-without-headcount
        coop-1 - - budget-mismatch
        claim-1 - - claim-differs
    """
    TWINS = (
        ("ev-a20", "indicators.0.score", "20.5", "indicators[0].score: is above max"),
        ("ev-a20", "score", "100.5", "score: is above score_max"),
        ("ev-a20", "year", "20", "year: is no date"),
        ("ev-a20", "member", "agadire", "member: names no member of this network: did you mean 'agadir'?"),
        ("ev-a20", "grid.version", None, "grid.version: is required"),
        ("ev-a20", "indicators.0.value", "1,4", "indicators[0].value: is no number"),
        ("ev-a20", "grant.currency", "DH", "grant.currency: is no ISO 4217 code"),
        ("ev-a20", "supersedes", "@com-a1", "a version replaces one of its own kind"),
        ("ev-m20", "conditions.3.passed", "no", "conditions[3].passed: is to be true or false"),
        ("tr-2", "reported_shares.0.share", "118", "reported_shares[0].share: is to be from 0 to 100"),
        ("tr-1", "end", "2021-06-13", "end: it ends before it starts"),
        ("pr-a1", "explains.evaluation", "@prog-a", "explains.evaluation: leads to a record of kind programme"),
        ("rec-1", "about", "@com-a1", "about: leads to a record of kind commitment"),
        ("coop-1", "members.0", "fez", "members[0]: names no member of this network: did you mean 'fes'?"),
        ("at-a1", "about", "@com-f1", "nobody attests their own"),
        ("at-a2", "dissent", None, "dissent: is required"),
        ("ev-ag", "headcount.women", 181, "headcount.women: is above total"),
        ("mile-a1", "end", "2022-13", "end: is no date"),
    )

    def scores(self, *words):
        return {row["indicator"]: (row["from"], row["to"], row["change"]) for row in self.ask("scores", *words)}

    def test_how_a_score_changed_from_year_to_year(self):
        agadir = self.scores("agadir", "--from", "2019", "--to", "2020")
        self.assertEqual(agadir["score"], ("67", "69.5", "2.5"))
        self.assertEqual(agadir["own_revenue_growth"], ("14", "7", "-7"))
        self.assertEqual(agadir["complaints_answered"], ("9", "12", "3"))
        self.assertEqual(agadir["grant"], ("850000000", "910000000", "60000000"))
        self.assertEqual(self.scores("fes", "--from", "2019", "--to", "2020")["score"], ("59", "41", "-18"))

    def test_an_audit_row_has_both_years(self):
        rows = {self.names.get(row["ref"]): row for row in self.ask("audit", "--kind", "evaluation")}
        told = {name: (row["word"], row["score"], row["score_before"]) for name, row in rows.items()}
        self.assertEqual(told["ev-a20"], ("agadir", "69.5", "67"))
        self.assertEqual(told["ev-f20"], ("fes", "41", "59"))
        self.assertEqual(told["ev-m20"], ("meknes", "53", None))
        self.assertEqual(self.found("audit", "--finding", "condition-failed"), ["ev-m20"])

    def test_the_grid_is_data_with_a_version(self):
        grid = self.payload("ev-a20")["grid"]
        shipped = self.ask("network", "show")[0]
        self.assertEqual(shipped["id"], "papc")
        with open(nodes.ROOT + "/deploy/networks/papc/network.json", encoding="utf-8") as file:
            grids = {(g["id"], g["version"]): g for g in json.load(file)["grids"]}
        known = {indicator["id"] for indicator in grids[grid["id"], grid["version"]]["indicators"]}
        self.assertEqual({indicator["id"] for indicator in self.payload("ev-a20")["indicators"]}, known)

    def test_a_score_is_compared_within_one_grid_only(self):
        member, kind, fields = self.fields("ev-f20")
        for version, score, found in ("exemple-2020", "40", ["score-dropped"]), ("exemple-2021", "30", []):
            refs = {}
            for year in "2030", "2031":
                fields.update(year=year, grid={"id": "papc", "version": version if year == "2031" else "exemple-2020"})
                fields.update(score="41" if year == "2030" else score)
                refs[year] = self.publish(member, kind, fields)
            row, = self.ask("audit", refs["2031"])
            self.assertEqual(row["findings"], found, version)

    def test_a_practice_explains_an_indicator(self):
        self.assertEqual(self.found("list", "practice", "--about", "@ev-a20"), ["pr-a1"])
        self.assertEqual(self.payload("pr-a1")["explains"]["indicator"], "complaints_answered")
        self.assertEqual(self.links("pr-a1", "evaluation"), ["ev-a20"])
        self.assertEqual(self.found("list", "adoption", "--about", "@pr-a1", "--status", "adapting"), ["ad-m1"])

    def test_training_and_cooperation(self):
        self.assertEqual(self.found("list", "--kind", "training,cooperation"), ["tr-1", "tr-2", "coop-1"])
        rows = {self.names[row["ref"]]: row["shares"] for row in self.ask("audit", "--kind", "training")}
        self.assertEqual(rows, {"tr-1": {"women": "31.2", "youth": "18.7", "disabilities": "3.1"}, "tr-2": None})

    def test_words_of_either_language_find_the_same(self):
        self.assertEqual(set(self.found("search", "الشكايات", "--kind", "practice")), {"pr-a1"})
        self.assertEqual(self.found("search", "réclamations", "--kind", "practice"), ["pr-a1"])

    def test_what_is_said_about_an_evaluation(self):
        self.assertEqual(self.found("history", "@ev-f20"), ["ev-f20", "cm-1", "cm-2"])
        self.assertEqual(self.found("list", "recommendation", "--about", "@ev-m20"), ["rec-1"])


class CommunesCitoyennes(Programme, unittest.TestCase):
    """From a vision by challenges, objectives and activities to projects and who pays for them."""

    NAME = "communes-citoyennes"
    AUDIT = """
        cb1 complete complete
        cb2 - - no-progress overdue
        cb3 limited - overdue
        cl1 substantial limited dissent overdue attested-differs
        cl3 - - no-progress no-due-date
        ck1 - - no-progress overdue
        vision-b - - stage-without-civil-society
        ms-b1 complete - complete-without-attestation
        pj-b2 - - budget-mismatch
        ws-b1 - - share-below-threshold
        ws-l1 - - share-below-threshold
        ws-k1 - - share-without-headcount
        ev-1 - - share-below-threshold
    """
    TWINS = (
        ("id-b3", "decision.reason", None, "decision.reason: is required"),
        ("id-b2", "decision.reason", None, "decision.reason: is required"),
        ("ax-b5", "programme", "@pj-b1", "programme: leads to a record of kind project"),
        ("ax-b5", "parent", "@id-b1", "parent: leads to a record of kind idea"),
        ("ax-b5", "level", "action", "level: is none of the axis_levels"),
        ("pj-b1", "budget.lines.0.amount.currency", "XXZ", "budget.lines[0].amount.currency: is no ISO 4217 code"),
        ("pj-b1", "budget.lines.0.amount.amount", 60000000.5, "numbers with a point or an exponent are not taken"),
        ("pj-b1", "budget.lines.0.member", "beni", "budget.lines[0].member: names no member"),
        ("pp-b1", "ideas.0", "@ws-b1", "ideas[0]: leads to a record of kind workshop"),
        ("ws-l1", "headcount.youth", 48, "headcount.youth: is above total"),
        ("ws-k1", "reported_shares.0.group", "men", "reported_shares[0].group: is none of the participant_groups"),
        ("ws-k1", "reported_shares.0.share", "-1", "reported_shares[0].share: is to be from 0 to 100"),
        ("ws-b1", "end", "2016-10-17", "end: it ends before it starts"),
        ("sv-b1", "respondents", 330, "results[0].count: is above respondents"),
        ("at-l1", "dissent", None, "dissent: is required"),
        ("at-b1", "about", "@cl1", "nobody attests their own"),
        ("ad-l1", "stage", "stopped", "stage: is to be one of considered, adapting, in_use, abandoned"),
        ("ms-b1", "about", "@cl1", "about: leads to a record of another member"),
    )

    def test_a_vision_leads_down_to_an_activity(self):
        self.assertEqual(self.found("list", "axis", "--about", "@vision-b"), ["ax-b1", "ax-b2", "ax-b3", "ax-b4", "ax-b5"])
        way, name = [], "ax-b5"
        while name:
            way.append(self.payload(name)["level"])
            name = next(iter(self.links(name, "parent")), None)
        self.assertEqual(way, ["activity", "objective", "challenge", "vision"])

    def test_did_the_pilot_turn_its_vision_into_projects(self):
        rows = self.ask("outcomes", "@vision-b")
        told = {self.names[row["ref"]]: (row["outcome"], row["decision"]) for row in rows}
        self.assertEqual(told, {
            "id-b1": ("project", "kept"), "id-b2": ("project", "merged"), "id-b3": ("refused", "refused"),
            "id-b4": ("project", "kept"), "pp-b1": ("project", "kept")})
        self.assertEqual(self.found("list", "project", "--about", "@vision-b"), ["pj-b1", "pj-b2"])
        # Two pilots told of workshops and of no programme: nothing came of those.
        self.assertEqual(self.ask("outcomes", "@ws-l1"), [])

    def test_who_pays_for_a_project_and_where_it_does_not_add_up(self):
        budget = self.payload("pj-b1")["budget"]
        shares = {line["funder"]["fr"]: line["amount"]["amount"] for line in budget["lines"]}
        self.assertEqual(shares, {"Commune": 60000000, "Initiative nationale": 40000000, "Association de quartier": 20000000})
        self.assertEqual(sum(shares.values()), budget["total"]["amount"])
        self.assertEqual(self.found("audit", "--kind", "project", "--finding", "budget-mismatch"), ["pj-b2"])

    def test_a_budget_that_is_corrected_adds_up(self):
        member, kind, fields = self.fields("pj-b2")
        fields["budget"]["lines"][1]["amount"]["amount"] = 4000000
        fields.update(title={"fr": "Un journal corrigé"}, origins=[])
        del fields["origins"]
        wrong = {**fields, "budget": {**fields["budget"], "total": {"amount": 9000001, "currency": "MAD"}}}
        first = self.publish(member, kind, wrong)
        self.assertEqual(self.ask("audit", first)[0]["findings"], ["budget-mismatch"])
        second = self.publish(member, kind, {**fields, "supersedes": first, "reason": {"fr": "Erreur de saisie."}})
        row, = self.ask("audit", second)
        self.assertEqual((row["ref"], row["findings"]), (second, []))

    def test_three_objectives_and_what_is_done_for_each(self):
        rows = self.ask("list", "commitment", "--group-by", "theme")
        self.assertEqual({row["theme"]: row["count"] for row in rows},
                         {"administrative_services": 3, "public_communication": 1, "proximity": 2})
        self.assertEqual(self.found("list", "commitment", "--theme", "proximity", "--status", "limited"), ["cb3"])

    def test_a_practice_was_tried_and_left(self):
        self.assertEqual(self.found("list", "adoption", "--about", "@pr-b1", "--status", "abandoned"), ["ad-l1"])
        self.assertEqual(self.found("audit", "--finding", "never-adopted"), ["pr-k1"])

    def test_words_of_either_language_find_the_same(self):
        self.assertEqual(self.found("search", "الملحقات", "--kind", "practice"), ["pr-k1"])
        self.assertLessEqual({"ms-b1", "ax-b4", "ax-b5", "pp-b1", "pj-b1"}, set(self.found("search", "annexes")))


class IsedBmk(Programme, unittest.TestCase):
    """Workshops with who was there, satisfaction as aggregates, what law 31-13 wants published, a programme brought up to date."""

    NAME = "ised-bmk"
    AUDIT = """
        c1 complete complete
        c2 - - no-progress overdue
        c3 complete substantial complete-without-attestation complete-without-evidence dissent overdue attested-differs
        c4 limited - overdue
        c5 - - no-progress no-due-date
        c6 - - no-progress overdue
        c7 - - no-progress overdue
        pac-beni-mellal - - stage-without-civil-society
        ms1 - - no-progress overdue
        pj2 - - budget-mismatch
        w1 - - share-below-threshold
        w2 - - share-below-threshold
        w3 - - share-below-threshold
        w4 - - share-below-threshold
        w5 - - share-without-headcount
        w6 - - share-below-threshold
        w7 - - share-below-threshold
        ev1 - - share-without-headcount
        t1 - - share-below-threshold
        claim-1 - - claim-differs
        claim-2 - - claim-differs
        claim-3 - - claim-differs
        claim-4 - - claim-differs
        claim-5 - - claim-differs
    """
    TWINS = (
        ("w3", "headcount.women", 72, "headcount.women: is above total"),
        ("t1", "headcount.youth", 43, "headcount.youth: is above total"),
        ("pac-azilal", "stages.1.headcount.women", 41, "stages[1].headcount.women: is above total"),
        ("sv1", "respondents", 611, "results[0].count: is above respondents"),
        ("sv1", "results.0.count", -1, "results[0].count: is to be from 0"),
        ("sv1", "results.0.answer", None, "results[0].answer: is required"),
        ("pub-azilal-services", "item", None, "item: is required"),
        ("pub-azilal-services", "url", "azilal", "url: is to begin with https:// or http://"),
        ("pac-b2", "revises", "@pac-azilal", "revises: leads to a record of another member"),
        ("w5", "reported_shares.0.share", "133", "reported_shares[0].share: is to be from 0 to 100"),
        ("a2", "dissent", None, "dissent: is required"),
        ("p2", "about", "@w1", "about: leads to a record of kind workshop"),
        ("pj2", "budget.total.amount", 9007199254740992, "budget.total.amount: integer is not within"),
        ("pj1", "end", "2023-04", "end: it ends before it starts"),
        ("ad1", "practice", "@pj1", "practice: leads to a record of kind project"),
        ("c1", "title.ar", "\u2066x", "title.ar: holds a control of writing direction"),
        ("claim-2", "measure", None, "measure: is required"),
    )

    def test_shares_are_computed_from_headcounts(self):
        rows = {self.names[row["ref"]]: row for row in self.ask("audit", "--region", "05", "--kind", "workshop")}
        self.assertEqual(rows["w3"]["shares"], {"women": "12.6", "youth": "19.7", "disabilities": "2.8"})
        self.assertEqual(rows["w6"]["shares"], {"women": "44.1", "youth": "26.4", "disabilities": "76.4"})
        self.assertIsNone(rows["w5"]["shares"])  # a share was reported, nobody counted
        self.assertEqual(rows["w5"]["findings"], ["share-without-headcount"])
        below = self.found("audit", "--kind", "workshop", "--finding", "share-below-threshold", "--threshold", "5")
        self.assertEqual(below, ["w3", "w4", "w7"])

    def test_claims_stand_beside_what_the_records_add_up_to(self):
        rows = {row["word"]: (row["claimed"], row["computed"]) for row in self.audited[OBSERVER] if row["kind"] == "claim"}
        self.assertEqual(rows, {
            "communes": ("40", "4"), "workshops": ("500", "7"), "share_women": ("33", "35.1"), "share_youth": ("33", "39.3"),
            "share_disabilities": ("6.5", "12.2")})

    def test_satisfaction_comes_as_aggregates(self):
        self.assertEqual(self.found("list", "survey", "--about", "@pac-azilal"), ["sv2"])
        survey = self.payload("sv1")
        self.assertEqual((survey["respondents"], sum(r["count"] for r in survey["results"])), (800, 800))
        self.assertIn("état civil", self.reader.commune("show", self.story.refs["sv1"], "--lang", "fr"))

    def test_what_a_member_has_not_published(self):
        def missing(code):
            return {row["word"] for row in self.ask("audit", code, "--finding", "not-published")}

        published = {"services", "mission_structure_contacts"}
        self.assertFalse(missing("azilal") & published)
        self.assertEqual(missing("oued-zem") - missing("azilal"), published)
        self.assertEqual(missing("azilal") - missing("beni-mellal"),
                         {"budgets_and_accounts", "public_contracts", "reports_and_studies"})
        self.assertIn("budgets_and_accounts", missing("azilal"))
        # One more item is one line less.
        before = missing("oued-zem")
        self.publish("oued-zem", "publication", {
            "item": "services", "legal_basis": "31-13", "url": "https://oued-zem.example/services", "date": "2023-10"})
        self.assertEqual(before - missing("oued-zem"), {"services"})

    def test_a_programme_brought_up_to_date(self):
        self.assertEqual(self.found("list", "programme", "--about", "@pac-beni-mellal"), ["pac-b2"])
        self.assertEqual(self.links("pac-b2", "revises"), ["pac-beni-mellal"])
        status = {self.names[row["ref"]]: row["status"] for row in self.ask("list", "programme")}
        self.assertEqual(status, {
            "pac-beni-mellal": "monitoring", "pac-azilal": "planning", "pac-khenifra": "diagnosis", "pac-b2": "updating"})

    def test_words_of_either_language_find_the_same(self):
        self.assertEqual(set(self.found("search", "ورشة", "--kind", "workshop")), {f"w{n}" for n in range(1, 8)})
        self.assertEqual(set(self.found("search", "atelier", "--kind", "workshop")), {f"w{n}" for n in range(1, 8)})


class Careless(unittest.TestCase):
    """What a node that checks nothing signs, and others store: a group larger than the total, a claimed time long ago."""

    def test_it_is_stored_and_labelled_and_breaks_nothing(self):
        folder = nodes.Folder()
        self.addCleanup(folder.close)
        coord = folder.node(COORDINATOR)
        coord.commune("init", "--network", "ised-bmk", "--member", COORDINATOR, "--kind", "coordinator", "--name",
                      "fr=Coordination", "--no-passphrase", "--listen", nodes.HOST + ":0")
        coord.start()
        observer = folder.node(OBSERVER)
        observer.join(coord, "observer")
        careless = Unchecked(coord, "careless")
        bad = careless.publish(WORKSHOP, {
            "title": {"fr": "Atelier"}, "date": "2024-02", "headcount": {"total": 10, "women": 12}}, MARCH_2024)
        fine = careless.publish(WORKSHOP, {
            "title": {"fr": "Atelier"}, "date": "2024-02", "headcount": {"total": 10, "women": 10}})
        nodes.wait_equal([coord, observer])
        for node in coord, observer:
            rows = {row["ref"]: row for row in node.rows("audit", "--kind", "workshop")}
            self.assertEqual((rows[bad]["shares"], rows[bad]["findings"]), (None, ["group-exceeds-total"]))
            self.assertEqual((rows[fine]["shares"], rows[fine]["findings"]), ({"women": "100"}, []))
            self.assertEqual(node.row("show", bad)["payload"]["headcount"], {"total": 10, "women": 12})
            for words in (["audit"], ["list", "workshop"], ["show", bad], ["history", bad], ["audit", "--csv"]):
                self.assertIn("Atelier", node.commune(*words))
            # Only the first was claimed by then.
            self.assertEqual([row["ref"] for row in node.rows("audit", "--as-of", "2024-12-31")], [bad])
            self.assertEqual([row["ref"] for row in node.rows("list", "workshop", "--as-of", "2024-12-31")], [bad])
            self.assertEqual(node.rows("list", "workshop", "--as-of", "2024-02-29"), [])


class Remagp(Programme, unittest.TestCase):
    """What members asked for, the agenda that came of it, a working group, a visit, documents, phases of the programme."""

    NAME = "remagp"
    AUDIT = """
        c1 complete substantial complete-without-attestation dissent overdue attested-differs
        c2 complete - complete-without-attestation complete-without-evidence
        c3w withdrawn -
        pac-t - - stage-without-civil-society
        pac-c - - stage-without-civil-society
        m1 - - no-progress overdue
        w1 - - share-below-threshold
        w2 - - share-below-threshold
        ev1 - - share-below-threshold
        v1 - - share-below-threshold
        claim-1 - - claim-differs
    """
    TWINS = (
        ("rq1", "title", None, "title: is required"),
        ("rq1", "to", "sefroo", "to: names no member of this network: did you mean 'sefrou'?"),
        ("ev1", "agenda.0.requests.0", "@pr1", "agenda[0].requests[0]: leads to a record of kind practice"),
        ("pp2", "decision.reason", None, "decision.reason: is required"),
        ("r1", "decision.reason", None, "decision.reason: is required"),
        ("c3w", "reason", None, "reason: is required: a withdrawal says why"),
        ("d1b", "supersedes", "@d1", "supersedes: leads to a record of another member", "tiznit"),
        ("d1", "languages.0", "arabic language", "languages[0]: is no language tag"),
        ("v1", "headcount.women", 13, "headcount.women: is above total"),
        ("v1", "practices.0", "@d1", "practices[0]: leads to a record of kind document"),
        ("co1", "members.1", "sefroo", "members[1]: names no member of this network"),
        ("ad1", "practice", "@rq1", "practice: leads to a record of kind request"),
        ("a1", "about", "@c2", "nobody attests their own"),
        ("cm2", "reply_to", "@pr1", "reply_to: leads to a record of kind practice"),
        ("m1", "end", None, "end: is required"),
        ("pac-t", "instrument", "plan", "instrument: is to be one of openness, pac, vision, performance, other"),
        ("ch1", "articles.0.number", 0, "articles[0].number: is to be from 1 to 999"),
    )

    def test_requests_led_to_an_agenda(self):
        for name in "rq1", "rq2", "rq3":
            self.assertEqual(self.found("list", "event", "--about", "@" + name), ["ev1"], name)
        self.assertEqual(self.links("ev1", "requests"), ["rq1", "rq2", "rq3"])
        self.assertEqual(self.found("list", "event", "--about", "@rq4"), [])
        self.assertEqual(self.ask("list", "request", "--group-by", "member"), [
            {"member": "chefchaouen", "count": 1}, {"member": "oujda", "count": 2}, {"member": "tiznit", "count": 1}])

    def test_a_working_group_and_its_proposals(self):
        self.assertEqual(self.found("list", "proposal", "--about", "@co1"), ["pp1"])
        told = [(row["outcome"], (row["reason"] or {}).get("fr")) for name in ("@w2", "@w1") for row in self.ask("outcomes", name)]
        self.assertEqual(told, [("kept", None), ("refused", "Dépasse les moyens du réseau.")])
        rows = self.ask("history", "@pp1")
        self.assertEqual([self.names[r["ref"]] for r in rows if r["kind"] == "comment"], ["cm1", "cm2"])

    def test_a_visit_and_the_practices_seen(self):
        self.assertEqual(self.found("list", "event", "--about", "@pr1"), ["ev1", "v1"])
        self.assertEqual(self.payload("v1")["type"], "visit")
        self.assertEqual(self.found("list", "recommendation", "--about", "@v1", "--status", "deferred"), ["r1"])
        adopted = {name: self.found("list", "adoption", "--about", "@" + name) for name in ("pr1", "pr2", "pr3")}
        self.assertEqual(adopted, {"pr1": ["ad3"], "pr2": ["ad1"], "pr3": ["ad2"]})

    def test_documents_and_a_corrected_one(self):
        self.assertEqual(self.found("list", "document"), ["d1", "d2", "d3", "d4", "d5", "d1b"])
        self.assertEqual(self.found("list", "document", "--latest"), ["d2", "d3", "d4", "d5", "d1b"])
        self.assertEqual(self.ask("show", "@d1")[0]["superseded_by"], self.story.refs["d1b"])
        self.assertEqual(self.found("history", "@d1"), ["d1", "ev1", "d1b"])
        self.assertIn("url", {row["field"] for row in self.ask("diff", "@d1b")})

    def test_a_withdrawal_says_why_and_owes_nothing(self):
        self.assertEqual(self.found("history", "@c3"), ["c3", "c3w"])
        self.assertEqual(self.found("list", "commitment", "--status", "withdrawn"), ["c3w"])
        self.assertEqual(self.payload("c3w")["reason"]["fr"], "Remplacé par un programme national.")
        row, = self.ask("audit", "@c3w", "--today", TODAY)
        self.assertEqual((row["status"], row["findings"]), ("withdrawn", []))

    def test_phases(self):
        phases = [stage["stage"] for stage in self.payload("pac-t")["stages"]]
        self.assertEqual(phases[:4], ["preparation", "diagnosis", "planning", "adoption"])
        status = {self.names[row["ref"]]: row["status"] for row in self.ask("list", "programme")}
        self.assertEqual(status, {"pac-t": phases[-1], "pac-c": "preparation"})

    def test_words_of_either_language_find_the_same(self):
        self.assertEqual(self.found("search", "شكايات", "--kind", "practice"), ["pr2"])
        self.assertEqual(self.found("search", "réclamations", "--kind", "practice"), ["pr2"])
        self.assertEqual(self.found("search", "complaints", "--kind", "request"), ["rq2"])


if __name__ == "__main__":
    unittest.main()
