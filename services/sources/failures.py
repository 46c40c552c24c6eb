"""Errors of sources, with sentences for the admin who declared them. No value of theirs may be a secret."""

from __future__ import annotations

from services.errors import InvalidInputError, NotFoundError, UnavailableError
from services.text import Text


class SourcesFileError(InvalidInputError):
    """`sources.toml` cannot be used; `line` is where."""

    code = "sources_file"
    words = Text(
        en="{file}, line {line}: {reason}.",
        ru="{file}, строка {line}: {reason}.",
    )


class UnknownSourceError(NotFoundError):
    """No source of this name is declared."""

    code = "unknown_source"
    words = Text(
        en="There is no source “{name}”. Sources: {known}.",
        ru="Источника «{name}» нет. Есть: {known}.",
    )


class SourceError(UnavailableError):
    """A source cannot be read now. Its last rows stay, and it is tried again.

    `retry_after`: the seconds that the source has asked to be left alone, None without such a wish.
    """

    code = "source"

    def __init__(self, *, retry_after: float | None = None, **values: object) -> None:
        super().__init__(**values)
        self.retry_after = retry_after


class SourceUnreachableError(SourceError):
    """No connection can be made."""

    code = "source_unreachable"
    words = Text(
        en="{host} cannot be reached ({reason}). Check the address, the network and the proxy here.",
        ru="{host} недоступен ({reason}). Проверьте адрес, сеть и прокси этой машины.",
    )


class SourceOverdueError(SourceError):
    """The source has not answered completely within its deadline."""

    code = "source_overdue"
    words = Text(
        en="It took longer than {seconds} s. If there is simply more to read now, raise “deadline” of this "
        "source.",
        ru="Чтение заняло больше {seconds} с. Если данных просто стало больше, увеличьте «deadline» этого "
        "источника.",
    )


class SourceTlsError(SourceError):
    """The certificate of the server is not trusted."""

    code = "source_tls"
    words = Text(
        en="The certificate of {host} is not trusted ({reason}). If a company certificate signs it, name "
        "its file in REQUESTS_CA_BUNDLE.",
        ru="Сертификату {host} нет доверия ({reason}). Если его подписывает сертификат компании, укажите его "
        "файл в REQUESTS_CA_BUNDLE.",
    )


class SourceHostKeyError(SourceError):
    """The key of an SFTP server is not the expected one, or not known."""

    code = "source_host_key"
    words = Text(
        en="{host} shows a key that is not known: {fingerprint}. Ask its operator whether that is its key; "
        "if so, write it as “host_key” of this source.",
        ru="{host} предъявляет неизвестный ключ: {fingerprint}. Спросите администратора сервера, его ли это "
        "ключ; если да, укажите его в «host_key» этого источника.",
    )


class SourceAddressError(SourceError):
    """The address is in a private network, or not over HTTPS, and the source does not allow it."""

    code = "source_address"
    words = Text(
        en="{host} is refused: {reason}. If it is a server of your own network, write “internal = true” in "
        "this source.",
        ru="{host} не разрешён: {reason}. Если это сервер вашей сети, напишите в этом источнике "
        "«internal = true».",
    )


class SourceRedirectError(SourceError):
    """The server sends to another host, or in circles."""

    code = "source_redirect"
    words = Text(
        en="{host} redirects {reason}. Write the final address, or list the host in “redirect_hosts” of this "
        "source.",
        ru="{host} перенаправляет {reason}. Укажите конечный адрес или добавьте узел в «redirect_hosts» "
        "этого источника.",
    )


class SourceDeniedError(SourceError):
    """The server wants other credentials (401), or gives them no right (403)."""

    code = "source_denied"
    words = Text(
        en="{host} refuses the credentials ({reason}). Renew them, and check what they may read.",
        ru="{host} не принимает учётные данные ({reason}). Обновите их и проверьте их права.",
    )


