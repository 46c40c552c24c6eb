"""What a sentence tells the user to do: the command has options, the page has lists, fields and buttons."""

from __future__ import annotations

from dataclasses import dataclass

from services.intake.report import Remark
from services.text import Text


@dataclass(frozen=True, slots=True)
class Ways:
    """One thing to do, as the command and as the page offer it."""

    command: Text
    page: Text

    def remark(self, code: str, words: Text, count: int | None = None, **values: object) -> Remark:
        """Return a remark whose sentence has this way in place of `{way}`."""
        command, page = (
            words.format(way=one.format(**values), **values) for one in (self.command, self.page)
        )
        return Remark(code, _ended(command), count, page=_ended(page))


def _ended(text: Text) -> Text:
    """Return a sentence without the space before an empty way."""
    return Text(en=text.en.rstrip(), ru=text.ru.rstrip())


OTHER_COLUMN = Ways(
    command=Text(en="--map", ru="--map"),
    page=Text(en="the lists under “Figures and their columns”", ru="списки «Показатели и столбцы»"),
)
AS_CONVERSIONS = Ways(
    command=Text(
        en="import it with --map conversions={quoted}", ru="загрузите файл с --map conversions={quoted}"
    ),
    page=Text(
        en="choose this column for the conversions below", ru="выберите ниже этот столбец для конверсий"
    ),
)
GRAIN = Ways(
    command=Text(
        en="import the file again with --grain {grain}", ru="загрузите файл снова с --grain {grain}"
    ),
    page=Text(en="say so above (“A row is”)", ru="укажите это выше («Строка — это»)"),
)
OTHER_CHANNEL = Ways(
    command=Text(en="or use --channel", ru="другой — через --channel"),
    page=Text(en="another one can be written above", ru="другой можно вписать выше"),
)
NOTHING_TO_UNDO = Ways(command=Text(en="", ru=""), page=Text(en="", ru=""))
UNDO = Ways(
    command=Text(en="“demetra undo {id}” restores them.", ru="Вернуть: «demetra undo {id}»."),
    page=Text(
        en="“Undo” in the list of files restores them.", ru="Вернуть: «Отменить» в списке загруженных файлов."
    ),
)
