"""Local servers that speak the documented protocols of the advertising platforms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from tests.sources.platform_accounts import Account, Figures

TOKEN = "secret-Token_4f9d2c7b1e"
REFRESH = "1//refresh-Secret_77aa31"
CLIENT_SECRET = "GOCSPX-client-Secret-9"


@dataclass(frozen=True)
class Request:
    """A request as it arrived: names of headers in lower case, parameters, and the body as text."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Reply:
    """A status, a body (JSON, or text as it is), and headers."""

    status: int = 200
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """Return the bytes of the body."""
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, default=str, ensure_ascii=False).encode()


class Server(Protocol):
    """A platform: an account, and its replies to requests."""

    account: Account

    def reply(self, request: Request) -> Reply:
        """Return the reply to a request."""


@dataclass
class Running:
    """A server that runs: its address, the requests that it got, and replies that come before its own."""

    url: str = ""
    asked: list[Request] = field(default_factory=list)
    first: list[Reply | Callable[[Request], Reply | None]] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Return the paths that were asked for."""
        return [one.path for one in self.asked]


@contextmanager
def serving(server: Server) -> Iterator[Running]:
    """Run a platform on a free port until the block ends."""
    running = Running()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write for an answer, so that no acknowledgement is waited for

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            params = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0))).decode()
            request = Request(self.command, parts.path, params, headers, body)
            running.asked.append(request)
            self._send(_forced(running, request) or server.reply(request))

        do_POST = do_GET  # noqa: N815 - the name that the library calls

        def _send(self, reply: Reply) -> None:
            content = reply.content()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *parts: Any) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        listener.daemon_threads = True
        thread = Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        running.url = f"http://127.0.0.1:{listener.server_address[1]}"
        try:
            yield running
        finally:
            listener.shutdown()
            thread.join(10)


def _forced(running: Running, request: Request) -> Reply | None:
    """Return the first of the replies that were put before those of the platform."""
    for number, one in enumerate(running.first):
        reply = one(request) if callable(one) else one
        if reply is not None:
            if not callable(one):
                del running.first[number]
            return reply
    return None


@dataclass
class GoogleAds:
    """OAuth token server and `googleAds:searchStream`."""

    account: Account

    def reply(self, request: Request) -> Reply:
        """Return a token, or chunks of rows."""
        if request.path == "/token":
            form = {name: values[0] for name, values in parse_qs(request.body).items()}
            wanted = {
                "grant_type": "refresh_token",
                "client_id": "client-id",
                "client_secret": CLIENT_SECRET,
                "refresh_token": REFRESH,
            }
            if form != wanted:
                return Reply(400, {"error": "invalid_grant", "error_description": f"Bad {form}"})
            return Reply(200, {"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return google_error(401, "UNAUTHENTICATED", "authenticationError", "OAUTH_TOKEN_INVALID")
        if request.path != f"/v26/customers/{self.account.id}/googleAds:searchStream":
            return Reply(404, "<html>404. That's an error.</html>")
        return self._stream(json.loads(request.body)["query"])

    def _stream(self, query: str) -> Reply:
        account = self.account
        if " FROM customer " in query:
            customer = {
                "resourceName": f"customers/{account.id}",
                "id": account.id,
                "currencyCode": account.currency,
                "timeZone": account.zone,
            }
            return Reply(200, [{"results": [{"customer": customer}], "fieldMask": "customer.id"}])
        first, last = query.split("'")[1], query.split("'")[3]
        found = [self._row(row) for row in account.between(first, last) if _has_figures(row)]
        chunks = [
            {"results": found[at : at + account.page_rows], "requestId": "r", "fieldMask": "campaign.id"}
            for at in range(0, len(found), account.page_rows)
        ]
        return Reply(200, chunks)

    def _row(self, row: Figures) -> dict[str, Any]:
        return {
            "campaign": {
                "resourceName": f"customers/{self.account.id}/campaigns/{row.campaign_id}",
                "id": row.campaign_id,
                "name": row.campaign,
            },
            "metrics": {
                "clicks": str(row.clicks),
                "conversionsValue": float(row.revenue or 0),
                "conversions": float(row.conversions),
                "costMicros": str(int(row.cost * 1_000_000)),
                "impressions": str(row.impressions),
            },
            "segments": {"date": str(row.day)},
        }


def google_error(
    status: int, name: str, family: str = "", code: str = "", details: Mapping[str, Any] | None = None
) -> Reply:
    """Return an error of the Google Ads API, with a GoogleAdsFailure if a family and code are given."""
    error: dict[str, Any] = {"code": status, "message": f"Request had {TOKEN}", "status": name}
    if family:
        failure = {"errorCode": {family: code}, "message": f"Bad {TOKEN}", "details": details or {}}
        kind = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
        error["details"] = [{"@type": kind, "errors": [failure], "requestId": "r"}]
    return Reply(status, [{"error": error}])


@dataclass
class Meta:
    """The Graph API: an ad account, its insights, and reports of the background."""

    account: Account
    polls: int = 2
    most_days: int = 1000
    report: Mapping[str, str] = field(default_factory=dict)
    purchase: str = "omni_purchase"

    def reply(self, request: Request) -> Reply:
        """Return the account, a page of insights, or the state of a report."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return meta_error(190, 467)
        base = f"/v26.0/act_{self.account.id}"
        if request.path == base:
            return Reply(200, self._account())
        if request.path == f"{base}/insights" and request.method == "POST":
            self.report = request.params
            return Reply(200, {"report_run_id": "6023920149050"})
        if request.path == f"{base}/insights":
            return self._insights(request.params, self.most_days)
        if request.path == "/v26.0/6023920149050":
            self.polls -= 1
            state = "Job Completed" if self.polls < 0 else "Job Running"
            return Reply(200, {"id": "6023920149050", "async_status": state})
        if request.path == "/v26.0/6023920149050/insights":
            return self._insights({**self.report, **request.params}, 1000)
        return meta_error(100, 33)

    def _account(self) -> dict[str, str]:
        account = self.account
        return {
            "account_id": account.id,
            "currency": account.currency,
            "timezone_name": account.zone,
            "id": f"act_{account.id}",
        }

    def _insights(self, params: Mapping[str, str], most_days: int) -> Reply:
        period = json.loads(params["time_range"])
        if int(period["until"][8:]) - int(period["since"][8:]) >= most_days:
            return meta_error(1, 99, 500)
        states = json.loads(params["filtering"])[0]
        assert params["level"] == "campaign"
        assert params["time_increment"] == "1"
        assert {"DELETED", "ARCHIVED"} <= set(states["value"])
        rows = [row for row in self.account.between(period["since"], period["until"]) if _has_figures(row)]
        start = int(params.get("after", "c0")[1:])
        end = start + min(self.account.page_rows, int(params["limit"]))
        paging: dict[str, Any] = {"cursors": {"before": f"c{start}", "after": f"c{end}"}}
        if end < len(rows):
            paging["next"] = f"https://evil.example/next?access_token={TOKEN}&after=c{end}"
        data = [self._row(row) for row in rows[start:end]]
        return Reply(200, {"data": data, "paging": paging} if data else {"data": []})

    def _row(self, row: Figures) -> dict[str, Any]:
        found: dict[str, Any] = {
            "campaign_id": row.campaign_id,
            "campaign_name": row.campaign,
            "impressions": str(row.impressions),
            "spend": f"{row.cost.normalize():f}",
            "date_start": str(row.day),
            "date_stop": str(row.day),
        }
        if row.clicks:
            found["inline_link_clicks"] = str(row.clicks)
        if row.conversions:
            found["actions"] = self._actions(row.conversions, row.clicks)
        if row.revenue:
            found["action_values"] = self._actions(row.revenue, None)
        return found

    def _actions(self, value: Decimal, clicks: int | None) -> list[dict[str, str]]:
        others = [] if clicks is None else [{"action_type": "link_click", "value": str(clicks)}]
        names = ("offsite_conversion.fb_pixel_purchase", "purchase", self.purchase)
        return [*others, *({"action_type": name, "value": str(value)} for name in dict.fromkeys(names))]


