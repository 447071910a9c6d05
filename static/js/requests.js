// What HTMX and websockets have to say when they fail: words in the banner, the page stays as it is.

const banner = document.getElementById("banner");
let running = 0;

function show(text, level = "bad", lasting = false) {
  banner.querySelector("[data-banner-text]").textContent = text;
  banner.dataset.level = level;
  banner.dataset.lasting = lasting ? "1" : "";
  banner.hidden = false;
}

function hide() {
  banner.hidden = true;
}

const WORDS = {
  400: "The request was not understood. Nothing was changed.",
  401: "You are no longer logged in. Reload the page to log in again.",
  403: "You may not do this, or your login has expired. Nothing was changed.",
  404: "This no longer exists, or it belongs to a customer that you do not see.",
  409: "Someone else changed this meanwhile. Reload the page and try again.",
  413: "That was too large for the server.",
  429: "Too many requests. Wait a moment and try again.",
  502: "webnet does not answer at the moment. What you see may be out of date.",
  503: "webnet does not answer at the moment. What you see may be out of date.",
  504: "The server took too long to answer. It may still be working on it: reload before you try again.",
};

function words(xhr) {
  const reference = xhr.getResponseHeader("X-Request-ID") || xhr.getResponseHeader("X-Correlation-ID");
  const text = WORDS[xhr.status] || (xhr.status >= 500
    ? "The server failed to do this. Nothing that you entered is lost; try again."
    : `The server refused this (${xhr.status}). Nothing was changed.`);
  return reference && xhr.status >= 500 ? `${text} Reference: ${reference}` : text;
}

function busy(change) {
  running = Math.max(0, running + change);
  document.body.toggleAttribute("data-busy", running > 0);
}

const on = (name, handler) => document.addEventListener(name, handler);

on("htmx:beforeSend", () => busy(1));
on("htmx:afterRequest", (event) => {
  busy(-1);
  if (event.detail.successful && !banner.dataset.lasting) hide();
});
on("htmx:responseError", (event) => show(words(event.detail.xhr)));
on("htmx:sendError", () => show("No connection to webnet. What you see may be out of date.", "warn"));
on("htmx:timeout", () => show("The server took too long to answer. Reload before you try again.", "warn"));
on("htmx:swapError", () => show("The answer could not be shown. Reload the page."));

// Live updates: a socket tells by a "webnet:live" event with detail.state "lost" or "open".
on("webnet:live", (event) => {
  if (event.detail.state !== "open") {
    show("Live updates are interrupted; connecting again. What you see may be out of date.", "warn", true);
  } else if (banner.dataset.lasting) hide();
});

window.addEventListener("offline", () => show("This computer is offline. What you see may be out of date.", "warn"));
window.addEventListener("online", hide);
banner.addEventListener("click", (event) => {
  if (event.target.closest("[data-banner-reload]")) window.location.reload();
  if (event.target.closest("[data-banner-close]")) hide();
});

// Addresses stay short: empty filters are not sent.
on("htmx:configRequest", (event) => {
  const { verb, parameters, elt } = event.detail;
  if (verb !== "get" || !elt.closest("form")) return;
  for (const name of Object.keys(parameters)) {
    if (parameters[name] === "") delete parameters[name];
  }
});
