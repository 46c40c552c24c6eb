"""Yandex Direct: Report Wizard ("Мастер отчетов"), in Russian, English and Turkish."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="yandex_direct",
    name="Yandex Direct",
    marks=(
        "мастер отчетов",
        "статистика по дням",
        "отчет по кампаниям",
        "клиент:",
        "период:",
    ),
    headings={
        "date": "Дата | День | Date | Day | Tarih | Gün",
        "campaign_id": (
            "№ Кампании | № кампании | Номер кампании | ID кампании | Campaign No. | CampaignId | "
            "Кампания | Название кампании | Campaign | CampaignName | Kampanya"
        ),
        "impressions": "Показы | Impressions | Gösterim",
        "clicks": "Клики | Clicks | Tıklama",
        "conversions": "Конверсии | Достижения целей | Целевые визиты | Conversions | Dönüşüm",
        "cost": "Расход | Расход (руб.) | Общий расход | Total cost | Cost | Maliyet | Harcama",
        "revenue": "Доход | Доход (руб.) | Ценность конверсий | Revenue | Gelir",
        "ctr": "CTR (%) | CTR",
        "cpc": "Ср. цена клика | Средняя цена клика | Avg. CPC | AvgCpc",
        "cost_per_conversion": "Цена цели | Цена конверсии | CPA | Cost per conversion | CostPerConversion",
        "conversion_rate": "Конверсия (%) | Конверсия | Conversion rate | ConversionRate",
        "roi": "Рентабельность | GoalsRoi",
        "currency": "Валюта | Currency | Para birimi",
        "account_name": "Логин | Логин клиента | Клиент | Client login | ClientLogin",
        "ad_group": "Группа | Название группы | Ad group | AdGroupName",
        "device": "Тип устройства | Устройство | Device type",
        "placement": "Название площадки | Площадка показа | Placement",
        "region": "Регион таргетинга | Регион местонахождения | Регион",
        "age": "Возраст | Age",
        "gender": "Пол | Gender",
        "detail": (
            "Отказы | Отказы (%) | Глубина (стр.) | Глубина просмотра | Глубина | Ср. позиция показа | "
            "Ср. позиция клика | Ср. объём трафика | Взвешенные показы | Взвешенный CTR | "
            "Bounce rate | Depth | Статус | Стратегия | Дневной бюджет | Прибыль | "
            "Ср. цена тыс. показов"
        ),
    },
    special={
        "ad_format": "Тип площадки | Формат",
    },
)
