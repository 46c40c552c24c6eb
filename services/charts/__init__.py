"""Drawing of charts: `bars`, `lines` and `split` draw the charts of dashboards with the common `style`
and `typeface`; `dates` places date ticks; `png` encodes and checks the image; `channel_colours` holds
the colours of the channels.
"""
