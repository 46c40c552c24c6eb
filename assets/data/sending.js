// Sends a file, and tells how far it is. fetch tells no progress of what is sent, so this is XMLHttpRequest;
// the page's language and its signed link go along as with every other request.
(() => {
  "use strict";
  const data = window.demetraData;
  const POLL_MS = 800;
  const BUSY_TRIES = 60;
  const LARGEST = 200 * 2 ** 20;

  // Returns {report} or {problem, text}. `tell(stage, share, rows)` is called while it lasts; share is from 0 to 1,
  // or null when it is not known.
  function send(file, fields, tell) {
    if (file.size > LARGEST) {
      return Promise.resolve(problem("too_large", data.word("tooLarge", { largest: data.size(LARGEST) })));
    }
    return file
      .slice(0, 1)
      .arrayBuffer()
      .then(
        () => attempt(file, fields, tell, BUSY_TRIES),
        () => problem("no_file", data.word("noFile")),
      );
  }

  async function attempt(file, fields, tell, tries) {
    const answer = await post(file, fields, tell);
    if (answer.status === 429 && tries > 1) {
      tell("busy", null);
      await new Promise((resolve) => window.setTimeout(resolve, 1000 * (answer.retryAfter || 2)));
      return attempt(file, fields, tell, tries - 1);
    }
    return result(answer);
  }

  function post(file, fields, tell) {
    const name = uploadName();
    const request = new XMLHttpRequest();
    const form = new FormData();
    Object.entries(fields).forEach(([field, value]) => {
      form.append(field, value);
    });
    form.append("file", file, file.name);
    return new Promise((resolve) => {
      let poll = null;
      request.upload.onprogress = (event) => tell("sending", event.total ? event.loaded / event.total : null);
      request.upload.onload = () => {
        tell("reading", null);
        poll = window.setInterval(follow, POLL_MS, name, tell);
      };
      request.onloadend = () => {
        window.clearInterval(poll);
        resolve({
          status: request.status,
          retryAfter: Number(request.getResponseHeader("Retry-After")),
          body: parsed(request),
        });
      };
      request.open("POST", data.api(`api/imports?upload=${name}`));
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("Accept-Language", data.lang);
      Object.entries(window.demetraLink?.() ?? {}).forEach(([header, value]) => {
        request.setRequestHeader(header, value);
      });
      tell("sending", 0);
      request.send(form);
    });
  }

  function uploadName() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function parsed(request) {
    try {
      return JSON.parse(request.responseText);
    } catch {
      return null; // an answer of a proxy
    }
  }

  // Only a web process on the same host knows the progress; without an answer, the bar shows none.
  function follow(name, tell) {
    window
      .fetch(data.api(`api/uploads/${name}`))
      .then((response) => (response.ok ? response.json() : null))
      .then((told) => {
        if (!told || told.stage === "receive") {
          return;
        }
        if (told.stage === "store") {
          tell("storing", null, told.rows);
        } else {
          const half = told.stage === "look" ? 0 : 0.5;
          tell("reading", told.total ? half + told.done / told.total / 2 : null, told.rows);
        }
      })
      .catch(() => null);
  }

  function result({ status, body }) {
    if (status === 200 && body?.files) {
      return { report: body.files[0] };
    }
    if (body?.detail) {
      return { problem: body.code, text: body.detail, body };
    }
    const text = {
      0: "offline",
      401: "expired",
      403: "expired",
      413: "proxyTooLarge",
      502: "offline",
      504: "proxyTimeout",
    }[status];
    return problem(text ?? "broken", data.word(text ?? "broken", { status }));
  }

  function problem(code, text) {
    return { problem: code, text, body: null };
  }

  data.send = send;
  data.LARGEST = LARGEST;
})();
