"""Pinterest Ads Manager: reporting export by day."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="pinterest",
    name="Pinterest",
    headings={
        "date": "Date | Day | Datum | Jour | Fecha | Data | Tarih | 日付 | Дата",
        "campaign_id": (
            "Campaign ID | Kampagnen-ID | Campaign name | Campaign | Kampagnenname | "
            "Nom de la campagne | Nombre de la campaña | Nome da campanha | Nome della campagna | "
            "Nazwa kampanii | Kampanya adı | Campagnenaam | キャンペーン名"
        ),
        "impressions": (
            "Impressions | Paid impressions | Impressionen | Impresiones | Impressões | Impressioni | "
            "Wyświetlenia | Weergaven | インプレッション"
        ),
        "clicks": (
            "Outbound clicks | Ausgehende Klicks | Clics sortants | Clics salientes | "
            "Cliques de saída | Clic in uscita | Uitgaande klikken | Pin clicks | Link clicks | Clicks"
        ),
        "conversions": (
            "Total conversions (Checkout) | Conversions (Checkout) | Checkouts | Total conversions | "
            "Conversions | Conversions totales | Conversiones totales | Conversões totais | "
            "Gesamt-Conversions | Conversioni totali | Totale conversies | total_checkout"
        ),
        "cost": (
            "Spend in account currency | Spend | Ausgaben in Kontowährung | Ausgaben | "
            "Dépenses dans la devise du compte | Gasto en la moneda de la cuenta | "
            "Gasto na moeda da conta | Spesa nella valuta dell'account | Uitgaven in accountvaluta"
        ),
        "revenue": (
            "Total order value (Checkout) | Order value (Checkout) | "
            "Total conversion value (Checkout) | total_checkout_value | Total order value | "
            "Total conversion value | "
            "Gesamtbestellwert (Checkout) | Valeur totale de la commande (Paiement) | "
            "Valor total del pedido (Pago) | Valor total do pedido (Finalização da compra)"
        ),
        "ctr": "CTR | Outbound CTR | Pin click rate",
        "cpc": "CPC | Outbound CPC",
        "cpm": "CPM",
        "roas": "ROAS (Checkout) | Total ROAS (Checkout)",
        "cost_per_conversion": "CPA (Checkout) | Total CPA (Checkout)",
        "currency": "Currency | Account currency | Spend currency",
        "account_name": "Account name | Advertiser name | Ad account name",
        "account_id": "Ad account ID | Account ID | Advertiser ID",
        "ad_group_name": "Ad group name",
        "reach": "Reach",
        "result": "Results",
        "result_type": "Result type",
        "detail": (
            "Saves | Pin saves | Engagements | Engagement rate | Cost per result | Frequency | "
            "Campaign status | Campaign budget | Daily spend cap | Lifetime spend cap | Video views | "
            "Video starts (paid) | Earned impressions | Total impressions"
        ),
    },
    special={
        "objective": "Campaign objective",
    },
)
