"""Snapchat Ads Manager: exported report by day."""

from services.intake.layouts.platform import Platform

PLATFORM = Platform(
    id="snapchat",
    name="Snapchat",
    headings={
        "date": (
            "Start time | Start Time | Date | Day | Startzeit | Heure de début | Hora de inicio | "
            "Início | Datum | Fecha"
        ),
        "end": "End time | End Time | Endzeit | Heure de fin",
        "campaign_id": (
            "Campaign ID | Kampagnen-ID | Campaign Name | Campaign | Kampagnenname | "
            "Nom de la campagne | Nombre de la campaña | Nome da campanha"
        ),
        "impressions": (
            "Paid Impressions | Impressions | Bezahlte Impressionen | Impressions payées | "
            "Impresiones de pago"
        ),
        "clicks": (
            "Swipe Ups | Swipe-Ups | Swipes | Swipe-ups | Glissements vers le haut | "
            "Deslizamientos hacia arriba | Clicks"
        ),
        "conversions": "Purchases | Conversion Purchases | Käufe | Achats | Compras",
        "cost": (
            "Amount Spent | Spend | Ausgegebener Betrag | Montant dépensé | Importe gastado | Valor gasto"
        ),
        "revenue": (
            "Purchases Value | Conversion Purchases Value | Wert der Käufe | Valeur des achats | "
            "Valor de las compras | Valor das compras"
        ),
        "ctr": "Swipe Up Rate | Swipe-Up-Rate",
        "cpm": "eCPM | Paid eCPM",
        "cpc": "eCPSU | Cost Per Swipe Up | eCPSwipeUp",
        "roas": "Purchases ROAS | ROAS",
        "cost_per_conversion": "Cost per Purchase | Purchases eCPP",
        "currency": "Currency | Account Currency | Währung | Devise | Moneda",
        "account_name": "Ad Account Name | Account Name",
        "account_id": "Ad Account ID",
        "ad_set_name": "Ad Set Name | Ad Squad Name",
        "reach": "Paid Reach | Uniques | Reach",
        "result": "Results | Result",
        "result_type": "Result Type | Optimization Goal",
        "detail": (
            "Paid Frequency | Frequency | Campaign Status | Ad Set Status | Daily Budget | "
            "Lifetime Budget | Story Opens | Screen Time | 2 Sec Video Views | 15 Sec Video Views | "
            "Avg. Screen Time | Quartile 1 | Quartile 2 | Quartile 3 | View Completion | Saves | "
            "Shares | Delivery Status"
        ),
    },
)
