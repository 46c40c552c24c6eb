"""Google Analytics 4: reports and explorations with advertising cost ("# ----" lines above the header)."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="ga4",
    name="Google Analytics 4",
    is_channel=False,
    marks=(
        "# account:",
        "# property:",
        "# start date:",
        "# all users",
        "# ---",
    ),
    headings={
        "date": "Date | Date + hour | Nth day | Datum | Fecha | Data | Дата | Tarih | 日付",
        "channel": (
            "Session default channel group | Session primary channel group (Default channel group) | "
            "Session primary channel group | First user default channel group | "
            "First user primary channel group (Default channel group) | Default channel group | "
            "Session source / medium | Session source/medium | Session source | "
            "Standard-Channelgruppe der Sitzung | Groupe de canaux par défaut de la session | "
            "Grupo de canales predeterminado de la sesión | Grupo de canais padrão da sessão | "
            "Основная группа каналов сеанса | セッションのデフォルト チャネル グループ"
        ),
        "campaign_id": (
            "Session campaign ID | Session campaign | Session Google Ads campaign | "
            "First user campaign | Campaign | Sitzungskampagne | Campagne de la session | "
            "Campaña de la sesión | Campanha da sessão | Кампания сеанса | セッションのキャンペーン"
        ),
        "impressions": (
            "Ads impressions | Google Ads impressions | Anzeigenimpressionen | "
            "Impressions des annonces | Impresiones de anuncios | Impressões de anúncios | "
            "広告のインプレッション"
        ),
        "clicks": (
            "Ads clicks | Google Ads clicks | Anzeigenklicks | Clics sur les annonces | "
            "Clics en anuncios | Cliques em anúncios | 広告のクリック数"
        ),
        "conversions": (
            "Key events | Conversions | Schlüsselereignisse | Événements clés | Eventos clave | "
            "Eventos principais | Eventi chiave | Ключевые события | キーイベント"
        ),
        "cost": (
            "Ads cost | Google Ads cost | Anzeigenkosten | Werbekosten | Coût des annonces | "
            "Coste de anuncios | Costo de anuncios | Custo de anúncios | Расходы на объявления | "
            "広告費用"
        ),
        "revenue": (
            "Total revenue | Purchase revenue | Gesamtumsatz | Revenu total | Ingresos totales | "
            "Receita total | Entrate totali | Общий доход | 合計収益"
        ),
        "cpc": "Ads cost per click | Google Ads cost per click",
        "roas": "Return on ad spend",
        "cost_per_conversion": "Ads cost per key event | Cost per key event | Cost per conversion",
        "detail": (
            "Sessions | Engaged sessions | Engagement rate | Total users | New users | Active users | "
            "Event count | Average session duration | Views | Ecommerce purchases | Sitzungen | "
            "Sitzungen mit Interaktionen | Nutzer | Aktive Nutzer | Sesiones | Sessões | Sessioni"
        ),
    },
)
