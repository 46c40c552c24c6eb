"""X Ads (Twitter): export of Ads Manager by day."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="x",
    name="X",
    headings={
        "date": ("Time period | Date | Day | Zeitraum | Période | Período | Periodo | Data | Tarih | 期間"),
        "campaign_id": (
            "Campaign ID | Campaign name | Campaign | Kampagnenname | Nom de la campagne | "
            "Nombre de la campaña | Nome da campanha | キャンペーン名"
        ),
        "impressions": "Impressions | Impressionen | Impresiones | Impressões | インプレッション",
        "clicks": (
            "Link clicks | Link-Klicks | Clics sur le lien | Clics en el enlace | Cliques no link | "
            "リンクのクリック数 | url_clicks | Clicks | App clicks"
        ),
        "conversions": (
            "Purchases | Purchases - all | Total purchases | Site visits purchases | Käufe | Achats | "
            "Compras | Conversions"
        ),
        "cost": (
            "Spend | Billed spend | billed_charge_local | "
            "Ausgaben | Dépenses | Gasto | Gastos | 利用金額 | ご利用金額"
        ),
        "revenue": (
            "Purchases - sale amount | Purchases sale amount | Total sale amount - purchases | "
            "Sale amount - purchases | Sale amount"
        ),
        "cpm": "CPM",
        "cpc": "Cost per link click | Cost per click",
        "cost_per_conversion": "Cost per purchase",
        "currency": "Currency | Account currency",
        "account_name": "Funding source name | Account name",
        "account_id": "Account ID",
        "objective": "Objective | Campaign objective",
        "reach": "Reach",
        "result": "Results",
        "result_type": "Result type",
        "detail": (
            "Engagements | Engagement rate | Retweets | Reposts | Replies | Likes | Follows | "
            "Video views | Media views | Media engagements | Cost per result | Result rate | "
            "Cost per follow | Status | Daily budget | Total budget | Average frequency | "
            "Post engagements"
        ),
    },
    special={
        "ad_group_name": "Ad group name | Ad Group",
        "detail": ("Tweet engagements | Qualified impressions | 3s/100% video views | Cost per engagement"),
    },
)
