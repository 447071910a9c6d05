// The live page of a job: log-window.js holds the lines that are shown, log-socket.js the connection, job-status.js what
// the server pushes beside the log. Here they meet, and the buttons of the log.

import { showStatus } from "./job-status.js";
import { LogSocket } from "./log-socket.js";
import { LogWindow } from "./log-window.js";

const pane = document.getElementById("job-log");
const rows = document.getElementById("log-lines");
const find = (name) => pane.querySelector(`[data-log-${name}]`);
const say = (level, text) => {
  document.dispatchEvent(new CustomEvent("messages", { detail: { items: [{ level, text }] } }));
};
const chosen = { level: find("level"), device: find("chosen-device") };

function query(more = {}) {
  const given = { level: chosen.level.value, device: chosen.device.value, ...more };
  return new URLSearchParams(Object.entries(given).filter(([, value]) => value !== ""));
}

async function load(more) {
  const answer = await fetch(`${pane.dataset.log}?${query(more)}`, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
  const number = (name) => Number(answer.headers.get(`X-Log-${name}`));
  return { html: await answer.text(), first: number("first"), last: number("last"), mark: number("mark") };
}

const log = new LogWindow(rows, Number(pane.dataset.first), Number(pane.dataset.last), {
  load: (more) => load(more).catch((error) => {
    say("error", "This part of the log could not be loaded. Try again in a moment.");
    throw error;
  }),
  onchange: () => {
    const unseen = log.unseen > 0 ? `${log.unseen.toLocaleString("en")} new line${log.unseen > 1 ? "s" : ""}` : "";
    find("follow").setAttribute("aria-pressed", String(log.following));
    find("new").hidden = log.following || (!unseen && log.complete);
    find("new").textContent = unseen ? `${unseen} – jump to the end` : "Jump to the end";
    find("empty").hidden = rows.childElementCount > 0;
  },
});
// the rows' parts are columns: copied text needs something between them
const textOf = (row) => [...row.children].map((part) => part.textContent).filter(Boolean).join("  ");
const quietly = (promise) => promise?.catch(() => {}); // the message was shown where it failed

const STATES = { connecting: "connecting…", live: "live", reconnecting: "reconnecting…", ended: "complete", closed: "closed" };

const socket = new LogSocket({
  path: pane.dataset.socket,
  query: () => query({ format: "html", after: Math.max(log.last, log.complete ? 0 : log.end) }),
  onframe: (frame) => {
    if (frame.type === "status") showStatus(frame.html);
    if (frame.type !== "log") return;
    log.push(frame);
    socket.send({ type: "ack", seq: frame.seq });
  },
  onstate: (state, detail) => {
    pane.dataset.state = state;
    find("state").textContent = STATES[state] + (state === "closed" && detail ? `: ${detail}` : "");
    const lost = state === "reconnecting" && (socket.tries > 1 || detail);
    if (lost || state !== "reconnecting") {
      document.dispatchEvent(new CustomEvent("webnet:live", { detail: { state: lost ? "lost" : "open" } }));
    }
    if (state === "closed") say("error", `${detail || "The live log was closed."} Reload the page to go on.`);
  },
});

async function refilter() {
  const address = new URL(window.location.href);
  for (const [name, field] of Object.entries(chosen)) {
    if (field.value) address.searchParams.set(name, field.value);
    else address.searchParams.delete(name);
  }
  history.replaceState(history.state, "", address);
  document.querySelector("#job-log a[download]").search = query();
  find("any-device").hidden = !chosen.device.value;
  socket.drop();
  log.follow(true);
  await quietly(log.show({}));
  if (!socket.over) socket.open();
}

function showDevice(id, name) {
  chosen.device.value = id;
  find("device-name").textContent = name;
  pane.scrollIntoView({ block: "nearest" });
  refilter();
}

function clicked(event) {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.logDevice) showDevice(button.dataset.logDevice, button.dataset.logName);
  else if ("logAnyDevice" in button.dataset) showDevice("", "");
  else if ("logNew" in button.dataset) quietly(log.toEnd());
  else if ("logFollow" in button.dataset) log.following ? log.follow(false) : quietly(log.toEnd());
  else if ("logCopy" in button.dataset) button.dataset.copy = [...rows.children].map(textOf).join("\n");
  else if ("logError" in button.dataset) nextError();
}
document.addEventListener("click", clicked, true); // before actions.js, which copies what data-copy then holds
chosen.level.addEventListener("change", refilter);

let lastError = 0;
async function nextError() {
  log.follow(false);
  const found = await quietly(log.show({ error_after: lastError }));
  if (found && !found.mark) say("info", "This log has no error.");
  lastError = found?.mark || 0;
  for (const row of rows.querySelectorAll("[aria-current]")) row.removeAttribute("aria-current");
  rows.querySelector(`[data-sequence="${lastError}"]`)?.setAttribute("aria-current", "true");
}

if ("ended" in pane.dataset) socket.stop("ended");
else socket.open();
