"""VK Реклама (VK Ads): statistics by day, in Russian and English."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="vk",
    name="VK",
    headings={
        "date": "Дата | День | Date | Day",
        "campaign_id": (
            "ID кампании | ID рекламной кампании | Название кампании | Кампания | Рекламная кампания | "
            "Campaign ID | Campaign name"
        ),
        "impressions": "Показы | Impressions",
        "clicks": "Переходы | Клики | Clicks",
        "cost": "Потрачено всего | Потрачено | Списано | Расходы | Spent | Total spent",
        "revenue": "Доход | Ценность конверсий | Revenue",
        "cpc": "eCPC | CPC | Цена за клик | Цена за переход",
        "cpm": "eCPM | CPM | Цена за 1000 показов",
        "ctr": "CTR | CTR, %",
        "ad_group": "Название группы | Группа объявлений | Ad group",
        "account_name": "Кабинет | Рекламный кабинет VK",
        "reach": "Охват | Reach",
        "detail": ("Вступления | Скрытия | Жалобы | Частота | Статус | Лимит | Дневной лимит | Бюджет"),
    },
    special={
        "conversions": "Результат | Результаты | Конверсии | Results",
        "cost_per_conversion": "Цена за результат | Стоимость результата | Cost per result",
    },
)
