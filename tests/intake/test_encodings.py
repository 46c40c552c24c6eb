"""Files in code pages and wide encodings are read as they were written, also short ones."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import import_file
from services.intake.encodings import Evidence, code_page_of
from tests.intake.files import rows, sums, write

CASES = """
cp1252 Köln Übergröße|Zürich für Gäste|Außenwerbung
cp1252 12,50 €|3,00 €
cp1252 £12.50|£3.00
cp1252 Été à Paris|Coût|Noël
cp1252 Campaña de otoño|España 12,00 €
cp1252 Conversões|São João|Gasto
cp1252 Città più bella
cp1252 Göteborg|Malmö
cp1252 Smørrebrød Århus
cp1252 café
cp1252 Müller
cp1252 Peña
cp1252 GRÖSSE|KÖLN
cp1252 naïve résumé
cp1252 L’été
cp1252 “Sale” – 20 % off
cp1252 Sale®|Brand™
cp1252 1\u00a0234,50|Größe
cp1250 Kliknięcia|Wyświetlenia|Łódź
cp1250 12,50 zł
cp1250 Kraków|Gdańsk
cp1250 Kampania świąteczna
cp1250 Śląsk|Poznań|sprzedaż
cp1250 Koszt|piękny
cp1250 Příliš žluťoučký kůň
cp1250 Žižkov Plzeň
cp1254 Tıklamalar|Gösterimler|Maliyet
cp1254 İstanbul Şubesi|Yaz kampanyası
cp1254 Ağustos|Kış indirimi
cp1254 Alışveriş|Marka araması
cp1251 Показы;Клики;Расход
cp1251 Бренд
cp1251 Дата|Канал|Поиск|ВКонтакте
cp1251 РСЯ|МОСКВА
cp1251 Україна|Київ|їжа
cp1251 Реклама — лето
cp1251 1 200 руб.|р.
cp1251 ДАТА;РАСХОД
koi8-r Показы;Клики;Расход
koi8-r ДАТА;РАСХОД|Бренд
cp866 Показы;Клики;Расход
mac-cyrillic Показы;Клики;Расход|Бренд
iso8859-5 Показы;Клики;Расход
mac-roman Köln Übergröße|für Gäste
mac-roman Été à Paris|Coût
mac-roman Campaña|año
mac-roman 12,50 €
iso8859-2 Kliknięcia|Wyświetlenia|Łódź
iso8859-15 12,50 €|Été
cp1253 Καμπάνια καλοκαίρι
cp850 Köln Übergröße für
cp932 日付,キャンペーン,費用
euc_jp 日付,キャンペーン,費用
gb18030 日期,广告系列,费用|展示次数
cp1254 İstanbul
cp1254 Şişli
cp1254 İndirim
cp1250 Őszi akció, Győr
cp1250 Zażółć
cp1250 Braşov
cp1250 Česko
cp1250 Jarní akce – děti
iso8859-2 Šípková růže
cp1252 Citroën Brasília
cp1252 leilões e ações
cp1252 1º lugar|nº 5
cp1252 Sale © 2026
cp1255 תל אביב
cp1256 حملة الصيف
cp932 東京
gb18030 北京
euc_kr 서울
cp1253 Αθήνα
big5 日期,廣告活動,費用
cp949 날짜,캠페인,비용
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_a_few_words_tell_the_code_page(case: str) -> None:
    encoding, _, words = case.partition(" ")
    content = "\n".join(f"2026-09-01,{word},5,7" for word in words.split("|")).encode(encoding)
    evidence = Evidence()
    evidence.add(content)
    evidence.finish()

    assert content.decode(code_page_of(evidence).page) == content.decode(encoding)


@pytest.mark.parametrize(
    ("encoding", "name", "is_told"),
    [
        ("cp1257", "Rīga", True),
        ("cp1257", "Šiauliai", True),
        ("cp1250", "Pączki", True),
        ("cp1252", "Peña", True),
        ("cp1252", "Außenwerbung für Köln", False),
        ("cp1250", "Łódź świąteczna", False),
        ("cp1251", "Летний бренд", False),
        ("utf-8", "Rīga", False),
        ("utf-16", "Rīga", False),
    ],
)
def test_a_code_page_that_a_few_letters_do_not_tell_is_named(
    connection: sa.Connection, tmp_path: Path, encoding: str, name: str, is_told: bool
) -> None:
    lines = [f"2026-09-{day:02};{name};{day};1,50" for day in range(1, 13)]
    path = write(tmp_path, *lines, header="Date;Campaign;Clicks;Cost", encoding=encoding)

    report = import_file(connection, path)

    assert ("encoding_assumed" in {one.code for one in report.remarks}) == is_told


