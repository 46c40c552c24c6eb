"""Telegram Ads: statistics by day, in English and Russian."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="telegram",
    name="Telegram Ads",
    headings={
        "date": "Day | Date | День | Дата",
        "campaign_id": (
            "Ad ID | Ad Title | Ad title | Название объявления | Заголовок объявления | Campaign"
        ),
        "impressions": "Views | Просмотры | Impressions",
        "clicks": "Clicks | Clicked | Клики | Переходы | Opened",
        "conversions": (
            "Joined | Started bot | Actions | Подписки | Вступления | Запуски бота | Conversions"
        ),
        "cost": (
            "Spent budget | Spent | Amount | Amount spent | Потрачено | Израсходованный бюджет | Расход"
        ),
        "cpm": "CPM",
        "ctr": "CTR",
        "cost_per_conversion": "CPA | CPS | Цена подписки",
        "detail": "Budget | Daily budget | Status | Остаток бюджета | Бюджет | Статус | CVR",
    },
    special={
        "impressions": "Ad views | Показы рекламы",
        "placement": "Target channel | Целевой канал | Trg type",
    },
)