class SourceTokenError(SourceError):
    """The token server gives no access token for the client, its secret or the refresh token."""

    code = "source_token"
    words = Text(
        en="{host} gives no access token ({reason}): the refresh token or the secret of the client has "
        "expired, was revoked, or is wrong. Renew it where this source reads it, and check “client_id” and "
        "“scope”.",
        ru="{host} не выдаёт токен доступа ({reason}): refresh token или секрет клиента истёк, отозван или "
        "неверен. Обновите его там, откуда его читает источник, и проверьте «client_id» и «scope».",
    )


class SourceSignInError(SourceError):
    """A web page for people came in place of a file: most likely the sign-in of the site."""

    code = "source_sign_in"
    words = Text(
        en="{host} sent a web page for signing in, not a file. Share the file with all who have the link, or "
        "give this source credentials.",
        ru="{host} прислал страницу входа, а не файл. Откройте доступ к файлу по ссылке или укажите в этом "
        "источнике учётные данные.",
    )


class SourceMissingError(SourceError):
    """What the source names does not exist (404, no such folder)."""

    code = "source_missing"
    words = Text(
        en="There is nothing at {place} ({reason}). Check the address or path of this source.",
        ru="По адресу {place} ничего нет ({reason}). Проверьте адрес или путь этого источника.",
    )


class SourceBusyError(SourceError):
    """The server asks for fewer requests (429), or a quota is used up."""

    code = "source_busy"
    words = Text(
        en="{host} accepts no more requests for now ({reason}). It is asked again by itself.",
        ru="{host} временно не принимает запросы ({reason}). Запрос повторится сам.",
    )


class SourceServerError(SourceError):
    """The server has an error of its own (5xx), or breaks off its answer."""

    code = "source_server"
    words = Text(
        en="{host} has a fault of its own ({reason}). It is asked again by itself.",
        ru="На стороне {host} сбой ({reason}). Запрос повторится сам.",
    )


class SourceRefusedError(SourceError):
    """The server does not accept the request (400, and other statuses that are no better explained)."""

    code = "source_refused"
    words = Text(
        en="{host} does not accept the request ({reason}). Check the address and the options of this source.",
        ru="{host} не принимает запрос ({reason}). Проверьте адрес и параметры этого источника.",
    )


class SourceTooLargeError(SourceError):
    """The content is larger than the source allows."""

    code = "source_too_large"
    words = Text(
        en="{place} is larger than {limit}. If that is right, raise “max_size” of this source.",
        ru="{place} больше {limit}. Если так и должно быть, увеличьте «max_size» этого источника.",
    )


class SourceTooManyRowsError(SourceError):
    """The query has more rows than the source allows."""

    code = "source_too_many_rows"
    words = Text(
        en="{place} has more than {limit} rows. Let the query select fewer, or raise “max_rows” of this "
        "source.",
        ru="{place}: больше {limit} строк. Выбирайте в запросе меньше строк или увеличьте «max_rows» этого "
        "источника.",
    )


class SourceOptionError(SourceError):
    """An option of the source cannot be used, which shows only when it is read."""

    code = "source_option"
    words = Text(
        en="“{option}” of this source cannot be used: {reason}.",
        ru="«{option}» этого источника использовать нельзя: {reason}.",
    )


class SourceAnswerError(SourceError):
    """The answer is not what the protocol promises."""

    code = "source_answer"
    words = Text(
        en="{host} answered something that cannot be read ({reason}). If it stays so, its interface has "
        "changed: look for a newer version of Demetra.",
        ru="{host} прислал ответ, который не удаётся прочитать ({reason}). Если так и останется, изменился "
        "его интерфейс: проверьте, нет ли новой версии Demetra.",
    )


class SourceBugError(SourceError):
    """Something unexpected happened while the source was read: a bug, whose traceback is in the log."""

    code = "source_internal"
    words = Text(
        en="Unexpected failure ({kind}). The log of the worker has the details.",
        ru="Неожиданный сбой ({kind}). Подробности — в журнале обработчика.",
    )


class SourceExtraError(SourceError):
    """A library that the type needs is not installed."""

    code = "source_extra"
    words = Text(
        en="Sources of type {type} need another library. Install it: pip install “demetra-dash[{extra}]”.",
        ru="Источникам типа {type} нужна ещё одна библиотека. Установите её: pip install "
        "«demetra-dash[{extra}]».",
    )
