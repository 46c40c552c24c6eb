"""TikTok Ads Manager: custom reports, one row by day."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="tiktok",
    name="TikTok",
    headings={
        "date": (
            "By Day | Date | Stat Time Day | Nach Tag | Par jour | Por día | Por dia | Per giorno | "
            "Według dnia | По дням | Güne Göre | Per dag | 日別 | 日付"
        ),
        "campaign_id": (
            "Campaign ID | Kampagnen-ID | ID de campagne | ID de campaña | ID da campanha | "
            "ID campagna | ID кампании | Kampanya kimliği | キャンペーンID | Campaign name | "
            "Name der Kampagne | Kampagnenname | Nom de la campagne | Nombre de la campaña | "
            "Nome da campanha | Nome campagna | Nome della campagna | Nazwa kampanii | "
            "Название кампании | Kampanya adı | Naam van campagne | Campagnenaam | キャンペーン名"
        ),
        "impressions": (
            "Impressions | Impressionen | Impresiones | Impressões | Impression | Wyświetlenia | "
            "Показы | Gösterimler | Weergaven | インプレッション"
        ),
        "clicks": (
            "Clicks (destination) | Clicks (Destination) | Destination clicks | Clicks | "
            "Klicks (Ziel) | Clics (destination) | Clics (destino) | Cliques (destino) | "
            "Clic (destinazione) | Kliknięcia (miejsce docelowe) | Клики (место назначения) | "
            "Tıklamalar (hedef) | Klikken (bestemming) | クリック数(遷移先) | "
            "クリック数 (ランディング先) | Clicks (all) | Klicks (alle)"
        ),
        "conversions": (
            "Conversions | Conversion | Konversionen | Conversiones | Conversões | Conversioni | "
            "Konwersje | Конверсии | Dönüşümler | Conversies | コンバージョン数 | コンバージョン"
        ),
        "cost": (
            "Cost | Total cost | Kosten | Coût | Coste | Costo | Custo | Koszt | Затраты | Расходы | "
            "Maliyet | コスト | 消化金額"
        ),
        "revenue": (
            "Total purchase value | Total complete payment value | Purchase value (website) | "
            "Complete payment value | Total value of complete payment | total_complete_payment_rate | "
            "total_purchase_value | Gesamtkaufwert | "
            "Gesamtwert der Käufe | Valeur totale des achats | Valor total de las compras | "
            "Valor total de compra | Valor total de compras | Valore totale degli acquisti | "
            "Łączna wartość zakupów | Общая ценность покупок | Toplam satın alma değeri | "
            "Totale aankoopwaarde | 購入の合計値 | 合計購入額"
        ),
        "ctr": "CTR (destination) | CTR (Destination) | CTR (%) | CTR (Ziel) | CTR (all)",
        "cpc": "CPC (destination) | CPC (Destination) | CPC (Ziel) | CPC (all)",
        "cpm": "CPM | Cost per 1,000 impressions",
        "conversion_rate": "Conversion rate (CVR) | CVR (%) | CVR (clicks) | Konversionsrate (CVR)",
        "cost_per_conversion": "Cost per conversion | CPA | Kosten pro Konversion",
        "roas": (
            "Complete payment ROAS | Payment completion ROAS (website) | Purchase ROAS (website) | "
            "Total purchase ROAS"
        ),
        "result": (
            "Results | Result | Ergebnisse | Résultats | Resultados | Risultati | Wyniki | "
            "Результаты | Sonuçlar | Resultaten | 結果"
        ),
        "result_type": "Result type | Optimization event",
        "reach": (
            "Reach | Reichweite | Couverture | Alcance | Copertura | Zasięg | Охват | Erişim | "
            "Bereik | リーチ"
        ),
        "currency": (
            "Currency | Währung | Devise | Moneda | Moeda | Valuta | Waluta | Валюта | Para birimi | 通貨"
        ),
        "account_name": (
            "Account name | Advertiser name | Kontoname | Nom du compte | Nombre de la cuenta | "
            "Nome da conta | Название аккаунта | Hesap adı | アカウント名"
        ),
        "account_id": "Advertiser ID | Account ID",
        "ad_group_name": (
            "Ad group name | Name der Anzeigengruppe | Nom du groupe d'annonces | "
            "Nom du groupe de publicités | Nombre del grupo de anuncios | Nome do grupo de anúncios | "
            "Nome gruppo di annunci | Nazwa grupy reklam | Название группы объявлений | "
            "Reklam grubu adı | 広告グループ名"
        ),
        "detail": (
            "Primary status | Campaign budget | Ad group budget | Frequency | Cost per result | "
            "Result rate | Cost per 1,000 people reached | Video views | 2-second video views | "
            "6-second video views | Paid likes | Paid followers | Paid shares | Profile visits | "
            "Secondary goal result | Real-time conversions | Campaign budget type | Bid strategy"
        ),
    },
)
