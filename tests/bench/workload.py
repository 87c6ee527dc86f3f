"""The records that benchmarks publish: practices of 600 bytes in French and Arabic, the same for the same number.

The words are those of a classroom; a body is drawn from both lists, so that a batch compresses as mixed prose does and
not as one repeated text would."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import minimsgpack  # noqa: E402

FR = (
    "la le les une des pratique lecture texte classe élève maître école atelier récit mémoire voix lettre phrase verbe "
    "accord dictée poème conte rivière montagne village marché jardin olivier désert mer lumière ombre matin soir hiver "
    "été automne printemps écouter parler écrire lire répéter comprendre expliquer partager corriger observer noter "
    "choisir questionner répondre chanter dessiner calculer mesurer comparer classer raconter décrire avec sans pour "
    "contre entre depuis pendant après avant toujours souvent parfois jamais aujourd’hui demain hier groupe cercle "
    "cahier tableau craie séance objectif étape durée matériel consigne bilan progrès difficulté réussite équipe famille"
).split()
AR = (
    "كتاب مدرسة معلم تلميذ درس قراءة كتابة حرف كلمة جملة نص قصة شعر لغة صوت ذاكرة بيت باب نافذة شجرة زيتون بحر جبل نهر "
    "قرية سوق صباح مساء شتاء صيف ربيع خريف سماء أرض ضوء ظل يقرأ يكتب يسمع يتكلم يفهم يشرح يسأل يجيب يكرر يرسم يحسب يقارن "
    "يروي يصف مع من إلى على في عن بعد قبل اليوم غدا أمس مجموعة دفتر لوح هدف مرحلة مدة أداة تقدم صعوبة نجاح فريق أسرة"
).split()
SIZE = 600


class Xorshift:
    """32 bits; enough to draw words, the same on every machine."""

    def __init__(self, seed):
        self.state = (seed & 0xFFFFFFFF) or 1
        for _ in range(4):
            self.draw()

    def draw(self):
        s = self.state
        s ^= (s << 13) & 0xFFFFFFFF
        s ^= s >> 17
        s ^= (s << 5) & 0xFFFFFFFF
        self.state = s
        return s


def _text(draw, left):
    words = []
    while left > 0:
        pool = FR if draw() % 2 else AR
        word = pool[draw() % len(pool)] + " "
        size = len(word.encode())
        if size > left:
            word, size = "." * left, left
        words.append(word)
        left -= size
    return "".join(words)


def payload(number, author=0):
    """The payload of one practice, SIZE bytes of canonical MessagePack."""
    draw = Xorshift((number + 1) * 2654435761 ^ (author + 1) * 40503).draw
    title = " ".join(FR[draw() % len(FR)] for _ in range(4)) + f" a{author}-{number:07d}"
    tail = f"#{draw():08x}{draw():08x}"
    record = {"solution": {"fr": ""}, "themes": ["transparency"], "title": {"fr": title}}
    left = SIZE - len(minimsgpack.encode(record)) - len(tail) - 2  # a str of 256 bytes and more has a head of 3
    record["solution"]["fr"] = _text(draw, left) + tail
    return minimsgpack.encode(record)