@pytest.mark.parametrize("cut", [1, 2, 7, 30])
def test_the_pieces_in_which_a_file_is_read_do_not_matter(cut: int) -> None:
    content = "Wyświetlenia;Łódź\n2026-09-01;5\nKliknięcia;żółw".encode("cp1250")
    evidence = Evidence()
    for at in range(0, len(content), cut):
        evidence.add(content[at : at + cut])
    evidence.finish()

    assert code_page_of(evidence).page == "cp1250"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        *((encoding, "Größe für Köln") for encoding in ("cp1252", "mac-roman", "utf-16-le", "utf-16-be")),
        *((encoding, "Łódź świąteczna") for encoding in ("cp1250", "iso8859-2", "utf-32", "utf-16")),
        *((encoding, "Kış alışverişi") for encoding in ("cp1254", "utf-8-sig", "utf-32-le", "utf-32-be")),
        *((encoding, "Летний бренд") for encoding in ("cp1251", "koi8-r", "utf-16-le", "utf-16-be")),
    ],
)
def test_names_come_out_as_they_were_written(
    connection: sa.Connection, tmp_path: Path, encoding: str, name: str
) -> None:
    lines = [f"2026-09-{day:02};{name};{day};1,50" for day in range(1, 13)]
    path = write(tmp_path, *lines, header="Date;Campaign;Clicks;Cost", encoding=encoding)

    import_file(connection, path)

    assert set(rows(connection, "campaign_id")) == {name}
    assert sums(connection).cost == Decimal(18)


@pytest.mark.parametrize("sign", ["€", "£"])
@pytest.mark.parametrize("shape", ["{amount} {sign}", "{sign}{amount}", "{sign} {amount}", "{amount}{sign}"])
def test_a_currency_sign_is_no_letter(
    connection: sa.Connection, tmp_path: Path, sign: str, shape: str
) -> None:
    costs = [shape.format(amount=f"{day},25", sign=sign) for day in range(1, 9)]
    lines = [f"2026-09-{day:02};{day};{cost}" for day, cost in enumerate(costs, start=1)]
    path = write(tmp_path, *lines, header="Date;Clicks;Cost", encoding="cp1252")

    report = import_file(connection, path)

    assert report.rows_rejected == 0
    assert sums(connection).cost == Decimal(38)


@pytest.mark.parametrize("name", ["Größe", "Łódź", "Дзен", "Şubat"])
def test_one_damaged_byte_leaves_a_file_in_utf_8(
    connection: sa.Connection, tmp_path: Path, name: str
) -> None:
    lines = [f"2026-09-{day:02},{name},{day},1" for day in range(1, 6)]
    path = write(tmp_path, *lines, header="date,campaign,clicks,cost")
    path.write_bytes(path.read_bytes() + b"2026-09-06,bro\xffken,6,1\n")

    report = import_file(connection, path)

    assert report.encoding == "utf-8"
    assert report.rows_rejected == 1
    assert set(rows(connection, "campaign_id")) == {name}


NAMES = {
    "cp1252": ["Größe", "Köln", "Été", "año", "coração", "più"],
    "cp1250": ["Łódź", "świąteczna", "Kliknięcia", "sprzedaż"],
    "cp1254": ["kış", "alışveriş", "İstanbul", "ağustos"],
    "cp1251": ["Бренд", "поиск", "Москва", "ретаргетинг"],
}


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(NAMES)), st.data())
def test_the_sums_do_not_depend_on_the_code_page(
    connection: sa.Connection, tmp_path_factory: pytest.TempPathFactory, page: str, data: st.DataObject
) -> None:
    # Different names: three times the one odd letter of "İstanbul" are no evidence for its code page.
    names = data.draw(st.lists(st.sampled_from(NAMES[page]), min_size=3, max_size=4, unique=True))
    costs = data.draw(st.lists(st.integers(1, 10**6), min_size=len(names), max_size=len(names)))
    pairs = enumerate(zip(names, costs, strict=True), start=1)
    lines = [f"2026-09-{at:02};{name};{at};{cost}" for at, (name, cost) in pairs]
    found = []
    for encoding in ("utf-8", page):
        with connection.begin_nested() as savepoint:
            folder = tmp_path_factory.mktemp("law")
            path = write(folder, *lines, header="Date;Campaign;Clicks;Cost", encoding=encoding)
            import_file(connection, path)
            found.append((sums(connection), rows(connection, "date", "campaign_id", "cost")))
            savepoint.rollback()

    assert found[0] == found[1]


def test_a_cell_of_megabytes_is_no_reason_to_stand_still() -> None:
    evidence = Evidence()

    evidence.add("Größe;".encode("cp1252") + b"a" * 3_000_000 + b"\n")

    assert evidence.words == {"Größe".encode("cp1252")}
