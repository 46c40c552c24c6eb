"""Spotify Ads Manager (Ad Studio): delivery report by day."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="spotify",
    name="Spotify",
    headings={
        "date": "Date | Day | Datum | Jour | Fecha | Giorno | Data | Tarih | 日付",
        "campaign_id": (
            "Campaign ID | Campaign name | Campaign | Kampagnenname | Nom de la campagne | "
            "Nombre de la campaña | Nome campagna | Nome da campanha | キャンペーン名"
        ),
        "impressions": (
            "Ads served | Ads delivered | Impressions | Ausgelieferte Anzeigen | "
            "Publicités diffusées | Anuncios servidos | Anuncios entregados | Annunci pubblicati | "
            "Anúncios veiculados | 広告配信数"
        ),
        "clicks": "Clicks | Klicks | Clics | Clic | Cliques | クリック数",
        "conversions": "Purchases | Conversions | Leads",
        "cost": ("Spend | Budget spent | Amount spent | Ausgaben | Dépenses | Gasto | Spesa | Gastos | 支出"),
        "revenue": "Purchase value | Attributed revenue | Total purchase value",
        "ctr": "CTR | Click-through rate",
        "cpm": "CPM | eCPM",
        "currency": "Currency | Account currency",
        "account_name": "Ad account | Ad account name | Business name",
        "ad_set_name": "Ad set name | Ad set",
        "reach": "Reach | Unique listeners",
        "detail": (
            "Frequency | Average frequency | Ad completion rate | Completion rate | Ad completes | "
            "First quartiles | Midpoints | Third quartiles | Completes | Status | Budget | "
            "Spend vs budget | Listen-through rate | New listeners | Streams per listener"
        ),
    },
)
