"""Criteo Management Center: campaign report by day."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="criteo",
    name="Criteo",
    headings={
        "date": "Day | Date | Tag | Jour | Día | Giorno | Dia | Dzień | Gün | Dag | 日付",
        "campaign_id": (
            "Campaign ID | CampaignId | Campaign | Kampagne | Campagne | Campaña | Campagna | "
            "Campanha | キャンペーン | AdSet ID"
        ),
        "impressions": (
            "Displays | Exposed displays | Impressions | Einblendungen | Affichages | "
            "Visualizaciones | Visualizzazioni | Exibições | ディスプレイ数"
        ),
        "clicks": "Clicks | Klicks | Clics | Clic | Cliques | クリック数",
        "conversions": (
            "Sales PC | Sales | Sales (PC) | Sales (All) | Verkäufe | Ventes | Ventas | Vendite | "
            "Vendas | 販売数"
        ),
        "cost": ("AdvertiserCost | Advertiser cost | Cost | Kosten | Coût | Coste | Costo | Custo | コスト"),
        "revenue": (
            "RevenueGeneratedPc | RevenueGeneratedAllPc | RevenueGeneratedClientAttribution | "
            "Revenue PC | Revenue (PC) | Revenue generated | Revenue | "
            "Order value | Order value PC | Umsatz | Chiffre d'affaires | Ingresos | Ricavi | "
            "Receita | 売上"
        ),
        "ctr": "ClickThroughRate | CTR",
        "cpc": "Cpc | CPC",
        "cpm": "ECpm | eCPM",
        "roas": "RoasPc | ROAS",
        "cost_per_conversion": "Cpo | Cost per order | CPO | CostPerOrder",
        "currency": "Currency | Währung | Devise | Moneda | Valuta",
        "account_name": "Advertiser | AdvertiserName",
        "account_id": "AdvertiserId | Advertiser ID",
        "ad_set": "Adset | AdSet | Ad set | AdsetName",
        "detail": (
            "COS | Cost of sale | ECos | OverallCompetitionWin | Visits | Viewed displays | "
            "Reach | Budget | Bid"
        ),
    },
    special={
        "conversions": "SalesPc | SalesAllPc | SalesClientAttribution",
        "impressions": "Exposed Displays",
        "detail": "AdvertiserAllValue | PotentialDisplays",
    },
)
