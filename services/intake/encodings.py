"""The encoding of a text without a mark, from the evidence of the whole file.

No single letter decides: a code page is right when its letters make words, its currency signs stand beside
digits, and all its letters belong to one language. Each word counts once, however often a file repeats it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

from charset_normalizer import from_bytes

_WESTERN = ("de", "fr", "es", "pt", "it", "nl", "sv", "da", "fi")
_CENTRAL = ("pl", "cs", "hu", "ro", "hr", "de")
_CYRILLIC = ("ru",)
_PAGES: Mapping[str, tuple[str, ...]] = {
    "cp1252": _WESTERN,
    "cp1251": _CYRILLIC,
    "cp1250": _CENTRAL,
    "cp1254": ("tr", *_WESTERN),
    "iso8859-15": _WESTERN,
    "iso8859-2": _CENTRAL,
    "mac-roman": _WESTERN,
    "koi8-r": _CYRILLIC,
    "cp866": _CYRILLIC,
    "mac-cyrillic": _CYRILLIC,
    "iso8859-5": _CYRILLIC,
    "cp1253": ("el",),
    "cp1257": ("lt", "lv"),
    "cp1255": ("he",),
    "cp1256": ("ar",),
    "cp850": _WESTERN,
    "cp852": _CENTRAL,
}
"""Code pages and their languages; with equal evidence the earlier page is taken."""

_RARE = frozenset(
    """
    mac-roman koi8-r cp866 mac-cyrillic iso8859-5 cp1253 cp1257 cp1255 cp1256 cp850 cp852
    """.split()  # noqa: SIM905
)
_RARITY = 0.4  # what evidence must favour a rare page by
_HANGUL = (
    "이다는을의에하고가지로사기한를은도서리인시어나자대아정그수부일전제있해과라보장상공만원들주성여안구비면유오우스"
    "적동선위광캠페클릭노출날짜용환매익검색브랜드울산경북남"
)
_EAST_ASIAN = {
    "cp932": "\u3040-\u30ff日付費用広告検索表示回数東京大阪",
    "gb18030": "的费用展示点击日期广告计划组转化花收入消数额率北京上海品牌搜索",
    "euc_kr": _HANGUL,
    "big5": "的費用展示點擊日期廣告計劃活動組轉換花收入數額率台北品牌搜尋",
    "euc_jp": "\u3040-\u30ff日付費用広告検索表示回数東京大阪",
    "cp949": _HANGUL,
}
"""Encodings of two bytes for a letter, and letters by which they are known; the likelier ones first."""

_CERTAIN = 1.5  # a page of single bytes with this score is not one of two bytes
_LETTERS: Mapping[str, frozenset[str]] = {
    language: frozenset(letters)
    for language, letters in {
        "de": "äöüßéè",
        "fr": "éèêëàâçîïôùûüœæÿ",
        "es": "áéíóúñüºª",
        "pt": "ãõáéíóúâêôçàüºª",
        "it": "àèéìíòóùú",
        "nl": "ëïéèöüáó",
        "sv": "åäöé",
        "da": "æøåé",
        "fi": "äöå",
        "pl": "ąćęłńóśźż",
        "cs": "áčďéěíňóřšťúůýžäľĺŕô",
        "hu": "áéíóöőúüű",
        "ro": "ăâîşţșț",
        "hr": "čćđšž",
        "tr": "çğıöşüâîû",
        "lt": "ąčęėįšųūž",
        "lv": "āčēģīķļņšūž",
        "he": "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
        "ar": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگ",
        "el": "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ",
        "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў",
    }.items()
}
_SCRIPTS = {
    "\u0400\u04ff": "оеаинтсрвлкмдпуыягзбьчйхжшюцщэфъё",
    "\u0370\u03ff": "αοειτνσηρκλπμυωςγδάίόέχθύήφβξζώψ",
    "\u0590\u05ff": "יולהאמרתבשנדקחעפםצןכטגסזךףץ",
    "\u0600\u06ff": "اليمنوترهبتكعدفسقحةجشصأطخذىضزثءغظئإآؤپگچژ",
}
"""First and last character of other scripts, and their letters, the most frequent ones first."""

_OFTEN = {
    letter: 1 - 1.6 * at / (len(letters) - 1)
    for letters in _SCRIPTS.values()
    for at, letter in enumerate(letters)
}
_ODD_PLACES = re.compile(
    r"[ªº©®ìÌùÙ](?=[^\W\d_])|(?<![^\W\d_])[èÈ](?=[^\W\d_])|(?<![^\W\d_])[ýÝ]|[õÕ](?![eE])|\u00ad"
)
"""Characters where no language has them that a page is for: ì and ù end a word, è and ý never begin one.

