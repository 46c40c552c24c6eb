"""Several clients that send many requests at the same time, each on its own kept-alive connections."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.proxy.processes import HOST


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Question:
    """What is asked, and what is wrong with an answer to `name` (None: nothing)."""

    method: str
    path: str
    fault: Callable[[str, Answer], str | None]
    body: bytes = b""


@dataclass(frozen=True)
class Person:
    """A client with its own headers."""

    name: str
    headers: dict[str, str]


@dataclass
class Tally:
    """How often each question was answered, and what was wrong."""

    asked: Counter[str] = field(default_factory=Counter)
    cached: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, person: Person, question: Question, answer: Answer) -> None:
        self.asked[person.name] += 1
        self.cached[answer.headers.get("x-cache", "")] += 1
        fault = question.fault(person.name, answer)
        if fault:
            self.faults.append(f"{person.name}: {question.method} {question.path}: {fault}")


def ask_all(
    port: int, people: Sequence[Person], questions: Sequence[Question], total: int, lines: int = 4
) -> Tally:
    """Send all requests in turn from each client, on several connections each, `total` times in all."""
    tally = Tally()
    turns = total // (len(people) * lines)

    async def ask() -> None:
        async with asyncio.TaskGroup() as group:
            for person in people:
                for line in range(lines):
                    # Connections begin at different requests, to send the same ones in another order.
                    own = [*questions[line:], *questions[:line]]
                    group.create_task(_talk(port, person, own, turns, tally))

    asyncio.run(ask())
    return tally


async def _talk(port: int, person: Person, questions: Sequence[Question], turns: int, tally: Tally) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    for turn in range(turns):
        question = questions[turn % len(questions)]
        writer.write(_request(port, person, question))
        answer = await _answer(reader)
        tally.add(person, question, answer)
        if answer.headers.get("connection", "").lower() == "close":
            writer.close()
            reader, writer = await asyncio.open_connection(HOST, port)
    writer.close()


def _request(port: int, person: Person, question: Question) -> bytes:
    headers = {"Host": f"{HOST}:{port}", "Content-Length": str(len(question.body)), **person.headers}
    if question.body:
        headers["Content-Type"] = "application/json"
    lines = [f"{question.method} {question.path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + question.body


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    if headers.get("transfer-encoding") == "chunked":
        body = await _chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(head[0].split(" ")[1]), headers, body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body
