#!/usr/bin/env python3
"""What the 126 members of REMACTO said, as lines for `world`: the roster of deploy/networks/remacto, its example, and what
the questions of the cookbook need, in Arabic and French. Made up; the same on each run.

    remacto.py LOG INDEX LEAF      of the coordinator's charter
"""
import csv
import datetime
import json
import os
import sys

NETWORK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "networks", "remacto")
FOUNDED = "2022-10-21"
# Those who came later; everybody else founded the network or joined in the spring after.
LATER = {"zag": "2024-05-14", "akka": "2025-03-04", "tarfaya": "2026-02-10", "mijik": "2026-03-19",
         "province-tiznit": "2026-05-07", "bni-drar": "2025-11-20"}
WITHOUT_PROGRAMME = {"zag", "akka", "tarfaya", "mijik", "province-azilal", "bni-drar", "assa"}
COMPLETE = ("beni-mellal", "agadir", "oujda", "tetouan", "dakhla", "safi")
# One's word for it: nobody else has looked.
NOT_ATTESTED = ("safi", "oujda")
# Milestones: member, what, due, last said status.
MILESTONES = [
    ("tetouan", "Ouvrir les données du budget", "فتح معطيات الميزانية", "2025-03-31", "limited"),
    ("tetouan", "Publier les marchés", "نشر الصفقات", "2026-12-31", "limited"),
    ("oujda", "Former les agents d'accueil", "تكوين أعوان الاستقبال", "2025-09", "substantial"),
    ("fes", "Installer la commission de suivi", "إحداث لجنة التتبع", "2025-06-30", None),
    ("meknes", "Traduire le portail", "ترجمة البوابة", "2025-12-15", "not_started"),
    ("azilal", "Tenir la réunion publique", "عقد اللقاء العمومي", "2026-01-20", "complete"),
    ("khenifra", "Mettre en ligne les délibérations", "نشر المداولات على الأنترنت", "2024-12-31", "limited"),
    ("agadir", "Évaluer le guichet", "تقييم الشباك", "2025-11", None),
]
PRACTICES = [
    ("agadir", "Un guichet unique des réclamations", "شباك موحد للشكايات", ["accountability"],
     "Chaque réclamation reçoit un numéro et une réponse en quinze jours.",
     "لكل شكاية رقم وجواب داخل خمسة عشر يوما."),
    ("beni-mellal", "Répondre aux plaintes par message", "الجواب عن الشكايات برسائل الهاتف", ["digitalisation"],
     "Le citoyen suit sa réclamation par téléphone.", "يتابع المواطن شكايته بالهاتف."),
    ("oujda", "Le registre des doléances", "سجل شكايات المرتفقين", ["accountability", "transparency"],
     "Un registre public, relu chaque mois par le conseil.", "سجل عمومي يراجعه المجلس كل شهر."),
    ("dakhla", "Des jardins entretenus par les quartiers", "حدائق يعتني بها السكان", ["citizen_participation"],
     "Chaque quartier a son comité.", "لكل حي لجنته."),
    ("marrakech", "Le budget expliqué sur une page", "الميزانية في صفحة واحدة", ["transparency"],
     "Une affiche à la porte de la commune.", "ملصق على باب الجماعة."),
]
# Workshops: member, title, date, total, women, youth, people with disabilities (None: not counted).
WORKSHOPS = [
    ("azilal", "Atelier de diagnostic", "ورشة التشخيص", "2024-02-10", 40, 9, 16, 2),
    ("beni-mellal", "Atelier de co-création", "ورشة الإعداد المشترك", "2024-03-02", 64, 30, 27, 6),
    ("beni-mellal", "Atelier des jeunes", "ورشة الشباب", "2024-04-20", 36, 10, 33, 1),
    ("khenifra", "Restitution publique", "تقديم النتائج للعموم", "2024-05-11", 80, 36, 20, None),
    ("demnate", "Rencontre avec les associations", "لقاء مع الجمعيات", "2025-01-18", 25, 8, None, None),
    ("fes", "Atelier sur le portail", "ورشة حول البوابة", "2024-06-01", 50, 21, 24, 5),
]
ADOPTIONS = [
    ("chefchaouen", "in_use", "L'attente est passée de cinquante à vingt minutes.", "نزل الانتظار من خمسين دقيقة إلى عشرين.",
     "2024-10"),
    ("midelt", "adapting", "Essai à l'annexe administrative.", "تجربة بالملحقة الإدارية.", "2025-02"),
    ("guelmim", "abandoned", "Le logiciel demandait une liaison trop rapide.", "احتاج البرنامج إلى ربط أسرع مما هو متاح.",
     "2025-05"),
]
lines = []