Portuguese has õ only before e. Elsewhere these are the letters of another page.
"""

_NARROW = 0.5
"""A page whose score is not so much better than that of another one may be the wrong one."""

_WORDS = frozenset(
    """
    größe außenwerbung köln münchen zürich für über käufe kosten währung anzeigengruppe märz verfügbar
    gäste coût coûts dépenses dépensé résultats février août décembre été publicité devise événement
    campaña campañas año días público español españa interacción conversión fecha título período
    impressões conversões gasto campanha conversão março città pubblicità più qualità wyświetlenia
    wyświetleń kliknięcia kliknięć dzień przychód przychody łódź kraków świąteczna wartość październik
    złoty zł sprzedaż wrocław gdańsk poznań śląsk gösterim gösterimler tıklama tıklamalar tarih harcama
    dönüşüm dönüşümler gün türkiye şubat ağustos kasım aralık maliyet değeri istanbul bütçe arama
    alışveriş česká kliknutí zobrazení den měsíc náklady tržby praha výkon дата день показы клики расход
    расходы конверсии кампания канал доход выручка бренд поиск сети annonsgrupp kostnad göteborg malmö
    størrelse københavn
    """.split()  # noqa: SIM905
)
"""Words of headers, months and places, in small letters."""

_HINTS: Mapping[bytes, str] = {
    word: language
    for language, words in {
        "de": b"datum kampagne kosten klicks umsatz kanal",
        "fr": b"campagne clics jour canal",
        "es": b"fecha clics coste costo gasto ingresos",
        "pt": b"campanha cliques custo receita",
        "it": b"campagna clic costo spesa",
        "pl": b"koszt kampania kanal data wydatki",
        "hu": b"kampany datum koltes kattintas",
        "cs": b"datum kampan cena",
        "tr": b"tarih kampanya maliyet harcama gelir kanal",
    }.items()
    for word in words.split()
}
"""Words of headers without letters beyond ASCII; they only decide between pages that are equal otherwise."""

_HINT = 0.2
_SELDOM = 0.1
_NOW_UTF_8 = frozenset({"ro"})  # the letters of its code page are not those that it writes since 2007
_SIGNS = frozenset("€£¥¢₽₴₺₹")
_BESIDE_DIGITS = frozenset("\u00a0\u202f\u2009’‘–—−±°ºª²³½¼¾%‰×§«»“”„…·•№")
_JOINERS = frozenset("’‘´`\u00a0·«»“”„–—…®™©°º")
# Linear also in a cell of megabytes: only the start of a run of letters is tried, and none is given back.
_WORD = re.compile(rb"(?<![A-Za-z\x80-\xff])[A-Za-z]*+[\x80-\xff][A-Za-z\x80-\xff]*")
_SIGN = re.compile(
    rb"[0-9][ \xa0]?([\x80-\xff])(?![A-Za-z\x80-\xff])|(?<![A-Za-z\x80-\xff])([\x80-\xff])[ \xa0]?[0-9]"
)
_ANY_EAST_ASIAN = re.compile("[\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]")
_RUN = re.compile(rb"[\x80-\xff]+")
_MOST_WORDS = 20_000
_LONGEST_WORD = 40
_MOST_ODD = 0.75  # no European word has more letters beyond ASCII
_SAMPLE_BYTES = 1 << 18
_HEAD_BYTES = 2_000


@dataclass(slots=True)
class Evidence:
    """The words with letters beyond ASCII and the signs beside digits of a text, in bytes."""

    words: set[bytes] = field(default_factory=set)
    signs: Counter[int] = field(default_factory=Counter)
    hints: set[str] = field(default_factory=set)
    """Languages of words in the first lines."""
    _is_begun: bool = False
    sample: bytearray = field(default_factory=bytearray)
    """The lines with bytes beyond ASCII, up to a limit."""
    _rest: bytes = b""

    def add(self, chunk: bytes) -> None:
        """Add the next bytes of the text."""
        if not self._is_begun:
            self._is_begun = True
            words = re.findall(rb"[a-z]+", chunk[:_HEAD_BYTES].lower())
            self.hints.update(_HINTS[word] for word in words if word in _HINTS)
        text = self._rest + chunk
        end = text.rfind(b"\n") + 1 or len(text)
        self._rest = text[end:] if end < len(text) else b""
        self._add_lines(text[:end])

    def finish(self) -> None:
        """Add the last line."""
        self._add_lines(self._rest)
        self._rest = b""

    def is_sign(self, word: bytes) -> bool:
        """Return whether a word is only a sign that stands beside digits."""
        return len(word) == 1 and word[0] in self.signs

    def _add_lines(self, text: bytes) -> None:
        if text.isascii():
            return
        if len(self.words) < _MOST_WORDS:
            self.words.update(word for word in _WORD.findall(text) if len(word) <= _LONGEST_WORD)
        self.signs.update((before or behind)[0] for before, behind in _SIGN.findall(text))
        if len(self.sample) < _SAMPLE_BYTES:
            self.sample += b"".join(line for line in text.splitlines(keepends=True) if not line.isascii())


def code_page_of(evidence: Evidence) -> Decision:
    """Return the code page that the evidence speaks for most."""
    scores = {page: round(_score(page, languages, evidence), 6) for page, languages in _PAGES.items()}
    best = max(scores, key=lambda page: scores[page])
    if scores[best] < _CERTAIN and (eastern := _east_asian(evidence)) is not None:
        return eastern
    likely = [page for page in scores if page != best and scores[page] > scores[best] - _NARROW]
    words = [word for word in evidence.words if not evidence.is_sign(word)]
    return _doubted(
        best,
        sorted(likely, key=lambda page: -scores[page]),
        sorted(words, key=lambda word: (-len(word), word)),
    )


def _east_asian(evidence: Evidence) -> Decision | None:
    """Return the encoding of a Chinese, Japanese or Korean text, whose odd bytes come in long runs."""
    sample = bytes(evidence.sample)
    runs = _RUN.findall(sample)
    odd = sum(map(len, runs))
    if not odd or sum(len(run) for run in runs if len(run) > 1) < 0.5 * odd:
        return None
    found: dict[str, float] = {}
    for page, known in _EAST_ASIAN.items():
        with suppress(UnicodeDecodeError):
            beyond = "".join(letter for letter in sample.decode(page) if not letter.isascii())
            if len(_ANY_EAST_ASIAN.findall(beyond)) > 0.95 * len(beyond):
                found[page] = len(re.findall(f"[{known}]", beyond)) / max(1, len(beyond))
    if not found:
        return None
    page = max(found, key=lambda one: found[one])
    if from_bytes(sample, cp_isolation=[page], threshold=0.5).best() is None:
        return None
    likely = [one for one in found if one != page and found[one] > found[page] - _NARROW / 2]
    return _doubted(page, sorted(likely, key=lambda one: -found[one]), [max(runs, key=len)])


def _doubted(page: str, others: Sequence[str], words: Sequence[bytes]) -> Decision:
    """Return the decision for a page, with a word that another likely page reads otherwise, if any does."""
    for other in others:
        for word in words:
            one, two = word.decode(page, "replace"), word.decode(other, "replace")
            if one != two:
                return Decision(page, one, other, two)
    return Decision(page)


def _score(page: str, languages: tuple[str, ...], evidence: Evidence) -> float:
    words = [word.decode(page, "replace") for word in evidence.words if not evidence.is_sign(word)]
    score = _of_signs(page, evidence.signs) - (_RARITY if page in _RARE else 0)
    if not words:
        return score
    spelled = {word: _of_word(word) for word in words}
    known = sum(_folded(word) in _WORDS for word in words)
    mean = sum(spelled.values()) / len(words)
    coverage = max(
        2 * _coverage(spelled, one) + _HINT * (one in evidence.hints) - _SELDOM * (one in _NOW_UTF_8)
        for one in languages
    )
    return score + mean + coverage + 2 * math.log1p(known)


@dataclass(frozen=True, slots=True)
class Decision:
    """The code page of a text; where another one is nearly as likely, a word in both."""

    page: str
    word: str = ""
    other_page: str = ""
    other_word: str = ""


def _of_signs(page: str, signs: Counter[int]) -> float:
    """Return how well the signs beside digits are currency signs and the like: -2 to 1."""
    total = sum(signs.values())
    return sum(
        count * _of_sign(bytes([sign]).decode(page, "replace")) for sign, count in signs.items()
    ) / max(1, total)


def _of_sign(sign: str) -> float:
    if sign in _SIGNS:
        return 1
    if sign in _BESIDE_DIGITS:
        return 0.5
    return -2 if sign.isalpha() or sign == "\ufffd" or not sign.isprintable() else -1


def _of_word(word: str) -> float:
    """Return how well a word is spelled: -4 to 1."""
    if "\ufffd" in word or any(0x80 <= ord(letter) < 0xA0 for letter in word):
        return -4
    letters = [letter for letter in word if letter.isalpha()]
    if any(not letter.isalpha() and letter not in _JOINERS for letter in word):
        return -3
    of_script = [sum(ends[0] <= letter <= ends[1] for letter in letters) for ends in _SCRIPTS]
    if any(0 < count < len(letters) for count in of_script) or _ODD_PLACES.search(word):
        return -3
    if _has_odd_case(word):
        return -2
    if any(of_script):
        return 2 * sum(_OFTEN.get(letter.casefold(), -0.5) for letter in letters) / len(letters) - 0.5
    odd = sum(not letter.isascii() for letter in letters)
    return -2 if odd > 2 and odd > _MOST_ODD * len(letters) else 0.5


def _has_odd_case(word: str) -> bool:
    """Return whether a capital letter follows a small one, where one of them is beyond ASCII."""
    return any(
        before.islower() and letter.isupper() and not (before.isascii() and letter.isascii())
        for before, letter in pairwise(word)
    )


def _folded(word: str) -> str:
    return unicodedata.normalize("NFC", word).replace("İ", "i").casefold()


def _coverage(spelled: Mapping[str, float], language: str) -> float:
    """Return the share of the characters beyond ASCII that are letters of the language in good words."""
    known = _LETTERS[language] | _JOINERS | ({"İ".lower()} if language == "tr" else set())
    found = own = 0
    for word, score in spelled.items():
        beyond = [letter.lower() for letter in word if not letter.isascii()]
        found += len(beyond)
        own += sum(letter in known for letter in beyond) if score > 0 else 0
    return own / found if found else 0
