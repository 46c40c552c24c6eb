"""Recommendations: rules with their evidence, in words; silent where the data say nothing.

history, rates            campaign days -> arrays; rates per day, wild days clipped
shifts, levels            what is new (a scan with family-wise control), and how high ROI is
facts                     what all rules share, and how much risk of a false alarm each may take
changes, decomposition    a recent change in plain sums; which step of the funnel made it
anomalies, funnel, overruns, trends, comparison, budgets, spending, segments, accuracy, quality, gaps
                          the rules, one file each
recommendation, words     one recommendation, its JSON values and its numbers in words
summary, advising         the first record; the public entry
"""

from services.insights.advising import advise

__all__ = ["advise"]