def meta_error(
    code: int,
    subcode: int | None = None,
    status: int = 400,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Reply:
    """Return an error of the Graph API, whose message repeats the token."""
    error = {"message": f"Malformed access token {TOKEN}", "type": "OAuthException", "code": code, **more}
    if subcode is not None:
        error["error_subcode"] = subcode
    return Reply(status, {"error": {**error, "fbtrace_id": "AbC"}}, headers or {})


@dataclass
class TikTok:
    """The API for Business: advertiser and integrated report."""

    account: Account

    def reply(self, request: Request) -> Reply:
        """Return the advertiser, or a page of the report."""
        if request.headers.get("access-token") != TOKEN:
            return tiktok_error(40105)
        if request.path == "/open_api/v1.3/advertiser/info/":
            assert json.loads(request.params["advertiser_ids"]) == [self.account.id]
            found = {
                "advertiser_id": self.account.id,
                "currency": self.account.currency,
                "timezone": "Etc/GMT+8",
                "display_timezone": self.account.zone,
            }
            return _tiktok({"list": [found]})
        if request.path == "/open_api/v1.3/report/integrated/get/":
            return self._report(request.params)
        return tiktok_error(40006)

    def _report(self, params: Mapping[str, str]) -> Reply:
        days = self.account.between(params["start_date"], params["end_date"])
        rows = [row for row in days if _has_figures(row)]
        if {row.day for row in days} and len({row.day for row in days}) > 30:
            return tiktok_error(40002)
        assert params["data_level"] == "AUCTION_CAMPAIGN"
        assert params["report_type"] == "BASIC"
        assert json.loads(params["dimensions"]) == ["campaign_id", "stat_time_day"]
        assert json.loads(params["filtering"])[0]["filter_value"] == '["STATUS_ALL"]'
        size = min(int(params["page_size"]), self.account.page_rows)
        page, pages = int(params["page"]), -(-len(rows) // size)
        info = {"page": page, "page_size": size, "total_number": len(rows), "total_page": pages}
        metrics = json.loads(params["metrics"])
        found = [self._row(row, metrics) for row in rows[(page - 1) * size : page * size]]
        return _tiktok({"list": found, "page_info": info})

    def _row(self, row: Figures, metrics: list[str]) -> dict[str, Any]:
        values = {
            "campaign_name": row.campaign,
            "spend": f"{row.cost:.2f}",
            "impressions": str(row.impressions),
            "clicks": str(row.clicks),
            "conversion": str(row.conversions),
            "total_complete_payment_rate": "-" if row.revenue is None else f"{row.revenue:.2f}",
        }
        dimensions = {"campaign_id": row.campaign_id, "stat_time_day": f"{row.day} 00:00:00"}
        return {"dimensions": dimensions, "metrics": {name: values[name] for name in metrics}}


def _tiktok(data: Mapping[str, Any]) -> Reply:
    return Reply(200, {"code": 0, "message": "OK", "request_id": "r", "data": data})


def tiktok_error(code: int, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return an error of the API for Business, whose message repeats the token."""
    body = {"code": code, "message": f"Access token {TOKEN} is incorrect", "request_id": "r", "data": {}}
    return Reply(status, body, headers or {})


@dataclass
class YandexDirect:
    """The services Clients and Reports; `queue` replies with 201 and 202 come before each report."""

    account: Account
    queue: int = 0
    reports: dict[str, int] = field(default_factory=dict)

    def reply(self, request: Request) -> Reply:
        """Return the client, or a report."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return yandex_error(53, 400)
        if request.path == "/json/v501/clients":
            assert json.loads(request.body)["method"] == "get"
            client = {"Login": self.account.id, "Currency": self.account.currency}
            return Reply(200, {"result": {"Clients": [client]}})
        if request.path == "/json/v501/reports":
            return self._report(request.headers, json.loads(request.body)["params"])
        return yandex_error(8000, 400)

    def _report(self, headers: Mapping[str, str], params: Mapping[str, Any]) -> Reply:
        assert headers["returnmoneyinmicros"] == "false"
        assert headers["processingmode"] == "auto"
        assert headers["skipreportheader"] == headers["skipreportsummary"] == "true"
        assert params["ReportType"] == "CAMPAIGN_PERFORMANCE_REPORT"
        assert params["IncludeVAT"] in {"YES", "NO"}
        waited = self.reports.get(params["ReportName"], 0)
        self.reports[params["ReportName"]] = waited + 1
        if waited < self.queue:
            return Reply(202 if waited else 201, "", {"retryIn": "1", "reportsInQueue": "1"})
        days = params["SelectionCriteria"]
        rows = [row for row in self.account.between(days["DateFrom"], days["DateTo"]) if _has_figures(row)]
        lines = ["\t".join(params["FieldNames"]), *("\t".join(self._row(row)) for row in rows)]
        return Reply(200, "\n".join(lines) + "\n", {"Content-Type": "text/tab-separated-values"})

    def _row(self, row: Figures) -> list[str]:
        conversions = f"{row.conversions}" if row.conversions else "--"
        revenue = f"{row.revenue:.2f}" if row.revenue else "--"
        return [
            *(str(row.day), row.campaign_id, row.campaign, str(row.impressions), str(row.clicks)),
            *(f"{row.cost:.2f}", conversions, revenue),
        ]


def yandex_error(code: int, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return an error of the API of Direct, whose detail repeats the token."""
    error = {"request_id": "1", "error_code": code, "error_string": "Error", "error_detail": f"Bad {TOKEN}"}
    return Reply(status, {"error": error}, headers or {})


def _has_figures(row: Figures) -> bool:
    """Tell whether a platform has a row at all: days without any figure are left out."""
    return bool(row.impressions or row.clicks or row.cost or row.conversions)
