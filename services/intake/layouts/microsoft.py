"""Microsoft Advertising: performance reports with lines above ("Report Name:") and below the table."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="microsoft_ads",
    name="Microsoft Advertising",
    marks=(
        "report name:",
        "report time:",
        "report aggregation:",
        "berichtsname:",
        "nom du rapport",
        "nombre del informe",
    ),
    headings={
        "date": (
            "Gregorian date | Gregorianisches Datum | Date grégorienne | Fecha gregoriana | "
            "Data gregoriana | Data gregoriańska | Gregoriaanse datum | TimePeriod | Time period | "
            "Zeitraum | Période | Período de tiempo | Período | Periodo di tempo | Tijdsperiode | 期間"
        ),
        "campaign_id": (
            "Campaign ID | CampaignId | Kampagnen-ID | ID de campagne | ID de campaña | "
            "ID da campanha | ID campagna | Campagne-id | Campaign | Campaign name | CampaignName | "
            "Kampagne | Kampagnenname | Campagne | Nom de la campagne | Campaña | Nombre de campaña | "
            "Campanha | Nome da campanha | Campagna | Nome campagna | Campagnenaam | キャンペーン"
        ),
        "impressions": (
            "Impressions | Impressionen | Impresiones | Impressões | Impressioni | Vertoningen | "
            "インプレッション数"
        ),
        "clicks": "Clicks | Klicks | Clics | Cliques | Clic | Klikken | クリック数",
        "conversions": (
            "Conversions | Conversions qualified | ConversionsQualified | Konversionen | "
            "Conversiones | Conversões | Conversioni | Conversies | コンバージョン"
        ),
        "cost": (
            "Spend | Ausgaben | Dépenses | Dépense | Gasto | Gastos | Gasto total | Spesa | "
            "Besteding | Uitgaven | 支出"
        ),
        "revenue": (
            "Revenue | Umsatz | Revenu | Recettes | Ingresos | Receita | Ricavi | Omzet | Inkomsten | 収益"
        ),
        "ctr": "CTR | CTR (%) | クリック率",
        "cpc": (
            "Avg. CPC | Average CPC | AverageCpc | Durchschn. CPC | CPC moyen | CPC medio | "
            "CPC médio | Gem. CPC"
        ),
        "cost_per_conversion": "CPA | Cost per conversion | CostPerConversion",
        "conversion_rate": "Conv. rate | Conversion rate | Conversion rate (%)",
        "roas": "Return on ad spend | ReturnOnAdSpend",
        "currency": (
            "Currency code | CurrencyCode | Währungscode | Code devise | Code de devise | "
            "Código de moneda | Código da moeda | Codice valuta | Valutacode | 通貨コード"
        ),
        "account_id": (
            "Account number | AccountNumber | Account ID | AccountId | Kontonummer | "
            "Numéro de compte | Número de cuenta | Número da conta | Numero account | Accountnummer"
        ),
        "account_name": (
            "Account name | AccountName | Kontoname | Nom du compte | Nombre de cuenta | "
            "Nome da conta | Nome account | Accountnaam | アカウント名"
        ),
        "ad_group": (
            "Ad group | AdGroupName | Anzeigengruppe | Groupe d'annonces | Grupo de anuncios | "
            "Grupo de anúncios | Gruppo di annunci | Advertentiegroep"
        ),
        "device": (
            "Device type | DeviceType | Gerätetyp | Type d'appareil | Tipo de dispositivo | "
            "Tipo di dispositivo | Apparaattype"
        ),
        "ad_distribution": "Ad distribution | AdDistribution | Anzeigenverteilung",
        "detail": (
            "Campaign status | CampaignStatus | Ad group status | Delivered match type | "
            "Quality score | Avg. position | Average position | Impression share (%) | Assists | "
            "Kampagnenstatus | Statut de la campagne | Estado de la campaña | Top impr. rate | "
            "Absolute top impr. rate | All conversions | All revenue | View-through conversions | "
            "Budget | Budget name | Bid strategy type"
        ),
    },
)
