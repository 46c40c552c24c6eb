"""LinkedIn Campaign Manager: Campaign Performance Report (UTF-16, tabs, five lines above the header)."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="linkedin",
    name="LinkedIn",
    marks=(
        "campaign performance report",
        "account performance report",
        "ad performance report",
        "date generated:",
    ),
    headings={
        "date": (
            "Start Date (in UTC) | Start Date | Startdatum (in UTC) | Startdatum (UTC) | "
            "Date de début (en UTC) | Date de début (UTC) | Fecha de inicio (en UTC) | "
            "Fecha de inicio (UTC) | Data de início (em UTC) | Data de início (UTC) | "
            "Data di inizio (in UTC) | Data di inizio (UTC) | Data rozpoczęcia (UTC) | "
            "Дата начала (UTC) | Başlangıç Tarihi (UTC) | Begindatum (in UTC) | Begindatum (UTC) | "
            "開始日 (UTC)"
        ),
        "end": (
            "End Date (in UTC) | End Date | Enddatum (in UTC) | Date de fin (en UTC) | "
            "Fecha de finalización (en UTC)"
        ),
        "campaign_id": (
            "Campaign ID | Kampagnen-ID | Identifiant de campagne | ID de la campaña | "
            "ID da campanha | ID campagna | Campaign Name | Kampagnenname | Nom de la campagne | "
            "Nombre de la campaña | Nome da campanha | Nome della campagna | Nazwa kampanii | "
            "Название кампании | Kampanya adı | Campagnenaam | キャンペーン名"
        ),
        "impressions": (
            "Impressions | Impressionen | Impresiones | Impressões | Impression | Wyświetlenia | "
            "Показы | Gösterimler | Weergaven | インプレッション"
        ),
        "clicks": (
            "Clicks | Klicks | Clics | Cliques | Clic | Kliknięcia | Клики | Tıklamalar | Klikken | "
            "クリック数"
        ),
        "conversions": (
            "Conversions | Konversionen | Conversiones | Conversões | Conversioni | Konwersje | "
            "Конверсии | Dönüşümler | Conversies | コンバージョン | Leads"
        ),
        "cost": (
            "Total Spent | Total Spend | Gesamtausgaben | Ausgaben gesamt | Total dépensé | "
            "Dépenses totales | Total gastado | Gasto total | Total gasto | Totale speso | "
            "Spesa totale | Łącznie wydano | Всего потрачено | Toplam Harcama | Totaal besteed | "
            "合計消化金額"
        ),
        "revenue": (
            "Total Conversion Value | Conversion Value | Gesamt-Conversion-Wert | "
            "Gesamtwert der Konversionen | Valeur totale des conversions | "
            "Valor total de las conversiones | Valor total de conversión | Valor total de conversões | "
            "Valore totale delle conversioni | Łączna wartość konwersji | Общая ценность конверсий | "
            "Toplam Dönüşüm Değeri | Totale conversiewaarde"
        ),
        "ctr": "Click Through Rate | Klickrate | Taux de clics",
        "cpm": "Average CPM | Durchschnittlicher CPM | CPM moyen",
        "cpc": "Average CPC | Durchschnittlicher CPC | CPC moyen",
        "conversion_rate": "Conversion Rate | Konversionsrate",
        "cost_per_conversion": "Cost per Conversion | Kosten pro Konversion",
        "roas": "Return on Ad Spend",
        "reach": "Reach | Reichweite",
        "currency": (
            "Currency | Währung | Devise | Divisa | Moneda | Moeda | Valuta | Waluta | Валюта | "
            "Para Birimi | 通貨"
        ),
        "account_name": (
            "Account Name | Kontoname | Nom du compte | Nombre de la cuenta | Nome da conta | "
            "Nome dell'account | Nazwa konta | Hesap adı | Accountnaam"
        ),
        "campaign_group_name": (
            "Campaign Group Name | Name der Kampagnengruppe | Nom du groupe de campagnes | "
            "Nombre del grupo de campañas"
        ),
        "objective": "Campaign Objective | Kampagnenziel",
        "detail": (
            "Campaign Status | Campaign Group Status | Account Status | Campaign Start Date | "
            "Campaign End Date | Campaign Group Start Date | Campaign Group End Date | Daily Budget | "
            "Total Budget | Cost Type | Campaign Group ID Budget | Post-Click Conversions | "
            "View-Through Conversions | Click Conversions | Average Engagement | Engagement Rate | "
            "Total Engagements | Total Social Actions | Reactions | Comments | Shares | Follows | "
            "Other Clicks | Viral Impressions | Viral Clicks | Average Frequency | Lead Forms Opened"
        ),
    },
)
