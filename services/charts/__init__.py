"""How charts are drawn: `bars`, `lines` and `split` draw what a dashboard shows, in the one `style`
and `typeface`; `dates` marks time; `png` makes the finished picture and checks it; `channel_colours` holds
the colours of the channels.
"""
