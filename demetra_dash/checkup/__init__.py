"""The checks of `demetra doctor`.

access         who may use the page, by the settings
sources        the declared sources, each read as far as its first new file
reports        the scheduled reports: file, mail settings, what became of the last slots
inside         database, schema, clock, worker, snapshot, disk, model, cache
address        the page as clients reach it: prefix, headers, answers that are no sign-in page
proxy          access without a sign-in, and the headers that the proxy in front lets through
asking         one HTTP request
check_result   the result of one check, and what to change
"""

from demetra_dash.checkup.access import look_at_access
from demetra_dash.checkup.address import look_at_address
from demetra_dash.checkup.check_result import CheckResult
from demetra_dash.checkup.inside import look_inside
from demetra_dash.checkup.reports import look_at_reports
from demetra_dash.checkup.sources import look_at_sources

__all__ = [
    "CheckResult",
    "look_at_access",
    "look_at_address",
    "look_at_reports",
    "look_at_sources",
    "look_inside",
]
