"""Layouts: plain values in, Dash components out. No I/O, no clock, no settings.

The page is a skeleton that is built once. Each module below has a `skeleton` function (its components, empty)
and `draw...` functions that turn results into `Drawn`: new values for leaf properties, named `id.property`.
Components are never created again, so a table stays on its page after an update.

    page           the whole skeleton; index.py is the HTML around it, shell.py its header before the scripts
    overview       the Overview tab, from kpis, figures, tables and advice
    dashboard      one card of the ML dashboards tab
    sync_bar       freshness, the sync button and its stages
    notices        the notice line; empty: the page before there are figures
    tables         all tables of the page
    figures        plotly figures; sparkline: the small lines of the key figures
    numbers        numbers, dates and ages in the reader's format
    elements       small HTML elements and attributes
    reader, ids    language, currency and user of the page; ids of its components
    words          names of figures that several modules show
"""
