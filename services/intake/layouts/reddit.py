"""Reddit Ads: performance report by day."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="reddit",
    name="Reddit",
    headings={
        "date": "Date | Day | Datum | Fecha | Data",
        "campaign_id": (
            "Campaign ID | Campaign Name | Campaign | Kampagnenname | Nom de la campagne | "
            "Nombre de la campaña | Nome da campanha"
        ),
        "impressions": "Impressions | Impressionen | Impresiones | Impressões",
        "clicks": "Clicks | Klicks | Clics | Cliques",
        "conversions": (
            "Purchase (Click + View) | Purchases | Purchase | Total Purchases | Total Conversions | "
            "Conversions | Key Conversion Total Count"
        ),
        "cost": "Amount Spent | Spend | Ausgaben | Dépenses | Gasto",
        "revenue": (
            "Purchase Total Value | Purchase Value | Total Value of Purchases | "
            "Purchases Total Value | Revenue"
        ),
        "ctr": "CTR",
        "cpc": "CPC | eCPC | Avg. CPC",
        "cpm": "eCPM | CPM",
        "roas": "ROAS | Purchase ROAS",
        "currency": "Currency",
        "account_name": "Account Name",
        "account_id": "Account ID",
        "ad_group_name": "Ad Group Name | Ad Group",
        "community": "Community | Subreddit",
        "reach": "Reach",
        "detail": (
            "Upvotes | Downvotes | Comments | Comment Upvotes | Video Viewable Impressions | "
            "Campaign Status | Frequency | Conversion Setting"
        ),
    },
    special={
        "conversions": "Purchase Conversions (Clicks) | Purchase (Clicks) | Total Purchase Conversions",
        "community": "Community Name | Targeted Community",
    },
)
