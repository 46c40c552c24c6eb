"""Google Ads: reports and tables as downloaded (Campaign report, "Segment by day")."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="google_ads",
    name="Google Ads",
    marks=(
        "campaign report",
        "campaign performance",
        "ad group report",
        "kampagnenbericht",
        "rapport sur les campagnes",
    ),
    headings={
        "date": ("Day | Date | Tag | Jour | Día | Dia | Giorno | Dzień | День | Gün | Dag | 日 | 日付"),
        "campaign_id": (
            "Campaign ID | Kampagnen-ID | ID de campagne | ID de la campaña | ID de campaña | "
            "ID da campanha | ID campagna | Identyfikator kampanii | Идентификатор кампании | "
            "Kampanya kimliği | Campagne-ID | キャンペーン ID | Campaign | Kampagne | Campagne | "
            "Campaña | Campanha | Campagna | Kampania | Кампания | Kampanya | キャンペーン"
        ),
        "impressions": (
            "Impr. | Impressions | Impressionen | Impresiones | Impressões | Impressioni | Wyśw. | "
            "Wyświetlenia | Показы | Göst. | Gösterim | Gösterimler | Vert. | Vertoningen | 表示回数"
        ),
        "clicks": (
            "Clicks | Klicks | Clics | Cliques | Clic | Kliknięcia | Клики | Tıklamalar | Klikken | "
            "クリック数"
        ),
        "conversions": (
            "Conversions | Conversiones | Conversões | Conversioni | Konwersje | Конверсии | "
            "Dönüşümler | Conversies | コンバージョン | コンバージョン数 | All conv. | Alle Conv."
        ),
        "cost": (
            "Cost | Kosten | Coût | Coste | Costo | Custo | Koszt | Расходы | Стоимость | Maliyet | 費用"
        ),
        "revenue": (
            "Conv. value | Valeur conv. | Conversion value | Total conv. value | Conv.-Wert | "
            "Conversion-Wert | Valeur de conv. | Valeur de conversion | Valor de conv. | "
            "Valor de conversión | Valor conv. | Valor da conv. | Valor da conversão | Valore conv. | "
            "Valore di conversione | Wart. konw. | Wartość konw. | Wartość konwersji | "
            "Ценность конв. | Ценность конверсии | Ценность конверсий | Dön. değeri | Dönüşüm değeri | "
            "Conv.waarde | Conversiewaarde | コンバージョン値 | All conv. value | Alle Conv.-Wert"
        ),
        "ctr": "CTR | Показатель CTR | TO | クリック率",
        "conversion_rate": (
            "Conv. rate | Conv.-Rate | Taux de conv. | Tasa de conv. | Taxa de conv. | "
            "Tasso di conv. | Współczynnik konwersji | Коэф. конверсии | Dön. oranı | Conv.perc. | "
            "コンバージョン率"
        ),
        "cpc": (
            "Avg. CPC | Durchschn. CPC | CPC moy. | CPC medio | Prom. CPC | CPC méd. | CPC med. | "
            "Śr. CPC | Ср. цена за клик | Ort. TBM | Gem. CPC | 平均クリック単価"
        ),
        "cpm": (
            "Avg. CPM | Durchschn. CPM | CPM moy. | CPM medio | CPM méd. | Śr. CPM | Ort. BGBM | "
            "Gem. CPM | 平均 CPM"
        ),
        "cost_per_conversion": (
            "Cost / conv. | Kosten/Conv. | Coût/conv. | Coste/conv. | Costo/conv. | Custo/conv. | "
            "Koszt/konw. | Цена/конв. | Maliyet/dön. | Kosten/conv. | コンバージョン単価"
        ),
        "roas": ("Conv. value / cost | Conv.-Wert/Kosten | Valeur de conv./coût | Conv.waarde/kosten"),
        "currency": (
            "Currency code | Währungscode | Code de devise | Code devise | Código de moneda | "
            "Código da moeda | Codice valuta | Kod waluty | Код валюты | Para birimi kodu | "
            "Valutacode | 通貨コード"
        ),
        "account_id": (
            "Customer ID | External customer ID | Kundennummer | Numéro client | ID de cliente | "
            "ID do cliente | ID cliente | Identyfikator klienta | Идентификатор клиента | "
            "Müşteri kimliği | Klant-ID | お客様 ID"
        ),
        "account_name": (
            "Account name | Account | Kontoname | Konto | Nom du compte | Compte | "
            "Nombre de la cuenta | Cuenta | Nome da conta | Conta | Nome account | Nazwa konta | "
            "Название аккаунта | Аккаунт | Hesap adı | Accountnaam | アカウント名 | アカウント"
        ),
        "ad_group": (
            "Ad group | Anzeigengruppe | Groupe d'annonces | Grupo de anuncios | Grupo de anúncios | "
            "Gruppo di annunci | Grupa reklam | Группа объявлений | Reklam grubu | Advertentiegroep | "
            "広告グループ"
        ),
        "device": (
            "Device | Gerät | Appareil | Dispositivo | Urządzenie | Устройство | Cihaz | Apparaat | デバイス"
        ),
        "campaign_type": (
            "Campaign type | Kampagnentyp | Type de campagne | Tipo de campaña | Tipo de campanha | "
            "Tipo di campagna | Typ kampanii | Тип кампании | Kampanya türü | Campagnetype | "
            "キャンペーン タイプ"
        ),
        "detail": (
            "Campaign status | Campaign state | Status | Kampagnenstatus | État de la campagne | "
            "Estado de la campaña | Estado | Status da campanha | Stato della campagna | "
            "Stan kampanii | Статус кампании | Состояние кампании | Kampanya durumu | Campagnestatus | "
            "キャンペーンの状態 | Budget | Budget name | Budget type | Presupuesto | Orçamento | "
            "Budżet | Бюджет | Bütçe | 予算 | Bid strategy | Bid strategy type | Gebotsstrategie | "
            "Gebotsstrategietyp | Stratégie d'enchères | Estrategia de puja | Estratégia de lances | "
            "Strategia di offerta | Strategia ustalania stawek | Стратегия назначения ставок | "
            "Teklif stratejisi | Biedstrategie | 入札戦略 | Optimization score | "
            "View-through conv. | Cross-device conv. | Search impr. share | "
            "Interactions | Interaction rate | Interaktionen"
        ),
    },
    special={
        "network": "Network (with search partners) | Werbenetzwerk (mit Suchpartnern)",
    },
)
