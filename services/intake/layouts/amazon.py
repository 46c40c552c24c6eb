"""Amazon Ads: Sponsored Products, Sponsored Brands and Sponsored Display reports (also DSP)."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="amazon",
    name="Amazon Ads",
    headings={
        "date": "Date | Start Date | Datum | Date de début | Fecha | Data | Tarih | 日付",
        "end": "End Date",
        "campaign_id": (
            "Campaign ID | Campaign Name | Campaign | Kampagnenname | Nom de la campagne | "
            "Nombre de la campaña | Nombre de campaña | Nome da campanha | Nome campagna | "
            "Nazwa kampanii | Kampanya Adı | Campagnenaam | キャンペーン名"
        ),
        "impressions": (
            "Impressions | Impressionen | Impresiones | Impressões | Impressioni | Wyświetlenia | "
            "Gösterim | Vertoningen | インプレッション"
        ),
        "clicks": (
            "Clicks | Click-throughs | Klicks | Clics | Cliques | Clic | Kliknięcia | Tıklamalar | "
            "Klikken | クリック数 | クリック"
        ),
        "conversions": (
            "Total Orders | Orders | Purchases | Total purchases | Bestellungen | "
            "Bestellungen insgesamt | Commandes totales | Total des commandes | Pedidos totales | "
            "Total de pedidos | Ordini totali | Totale ordini | Łączna liczba zamówień | "
            "Totaal aantal bestellingen | 合計注文数 | 広告経由の合計注文数 | 注文数"
        ),
        "cost": (
            "Spend | Total cost | Ausgaben | Dépenses | Gasto | Inversión | Investimento | Spesa | "
            "Wydatki | Harcama | Uitgaven | 広告費 | 支出"
        ),
        "revenue": (
            "Total Sales | Sales | Total product sales | Product sales | Gesamtumsatz | Umsatz gesamt | "
            "Ventes totales | Total des ventes | Ventas totales | Vendas totais | Total de vendas | "
            "Vendite totali | Totale vendite | Łączna sprzedaż | Totale omzet | Totale verkoop | 合計売上 | "
            "広告経由の合計売上 | 売上"
        ),
        "ctr": "Click-Thru Rate (CTR) | CTR | Klickrate (CTR) | Taux de clics (CTR)",
        "cpc": "Cost Per Click (CPC) | CPC | Kosten pro Klick (CPC) | Coût par clic (CPC)",
        "roas": (
            "Total Return on Advertising Spend (ROAS) | Total Return on Advertising Spend (RoAS) | ROAS"
        ),
        "currency": ("Currency | Währung | Devise | Divisa | Moeda | Valuta | Waluta | Para Birimi | 通貨"),
        "account_name": "Advertiser | Advertiser name | Account name",
        "portfolio_name": "Portfolio name | Portfolioname | Nom du portefeuille | Nombre del portafolio",
        "advertised_asin": "Advertised ASIN",
        "advertised_sku": "Advertised SKU",
        "match_type": "Match Type",
        "detail": (
            "Total Advertising Cost of Sales (ACOS) | Total Advertising Cost of Sales (ACoS) | ACOS | "
            "7 Day Conversion Rate | 14 Day Conversion Rate | 7 Day Total Units (#) | "
            "14 Day Total Units (#) | 7 Day Advertised SKU Sales | 7 Day Other SKU Sales | "
            "7 Day Advertised SKU Units (#) | 7 Day Other SKU Units (#) | "
            "14 Day New-to-brand Orders (#) | 14 Day New-to-brand Sales | Viewable Impressions | "
            "Detail Page Views | Total Units | Status | Budget | Bidding strategy"
        ),
    },
    special={
        "conversions": "Gesamtzahl der Bestellungen | Anzahl der Bestellungen gesamt",
    },
)
