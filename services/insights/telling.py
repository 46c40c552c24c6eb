"""How recommendations write what channels bring and its ratio to spend: money and ROI, or conversions."""

from __future__ import annotations

from dataclasses import dataclass

from services.insights import words
from services.text import Text, signed
from services.worth import Told, Worth

_NO_LIMIT = Text(en="no limit", ru="без предела")


@dataclass(frozen=True, slots=True)
class Telling:
    """What channels are judged by, and the currency of amounts."""

    worth: Worth
    currency: str

    def choose(self, told: Told) -> Text:
        """Return the wording of a template for what channels are judged by."""
        return self.worth.choose(told)

    def word(self, template: Text) -> Text:
        """Return a template with the word for what channels bring."""
        return self.worth.word(template)

    def brought(self, value: float) -> Text:
        """Format what a channel brings: an amount, or a number of conversions without the word."""
        if not self.worth.in_conversions:
            return words.amount(value, self.currency)
        return words.in_each(lambda lang: self.worth.written_conversions(value, lang))

    def change(self, value: float) -> Text:
        """Format a change of what a channel brings, with its sign."""
        return words.in_each(lambda lang: signed(self.brought(value)[lang]))

    def roi(self, value: float) -> Text:
        """Format a ROI: as a percentage, or as the cost per conversion that it stands for."""
        if not self.worth.in_conversions:
            return words.share(value)
        return words.in_each(lambda lang: self.worth.written_cost(value, self.currency, lang))

    def roi_range(self, low: float, high: float) -> tuple[Text, Text]:
        """Format the limits of a ROI, the smaller figure first: a high ROI is a low cost."""
        if not self.worth.in_conversions:
            return words.share(low), words.share(high)
        return self.roi(high), self.roi(low) if low > -1 else _NO_LIMIT