def ms(date, hour=9):
    year, month, day = ([int(part) for part in date.split("-")] + [1, 1])[:3]
    return int(datetime.datetime(year, month, day, hour, tzinfo=datetime.timezone.utc).timestamp() * 1000)


def text(fr, ar):
    return {"fr": fr, "ar": ar}


def put(member, kind, day, record_name=None, /, **fields):
    """One record; several of a day are a minute apart."""
    line = {"member": member, "kind": kind, "time": ms(day) + 60000 * (len(lines) % 600), "fields": fields}
    if record_name:
        line["as"] = record_name
    lines.append(line)


def roster():
    with open(os.path.join(NETWORK, "roster.csv"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def joined(position, code):
    return LATER.get(code) or (FOUNDED if position < 66 else "2023-04-12")


def admissions(members):
    order = sorted(range(len(members)), key=lambda i: joined(i, members[i]["code"]))
    for i in order:
        m = members[i]
        lines.append({"admit": m["code"], "kind": m["kind"], "territory": m["territory"],
                      "names": text(m["name_fr"], m["name_ar"]), "time": ms(joined(i, m["code"]))})


def programmes(members):
    """What each member has from the start: a programme and the commitment to see it through."""
    for i, m in enumerate(members):
        code = m["code"]
        if code in WITHOUT_PROGRAMME or code == "chefchaouen":
            continue
        put(code, "programme", "2024-02-%02d" % (1 + i % 27), "programme-" + code,
            title=text("Programme d'ouverture de " + m["name_fr"], "برنامج انفتاح " + m["name_ar"]),
            instrument="openness", start="2024", end="2026",
            adopted={"number": "%d/2024" % (1 + i), "date": "2024-02-%02d" % (1 + i % 27)})
        if code != "sefrou":
            commitment(code, "2024-03-01", "plan-" + code, 2, "Mener le programme d'ouverture à son terme",
                       "إنجاز برنامج الانفتاح", "2026-12-31", ["citizen_participation"],
                       within="@programme-" + code)
            followed(code, i)


def commitment(code, date, name, article, fr, ar, end, themes, **more):
    if end:
        more["end"] = end
    put(code, "commitment", date, name, title=text(fr, ar), charter="@charter", article=article, themes=themes,
        lead=text("Direction générale des services", "المديرية العامة للمصالح"), start="2024-03", **more)


def followed(code, i):
    if code in COMPLETE:
        put(code, "progress", "2025-10-02", about="@plan-" + code, status="complete", period="2025-09",
            done=text("Toutes les actions sont faites.", "أُنجزت كل الإجراءات."),
            evidence=[{"title": text("Rapport final", "التقرير النهائي"), "url": "https://%s.example/rapport" % code}])
        if code not in NOT_ATTESTED:
            put("rabat-sale-kenitra", "attestation", "2025-11-05", about="@plan-" + code, role="member", agrees=True,
                coding={"completion": "complete", "verifiable": "yes"})
    elif i % 3:
        put(code, "progress", "2025-06-10", about="@plan-" + code, status=("limited", "substantial")[i % 2],
            period="2025", done=text("Deux actions sur cinq.", "إجراءان من خمسة."))


def example():
    """The example's own records but for those of the coordinator and of the observer, who speak for themselves."""
    dates = {"adhesion": "2022-12-01", "programme": "2024-07-08", "progress": "2025-07-01", "attestation": "2025-07-20",
             "adoption": "2024-11-02", "publication": "2025-02-05", "comment": "2024-12-10", "milestone": "2024-09-02"}
    with open(os.path.join(NETWORK, "example.ndjson"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    for row in rows:
        if row["member"] in ("coordination", "observatoire", "sefrou"):
            continue
        if row["as"] == "ad-c1":
            continue  # among ADOPTIONS
        put(row["member"], row["kind"], dates.get(row["kind"], "2024-07-12"), row["as"], **row["fields"])
    put("chefchaouen", "idea", "2024-07-12", title=text("Un wifi libre sur la place", "أنترنت مفتوح في الساحة"),
        workshop="@ws-c2", themes=["digitalisation"],
        decision={"decision": "merged", "date": "2024-05-18",
                  "reason": text("Repris dans le projet de la région.", "أُدرجت في مشروع الجهة.")})
    put("chefchaouen", "idea", "2024-07-12", title=text("Une carte des travaux", "خريطة للأشغال"), workshop="@ws-c2")


def sefrou():
    """One member's five commitments, one of which was moved to a later year."""
    commitment("sefrou", "2024-03-04", "s1", 1, "Publier les procès-verbaux du conseil", "نشر محاضر المجلس", "2024-12-31",
               ["transparency"])
    commitment("sefrou", "2024-03-04", "s2", 2, "Écrire le programme avec les associations",
               "إعداد البرنامج مع الجمعيات", "2025-06-30", ["citizen_participation"], within="@programme-sefrou")
    commitment("sefrou", "2024-03-04", "s3", 3, "Un comité de suivi mixte", "لجنة تتبع مشتركة", "2025-12-31",
               ["accountability"])
    commitment("sefrou", "2024-03-04", "s4", 4, "Échanger avec les communes voisines", "التبادل مع الجماعات المجاورة",
               "2024-12-31", ["territorial_justice"])
    commitment("sefrou", "2024-03-04", "s5", 5, "Présenter nos pratiques au Forum", "عرض ممارساتنا في الملتقى", None,
               ["public_innovation"])
    put("sefrou", "practice", "2023-09-14", "pr-s1", title=text("Un état civil sans file", "حالة مدنية بلا طوابير"),
        themes=["digitalisation", "public_innovation"],
        problem=text("L'usager attendait plus d'une heure.", "كان المرتفق ينتظر أكثر من ساعة."),
        solution=text("Des rendez-vous et un guichet rapide.", "مواعيد مسبقة وشباك سريع."),
        results=text("L'attente est de douze minutes.", "نزل الانتظار إلى اثنتي عشرة دقيقة."))
    put("sefrou", "practice", "2023-11-02", title=text("Une boîte à idées sur les marchés", "صندوق أفكار في الأسواق"),
        themes=["citizen_participation"])
    evidence = [{"title": text("Page des procès-verbaux", "صفحة المحاضر"), "url": "https://sefrou.example/pv"}]
    put("sefrou", "progress", "2024-12-20", about="@s1", status="complete", period="2024", evidence=evidence,
        done=text("Tous les procès-verbaux depuis 2021 sont en ligne.", "المحاضر منذ 2021 منشورة كلها."))
    put("fes-meknes", "attestation", "2025-02-11", about="@s1", role="member", agrees=True,
        coding={"completion": "complete", "verifiable": "yes", "potential": "modest"})
    put("sefrou", "progress", "2025-05-06", about="@s2", status="substantial", period="2025",
        done=text("Trois réunions sur quatre.", "ثلاثة لقاءات من أربعة."))
    put("boulemane", "attestation", "2025-07-01", about="@s2", role="member", agrees=False,
        coding={"completion": "limited", "verifiable": "yes"},
        dissent=text("Une seule association était là.", "لم تحضر إلا جمعية واحدة."))
    put("sefrou", "progress", "2025-12-01", about="@s3", status="complete", period="2025",
        done=text("Le comité siège.", "اللجنة تجتمع."))
    put("sefrou", "progress", "2024-10-08", about="@s4", status="limited", period="2024-10",
        done=text("Une visite à Boulemane.", "زيارة واحدة لبولمان."),
        obstacles=text("Pas de véhicule.", "لا توجد سيارة."))
    put("boulemane", "comment", "2024-11-13", about="@s4",
        text=text("Nous pouvons venir à Sefrou.", "يمكننا أن نأتي إلى صفرو."))
    commitment("sefrou", "2025-02-15", "s4b", 4, "Échanger avec les communes de la province",
               "التبادل مع جماعات الإقليم", "2025-12-31", ["territorial_justice"], supersedes="@s4",
               reason=text("Le conseil a donné un an de plus.", "منح المجلس سنة إضافية."))
    put("sefrou", "progress", "2025-06-17", about="@s4b", status="substantial", period="2025-06",
        done=text("Quatre rencontres, une convention.", "أربعة لقاءات واتفاقية."))
    for code, stage, fr, ar, start in ADOPTIONS:
        put(code, "adoption", start + "-15", practice="@pr-s1", stage=stage, result=text(fr, ar), start=start)


def evaluations():
    """Agadir in two years; the grid is made up, as that of deploy/networks/papc is."""
    scores = {"2019": ("8.5", "11", "6", "25.5", True), "2020": ("12", "9.5", "10", "31.5", False)}
    for year, (civil, revenue, publicity, total, is_published) in scores.items():
        put("agadir", "evaluation", "%d-06-30" % (int(year) + 1), member="agadir", year=year,
            grid={"id": "exemple", "version": "1"},
            conditions=[{"id": "budget-voted", "title": text("Budget voté à temps", "التصويت على الميزانية في أجلها"),
                         "passed": True},
                        {"id": "accounts-published", "title": text("Comptes publiés", "نشر الحسابات"),
                         "passed": is_published}],
            indicators=[{"id": "civil-status", "title": text("État civil", "الحالة المدنية"), "score": civil, "max": "15"},
                        {"id": "own-revenue", "title": text("Recettes propres", "الموارد الذاتية"), "score": revenue,
                         "max": "15"},
                        {"id": "publicity", "title": text("Information du public", "إخبار العموم"), "score": publicity,
                         "max": "10"}],
            score=total, score_max="40", assessor=text("Inspection générale", "المفتشية العامة"),
            grant={"amount": {"2019": 420000000, "2020": 510000000}[year], "currency": "MAD"})


def others():
    for i, (code, fr, ar, due, status) in enumerate(MILESTONES):
        put(code, "milestone", "2024-06-03", "m%d" % i, title=text(fr, ar), about="@plan-" + code, end=due)
        if status:
            put(code, "progress", "2025-01-20", about="@m%d" % i, status=status, period="2025-01")
    put("beni-mellal-khenifra", "attestation", "2026-02-01", about="@m5", role="member", agrees=True,
        coding={"completion": "complete"})
    for code, fr, ar, themes, solution_fr, solution_ar in PRACTICES:
        put(code, "practice", "2025-04-09", title=text(fr, ar), themes=themes, solution=text(solution_fr, solution_ar))
    for code, fr, ar, date, total, women, youth, disabilities in WORKSHOPS:
        heads = {"total": total, "women": women, "youth": youth, "disabilities": disabilities}
        put(code, "workshop", date, title=text(fr, ar), date=date, stage="co_creation",
            themes=["gender"] if women < total / 3 else ["citizen_participation"],
            headcount={key: value for key, value in heads.items() if value is not None})


def main():
    log, index, leaf = sys.argv[1:]
    members = roster()
    admissions(members)
    lines.append({"as": "charter", "log": log, "index": int(index), "leaf": leaf})
    programmes(members)
    sefrou()
    example()
    evaluations()
    others()
    for line in lines:
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
