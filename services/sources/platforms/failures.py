"""What a platform has refused, with sentences for the admin. No value is a text of the platform itself:
such a text may repeat a credential."""

from __future__ import annotations

from services.sources.failures import SourceBusyError, SourceError, SourceServerError
from services.sources.platforms.spec import Meaning, Platform, Refusal
from services.text import Text


class PlatformTokenError(SourceError):
    """The credentials have expired, were revoked, or were never right."""

    code = "platform_token"
    words = Text(
        en="{platform} does not accept the credentials of this source ({reason}): they have expired, were "
        "revoked, or are wrong. {todo}",
        ru="{platform} не принимает учётные данные этого источника ({reason}): они истекли, отозваны или "
        "неверны. {todo}",
    )


class PlatformAccessError(SourceError):
    """The credentials are right, but may not read the account."""

    code = "platform_access"
    words = Text(
        en="{platform} does not let these credentials read account {account} ({reason}). {todo}",
        ru="{platform} не даёт этим учётным данным читать аккаунт {account} ({reason}). {todo}",
    )


class PlatformQuotaError(SourceBusyError):
    """A limit of requests is reached."""

    code = "platform_quota"
    words = Text(
        en="{platform} accepts no more requests for now ({reason}). It is asked again by itself. If this "
        "happens often, read this source less often.",
        ru="{platform} временно не принимает запросы ({reason}). Запрос повторится сам. Если это случается "
        "часто, читайте этот источник реже.",
    )


class PlatformPendingError(SourceBusyError):
    """The platform still prepares the report that was asked for."""

    code = "platform_pending"
    words = Text(
        en="{platform} is still preparing the report. It is fetched by itself as soon as it is ready.",
        ru="{platform} ещё готовит отчёт. Он будет получен сам, как только будет готов.",
    )


class PlatformLargeError(SourceError):
    """The period has more rows than the platform gives at once."""

    code = "platform_large"
    words = Text(
        en="{platform} cannot give so many rows at once ({reason}), not even those of a single day. It is "
        "asked again by itself.",
        ru="{platform} не может выдать столько строк сразу ({reason}), даже за один день. Запрос повторится "
        "сам.",
    )


class PlatformRequestError(SourceError):
    """The platform finds the request wrong."""

    code = "platform_request"
    words = Text(
        en="{platform} refuses the request ({reason}). Check the options of this source; if they are right, "
        "look for a newer version of Demetra.",
        ru="{platform} отклоняет запрос ({reason}). Проверьте параметры этого источника; если они верны, "
        "проверьте, нет ли новой версии Demetra.",
    )


class PlatformVersionError(SourceError):
    """The version of the platform's interface has been switched off."""

    code = "platform_version"
    words = Text(
        en="{platform} has switched off version {version} of its interface ({reason}). Install a newer "
        "version of Demetra.",
        ru="{platform} отключил версию {version} своего интерфейса ({reason}). Установите более новую версию "
        "Demetra.",
    )


_CLASSES: dict[Meaning, type[SourceError]] = {
    "token": PlatformTokenError,
    "access": PlatformAccessError,
    "quota": PlatformQuotaError,
    "large": PlatformLargeError,
    "request": PlatformRequestError,
    "version": PlatformVersionError,
    "pending": PlatformPendingError,
    "server": SourceServerError,
}


def error_of(refusal: Refusal, platform: Platform, account: str) -> SourceError:
    """Return the error for the admin that a refusal of a platform is."""
    todo = platform.renew if refusal.meaning == "token" else platform.grant
    return _CLASSES[refusal.meaning](
        platform=platform.name,
        host=platform.name,
        version=platform.version,
        account=account,
        reason=refusal.reason,
        todo=todo,
        retry_after=refusal.retry_after,
    )
