"""Apple Search Ads (Apple Ads): campaign reports by day."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="apple_search_ads",
    name="Apple Search Ads",
    headings={
        "date": (
            "Day | Date | Tag | Datum | Jour | Día | Fecha | Giorno | Data | Dia | День | Дата | Gün | "
            "Dag | 日付 | 日"
        ),
        "campaign_id": (
            "Campaign ID | Campaign Name | Campaign | Kampagnenname | Nom de la campagne | "
            "Nombre de la campaña | Nome campagna | Nome da campanha | Название кампании | "
            "Kampanya Adı | Campagnenaam | キャンペーン名"
        ),
        "impressions": (
            "Impressions | Impressionen | Impresiones | Impressioni | Impressões | Показы | Gösterim | "
            "Vertoningen | インプレッション"
        ),
        "clicks": (
            "Taps | Tippen | Taps (Klicks) | Touchers | Toques | Tocchi | Тапы | Касания | "
            "Dokunuşlar | Tikken | タップ数 | タップ"
        ),
        "conversions": (
            "Installs (Total) | Installs (Tap-Through) | Total installs | Installs | Downloads | "
            "Installationen | Installationen (gesamt) | Téléchargements | Instalaciones | "
            "Installazioni | Instalações | Установки | Yüklemeler | Installaties | インストール数 | "
            "ダウンロード数"
        ),
        "cost": (
            "Spend | Local Spend | localSpend.amount | Ausgaben | Dépenses | Gasto | Spesa | Gastos | "
            "Расходы | Harcama | Uitgaven | 費用 | 支出"
        ),
        "cpc": ("Avg CPT | Average CPT | CPT (Average) | Avg CPT (Local) | Durchschn. CPT | CPT moyen"),
        "cost_per_conversion": (
            "Avg CPA (Total) | Avg CPA (Tap-Through) | CPA (Average) | Avg CPI (Total) | Avg CPA"
        ),
        "ctr": "TTR | Tap-Through-Rate | Tap-through rate",
        "conversion_rate": "Conversion Rate | CR (Total) | CR (Tap-Through)",
        "currency": (
            "Currency | Local Currency | localSpend.currency | Währung | Devise | Moneda | Valuta | Moeda | "
            "Валюта | 通貨"
        ),
        "account_name": "Campaign Group | Org Name | Campaign Group Name",
        "account_id": "Org ID | Campaign Group ID",
        "app_name": "App Name",
        "ad_group_name": "Ad Group Name",
        "keyword": "Keyword",
        "match_type": "Match Type",
        "detail": (
            "Daily Budget | Campaign Status | Status | New Downloads | New Downloads (Total) | "
            "Redownloads | Redownloads (Total) | LAT On Installs | LAT Off Installs | Bid Amount | "
            "CPT Bid | Max CPT Bid | Avg CPM | Lifetime Budget | Campaign Start | Campaign End"
        ),
    },
)
