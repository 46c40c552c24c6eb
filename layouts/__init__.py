"""Draws: plain values in, Dash components out. No I/O, no clock, no settings.

The page is a skeleton that is built once. Each module below has a `skeleton` (its components, empty)
and `draw...` functions that turn results into `Drawn`: new values for leaf properties, named
`id.property`. Components are never made twice, so a table keeps its page over a renewal.

    page           the whole skeleton; index.py is the HTML around it, shell.py its top before the scripts
    overview       the Overview tab, from kpis, figures, tables and advice
    dashboard      one card of the ML dashboards tab
    sync_bar       freshness, the sync button and its stages
    notices        the notice line
    tables         every table of the page, and their CSV
    figures        plotly figures; sparkline: the small lines of the key figures
    numbers        numbers, dates and ages as the reader writes them
    reader, ids    whom the page is for; the names of its components
    words          names of figures that several modules show
"""
