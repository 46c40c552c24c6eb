"""Names of channels and campaigns: what can be stored."""

from __future__ import annotations

from services.text import tidy

NAME_LIMIT = 200
"""The most characters in the name of a channel or a campaign: both must fit into one index entry."""


CAMPAIGN_NAMES = ("campaign_name", "campaign", "кампания", "название_кампании")
"""Attributes with the name of a campaign, where its key is an ID."""


def is_name(text: str) -> bool:
    """Return whether a text can be stored as the name of a channel or a campaign."""
    is_text = text == text.encode("utf-8", "ignore").decode()
    return is_text and "\0" not in text and 0 < len(tidy(text)) <= NAME_LIMIT
