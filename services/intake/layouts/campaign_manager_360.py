"""Campaign Manager 360: Report Builder, Standard and Floodlight reports (lines above "Report Fields")."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="campaign_manager_360",
    name="Campaign Manager 360",
    is_channel=False,
    marks=(
        "report fields",
        "mrc accredited metrics",
        "date/time generated",
    ),
    headings={
        "date": "Date | Datum | Fecha | Data | 日付",
        "campaign_id": (
            "Campaign ID | Campaign | Kampagne | Campagne | Campaña | Campanha | Campagna | キャンペーン"
        ),
        "channel": "Site (CM360) | Site (DCM) | Website (CM360)",
        "impressions": (
            "Impressions | Impressionen | Impresiones | Impressões | Impressioni | インプレッション数"
        ),
        "clicks": "Clicks | Klicks | Clics | Cliques | Clic | クリック数",
        "conversions": (
            "Total Conversions | Conversions totales | Conversiones totales | "
            "Gesamtzahl der Conversions | Conversões totais | Conversioni totali | 合計コンバージョン数"
        ),
        "cost": (
            "Media Cost | Medienkosten | Coût média | Coste de medios | Custo de mídia | Costo media | "
            "DV360 Cost | メディア費用"
        ),
        "revenue": (
            "Total Revenue | Gesamtumsatz | Revenu total | Ingresos totales | Receita total | "
            "Ricavi totali | 合計収益"
        ),
        "ctr": "Click Rate | Klickrate | Taux de clics",
        "currency": "Advertiser Currency | DV360 Advertiser Currency | Currency",
        "account_id": "Advertiser ID",
        "account_name": "Advertiser | Advertiser (CM360)",
        "placement": "Placement | Placement (CM360)",
        "placement_id": "Placement ID",
        "creative": "Creative",
        "detail": (
            "Click-through Conversions | View-through Conversions | "
            "Active View: Viewable Impressions | Active View: Measurable Impressions | "
            "Active View: % Viewable Impressions | Click-through Revenue | View-through Revenue | "
            "Effective CPM | Placement Start Date | Placement End Date | Booked Units"
        ),
    },
)
