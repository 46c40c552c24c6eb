"""Reading and writing the results of runs.

store         rows, charts and recommendations of a snapshot; pruning
bundle        what page and API usually request of a snapshot, bounded by bytes
overview      key figures, trend and channels of a snapshot, for a period
ledger        recorded forecasts, and how they turned out
chart_files   copies of the newest charts in a folder
"""
