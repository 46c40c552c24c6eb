"""Names of months in eighteen languages and of weekdays in twelve, from the CLDR (small letters, no dots)."""

from __future__ import annotations

from collections.abc import Mapping

_MONTHS = (
    """
    jan january januar jän jänner janv janvier ene enero janeiro gen gennaio sty styczeń stycznia
    янв январь января oca ocak januari január januári ian ianuarie leden ledna січ січень січня
    tammikuu tammikuuta tammi
    """,
    """
    feb february februar févr février febrero fev fevereiro febbraio lut lutego luty февр февраль
    февраля şub şubat februari fevr фев febr február februarie únor února úno лют лютий лютого
    helmikuu helmikuuta helmi
    """,
    """
    mar march mär märz mars marzo março marca marzec мар март марта mart maart mrt maerz marz márc
    március martie marts březen března bře бер березень березня maaliskuu maaliskuuta maalis marec
    """,
    """
    apr april avr avril abr abril aprile kwi kwiecień kwietnia апр апрель апреля nis nisan ápr
    április aprilie duben dubna dub квіт квітень квітня huhtikuu huhtikuuta huhti apríl apríla
    """,
    """
    may mai mayo maio mag maggio maj maja май мая mayıs mei máj május květen května kvě трав травень
    травня toukokuu toukokuuta touko mája
    """,
    """
    jun june juni juin junio junho giu giugno cze czerwca czerwiec июн июнь июня haz haziran jún
    június iun iunie červen června чер черв червень червня kesäkuu kesäkuuta kesä júna
    """,
    """
    jul july juli juil juill juillet julio julho lug luglio lip lipca lipiec июл июль июля tem
    temmuz júl július iul iulie červenec července лип липень липня heinäkuu heinäkuuta heinä júla
    """,
    """
    aug august août ago agosto sie sierpień sierpnia авг август августа ağu ağustos augustus augusti
    aout augusztus srpen srpna srp серп серпень серпня elokuu elokuuta elo augusta
    """,
    """
    sep sept september septembre septiembre set setembro settembre wrz wrzesień września сент
    сентябрь сентября eyl eylül сен szept szeptember septembrie září zář вер верес вересень вересня
    syyskuu syyskuuta syys septembra
    """,
    """
    oct october okt oktober octobre octubre out outubro ott ottobre paź październik października окт
    октябрь октября eki ekim október octombrie říjen října říj жовт жовтень жовтня lokakuu lokakuuta
    loka októbra
    """,
    """
    nov november novembre noviembre novembro lis listopad listopada нояб ноябрь ноября kas kasım ноя
    noiembrie listopadu лист листопад листопада marraskuu marraskuuta marras novembra
    """,
    """
    dec december dez dezember déc décembre dic diciembre dezembro dicembre gru grudnia grudzień дек
    декабрь декабря ara aralık decembrie des desember prosinec prosince pro груд грудень грудня
    joulukuu joulukuuta joulu decembra
    """,
)
MONTHS: Mapping[str, int] = {
    spelled: at
    for at, names in enumerate(_MONTHS, start=1)
    for name in names.split()
    for spelled in (name, name.replace("ı", "i"))  # of capital letters, the Turkish I has no other small one
}
"""The number of a month by its name: wide and short, as a word of its own and in a date."""

_WEEKDAYS = (
    """
    monday mon mo montag lundi lun lu lunes segunda-feira seg lunedì poniedziałek pon понедельник пн
    pazartesi pzt maandag 月曜日 月 måndag mån må segunda
    """,
    """
    tuesday tue tu dienstag mardi mar martes terça-feira ter martedì wtorek wt wto вторник вт salı sal
    dinsdag 火曜日 火 tisdag tis ti terça
    """,
    """
    wednesday wed we mittwoch mi mercredi mer me miércoles mié quarta-feira qua mercoledì środa śr śro
    среда ср çarşamba çar ça woensdag wo 水曜日 水 onsdag ons on quarta
    """,
    """
    thursday thu th donnerstag jeudi jeu je jueves jue ju quinta-feira qui giovedì gio czwartek czw
    четверг чт perşembe per pe donderdag 木曜日 木 torsdag tors to quinta
    """,
    """
    friday fri fr freitag vendredi ven ve viernes vie vi sexta-feira sex venerdì piątek pią пятница пт
    cuma cum cu vrijdag vr 金曜日 金 fredag fre sexta
    """,
    """
    saturday sat samstag samedi sam sábado sáb sabato sab sobota sob суббота сб cumartesi cmt ct
    zaterdag za 土曜日 土 lördag lör lö
    """,
    """
    sunday sun su sonntag so dimanche dim domingo dom domenica niedziela niedz nie воскресенье вс pazar
    paz pa zondag zo 日曜日 日 söndag sön sö
    """,
)
WEEKDAYS: Mapping[str, int] = {
    spelled: at
    for at, names in enumerate(_WEEKDAYS)
    for name in names.split()
    for spelled in (name, name.replace("ı", "i"))
}
"""The number of a weekday by its name, 0 for Monday."""

UNCLEAR_WEEKDAYS = frozenset("di do ma pt sa".split())  # noqa: SIM905
"""Short names that mean different weekdays in different languages."""
