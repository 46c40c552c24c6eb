"""Reading and writing the results of runs.

store         rows, charts and recommendations of a snapshot; pruning
bundle        what page and API usually request of a snapshot, bounded by bytes
overview      key figures, trend and channels of a snapshot, for a period
archive       a whole snapshot as one compressed value, and its restoration
pins          runs that are kept under a name
pinned_bundles  the bundles of pinned runs whose rows are no longer stored
ledger        recorded forecasts, and how they turned out
chart_files   copies of the newest charts in a folder
"""
