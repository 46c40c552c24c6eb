"""Meta Ads Manager (Facebook, Instagram): "Export table data" and Ads Reporting."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="meta",
    name="Meta",
    headings={
        "date": (
            "Day | Tag | Jour | Día | Dia | Giorno | Dzień | День | Gün | Dag | 日 | "
            "Reporting starts | Berichtsstart | Beginn des Berichts | Début des rapports | "
            "Début du rapport | Inicio del informe | Inicio de informe | Início dos relatórios | "
            "Início do relatório | Inizio dei report | Inizio del report | Inizio della segnalazione | "
            "Początek raportu | Początek raportowania | Дата начала отчетности | Начало отчетности | "
            "Дата начала отчета | Raporlama başlangıcı | Rapor Başlangıcı | Begin van rapportage | "
            "Rapportage begint | Begin rapportage | レポート開始日 | date_start"
        ),
        "end": (
            "Reporting ends | Berichtsende | Ende des Berichts | Fin des rapports | Fin du rapport | "
            "Fin del informe | Fin de informe | Término dos relatórios | Encerramento dos relatórios | "
            "Fine dei report | Fine del report | Fine della segnalazione | Koniec raportu | "
            "Koniec raportowania | Дата окончания отчетности | Окончание отчетности | Raporlama sonu | "
            "Rapor Sonu | Einde van rapportage | Rapportage eindigt | Einde rapportage | "
            "レポート終了日 | date_stop"
        ),
        "campaign_id": (
            "Campaign ID | Kampagnen-ID | Identifiant de campagne | ID de la campagne | "
            "Identificador de la campaña | ID de la campaña | Identificação da campanha | "
            "ID campagna | Identyfikator kampanii | ID кампании | Идентификатор кампании | "
            "Kampanya kimliği | Campagne-ID | キャンペーンID | Campaign name | Kampagnenname | "
            "Name der Kampagne | Nom de la campagne | Nombre de la campaña | Nome da campanha | "
            "Nome della campagna | Nome campagna | Nazwa kampanii | Название кампании | Kampanya Adı | "
            "Campagnenaam | Naam campagne | Naam van campagne | キャンペーン名"
        ),
        "impressions": (
            "Impressions | Impressionen | Impresiones | Impressões | Impression | Impressioni | "
            "Wyświetlenia | Показы | Gösterim | Gösterimler | Weergaven | インプレッション"
        ),
        "clicks": (
            "Link clicks | Link-Klicks | Linkklicks | Clics sur un lien | Clics sur le lien | "
            "Clics en el enlace | Cliques no link | Clic sul link | Kliknięcia linku | "
            "Kliknięcia w link | Клики по ссылке | Bağlantı Tıklamaları | Klikken op link | "
            "Linkklikken | Klikken op links | リンクのクリック | Clicks (all) | Klicks (alle) | "
            "Clics (tous) | Clics (todos) | Cliques (todos) | Clic (tutti) | Kliknięcia (wszystkie) | "
            "Клики (все) | Tıklamalar (Tümü) | Klikken (alle) | クリック(すべて)"
        ),
        "conversions": (
            "Purchases | Käufe | Einkäufe | Achats | Compras | Acquisti | Zakupy | Покупки | "
            "Alışverişler | Satın Almalar | Aankopen | 購入 | 購入数 | Website purchases | "
            "Website-Käufe | Käufe auf der Website | Achats sur le site web | Achats sur site web | "
            "Compras en el sitio web | Compras no site | Acquisti sul sito web | Zakupy w witrynie | "
            "Zakupy na stronie internetowej | Покупки на сайте | Покупки на веб-сайте | "
            "İnternet Sitesi Alışverişleri | Aankopen op website | Websiteaankopen | "
            "ウェブサイトでの購入 | Leads | Prospects | Clientes potenciales | Cadastros | Contatti"
        ),
        "cost": (
            "Amount spent | Ausgegebener Betrag | Montant dépensé | Importe gastado | Valor usado | "
            "Valor gasto | Quantia gasta | Importo speso | Wydana kwota | Kwota wydana | "
            "Сумма затрат | Потраченная сумма | Harcanan Tutar | Besteed bedrag | 消化金額"
        ),
        "revenue": (
            "Purchases conversion value | Purchase conversion value | Conversion-Wert für Käufe | "
            "Kauf-Conversion-Wert | Conversion-Wert von Käufen | Wert der Käufe | "
            "Valeur de conversion des achats | Valeur de conversion d’achat | "
            "Valor de conversión de compras | Valor de conversión de las compras | "
            "Valor de conversão da compra | Valor de conversão de compras | "
            "Valore di conversione degli acquisti | Valore di conversione acquisti | "
            "Wartość konwersji zakupów | Wartość konwersji zakupu | Ценность конверсии покупок | "
            "Ценность конверсий-покупок | Ценность конверсии в покупки | Alışveriş Dönüşüm Değeri | "
            "Alışverişlerin dönüşüm değeri | Conversiewaarde van aankopen | Conversiewaarde aankopen | "
            "Aankoopconversiewaarde | 購入のコンバージョン値 | 購入コンバージョン値 | "
            "Website purchases conversion value | Website purchase conversion value | "
            "Conversion-Wert für Website-Käufe | Valeur de conversion des achats sur le site web | "
            "Valor de conversión de compras en el sitio web | Valor de conversão de compras no site | "
            "Valore di conversione degli acquisti sul sito web"
        ),
        "ctr": (
            "CTR (link click-through rate) | CTR (all) | CTR (Link-Klickrate) | CTR (alle) | "
            "CTR (taux de clics sur le lien) | CTR (tous) | CTR (porcentaje de clics en el enlace) | "
            "CTR (todos) | CTR (taxa de cliques no link) | CTR (percentuale di clic sul link) | "
            "CTR (Tutti) | CTR (współczynnik kliknięć linku) | CTR (кликабельность ссылки) | "
            "CTR (все) | CTR (tümü)"
        ),
        "cpc": (
            "CPC (cost per link click) | CPC (all) | CPC (Kosten pro Link-Klick) | CPC (alle) | "
            "CPC (coût par clic sur un lien) | CPC (coût par clic sur le lien) | CPC (tous) | "
            "CPC (costo por clic en el enlace) | CPC (coste por clic en el enlace) | CPC (todos) | "
            "CPC (custo por clique no link) | CPC (costo per clic sul link) | CPC (Tutti) | "
            "CPC (koszt kliknięcia linku) | CPC (цена за клик по ссылке) | CPC (все) | CPC (tümü)"
        ),
        "cpm": (
            "CPM (cost per 1,000 impressions) | CPM (Kosten pro 1.000 Impressionen) | "
            "CPM (Kosten pro 1000 Impressionen) | CPM (coût pour 1 000 impressions) | "
            "CPM (costo por mil impresiones) | CPM (coste por mil impresiones) | "
            "CPM (custo por 1.000 impressões) | CPM (costo per 1.000 impression) | "
            "CPM (koszt 1000 wyświetleń) | CPM (цена за 1 000 показов)"
        ),
        "roas": (
            "Purchase ROAS (return on ad spend) | Purchase ROAS | Website purchase ROAS | "
            "ROAS (Return on Ad Spend) für Käufe | ROAS (Käufe) | ROAS des achats | "
            "ROAS de las compras | ROAS de compras | ROAS degli acquisti | "
            "Рентабельность затрат на рекламу"
        ),
        "cost_per_conversion": (
            "Cost per purchase | Kosten pro Kauf | Coût par achat | Costo por compra | "
            "Coste por compra | Custo por compra | Costo per acquisto | Koszt zakupu | Цена за покупку"
        ),
        "result": (
            "Results | Ergebnisse | Résultats | Resultados | Risultati | Wyniki | Результаты | "
            "Sonuçlar | Resultaten | 結果"
        ),
        "result_type": (
            "Result type | Result indicator | Ergebnistyp | Ergebnisindikator | Ergebnisart | "
            "Type de résultat | Indicateur de résultats | Indicateur de résultat | Tipo de resultado | "
            "Indicador de resultado | Indicador de resultados | Tipo di risultato | "
            "Indicatore dei risultati | Indicatore di risultato | Typ wyniku | Wskaźnik wyników | "
            "Wskaźnik wyniku | Тип результата | Индикатор результата | Sonuç Türü | Sonuç Göstergesi | "
            "Resultaattype | Resultaatindicator | 結果の種類 | 結果インジケーター"
        ),
        "reach": (
            "Reach | Reichweite | Couverture | Portée | Alcance | Copertura | Zasięg | Охват | "
            "Erişim | Bereik | リーチ"
        ),
        "currency": (
            "Currency | Währung | Devise | Divisa | Moneda | Moeda | Valuta | Waluta | Валюта | "
            "Para Birimi | 通貨"
        ),
        "account_id": (
            "Account ID | Konto-ID | Identifiant du compte | Identificador de la cuenta | "
            "Identificação da conta | ID account | Identyfikator konta | ID аккаунта | "
            "Идентификатор аккаунта | Hesap Kimliği | Account-ID | アカウントID"
        ),
        "account_name": (
            "Account name | Kontoname | Name des Kontos | Nom du compte | Nombre de la cuenta | "
            "Nome da conta | Nome dell'account | Nome account | Nazwa konta | Название аккаунта | "
            "Имя аккаунта | Hesap Adı | Accountnaam | アカウント名"
        ),
        "ad_set_name": (
            "Ad set name | Anzeigengruppenname | Name der Anzeigengruppe | "
            "Nom de l'ensemble de publicités | Nombre del conjunto de anuncios | "
            "Nome do conjunto de anúncios | Nome del gruppo di inserzioni | "
            "Nome gruppo di inserzioni | Nazwa zestawu reklam | Название группы объявлений | "
            "Reklam Seti Adı | Naam advertentieset | Naam van advertentieset | Advertentiesetnaam | "
            "広告セット名"
        ),
        "ad_name": (
            "Ad name | Anzeigenname | Name der Anzeige | Nom de la publicité | Nombre del anuncio | "
            "Nome do anúncio | Nome dell'inserzione | Nome inserzione | Nazwa reklamy | "
            "Название объявления | Reklam Adı | Naam advertentie | Advertentienaam | 広告名 | "
            "広告の名前"
        ),
        "age": "Age | Alter | Âge | Edad | Idade | Età | Wiek | Возраст | Yaş | Leeftijd | 年齢",
        "gender": (
            "Gender | Geschlecht | Sexe | Genre | Sexo | Gênero | Genere | Płeć | Пол | Cinsiyet | "
            "Geslacht | 性別"
        ),
        "placement": (
            "Placement | Platzierung | Placement de la publicité | Ubicación | Posicionamento | "
            "Posizionamento | Plasowanie | Место размещения | Plaatsing | 配置"
        ),
        "objective": (
            "Objective | Ziel | Objectif | Objetivo | Obiettivo | Cel | Цель | Amaç | Doelstelling | 目的"
        ),
        "detail": (
            "Frequency | Frequenz | Fréquence | Répétition | Frecuencia | Frequência | Frequenza | "
            "Częstotliwość | Частота | Sıklık | Frequentie | フリークエンシー | Cost per result | "
            "Cost per results | Kosten pro Ergebnis | Coût par résultat | Costo por resultado | "
            "Coste por resultado | Custo por resultado | Costo per risultato | Koszt na wynik | "
            "Koszt wyniku | Цена за результат | Sonuç Başına Ücret | Kosten per resultaat | "
            "結果の単価 | Attribution setting | Attributionseinstellung | Attributions-Einstellung | "
            "Paramètre d’attribution | Configuración de atribución | Configuração de atribuição | "
            "Impostazione di attribuzione | Ustawienie atrybucji | Настройка атрибуции | "
            "İlişkilendirme Ayarı | Toeschrijvingsinstelling | アトリビューション設定 | "
            "Campaign delivery | Ad set delivery | Ad delivery | Delivery status | Delivery level | "
            "Auslieferung der Kampagne | Status der Auslieferung | Diffusion de la campagne | "
            "Entrega de la campaña | Estado de la entrega | Veiculação da campanha | "
            "Pubblicazione della campagna | Wyświetlanie kampanii | Статус показа | Campaign budget | "
            "Campaign budget type | Ad set budget | Ad set budget type | Budget der Anzeigengruppe | "
            "Ends | Starts | Bid | Bid type | Last significant edit | Quality ranking | "
            "Engagement rate ranking | Conversion rate ranking | Landing page views | "
            "Post engagements | ThruPlays | Adds to cart | Checkouts initiated | Unique link clicks"
        ),
    },
)
