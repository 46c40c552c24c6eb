"""Targets of a month and how it paces towards them: plain Python, from the daily sums of a snapshot.

targets, files                 targets as stored and as typed; a table of them in a file
outlook                        what is still to come in a month, with its distribution
pace -> words                  the pace of a month; sentences on what is unknown
reading                        targets and daily sums of a snapshot from the database
"""

from services.pacing.reading import pacing
from services.pacing.targets import delete, listed, put

__all__ = ["delete", "listed", "pacing", "put"]
