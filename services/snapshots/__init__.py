"""Reading and writing what runs publish.

store         rows, charts and recommendations of a snapshot; pruning
overview      key figures, trend and channels of a snapshot, for a period
ledger        forecasts recorded until their days come, and how they turned out
chart_files   copies of the newest charts in a folder
"""
