"""Recommendations: rules and their evidence, with control of the false alarm rate.

history, rates            campaign days -> arrays; rates per day, outliers clipped
shifts, levels            recent shifts of rates (a scan with family-wise control), and levels of ROI
facts                     inputs shared by all rules, and the false alarm risk of each
changes, decomposition    a recent shift in sums; the contribution of each step of the funnel
anomalies, funnel, overruns, trends, comparison, budgets, spending, segments, accuracy, quality, gaps
                          the rules, one file each
recommendation, words     one recommendation, its JSON values and its formatted numbers
summary, advising         the first record; the public function
"""

from services.insights.advising import advise

__all__ = ["advise"]
