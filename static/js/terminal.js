// The page of a terminal: terminal-screen.js shows, terminal-socket.js connects, terminal-notices.js tells what else
// there is, terminal-paste.js asks before several lines are pasted. Here they meet, and the buttons.

import { Notices } from "./terminal-notices.js";
import { guardPaste } from "./terminal-paste.js";
import { Screen } from "./terminal-screen.js";
import { TerminalSocket } from "./terminal-socket.js";

const page = document.getElementById("terminal");
const find = (name) => page.querySelector(`[data-term-${name}]`);
const given = new URLSearchParams(window.location.search);
const screen = new Screen(find("screen"), page.dataset.nonce);
const term = screen.term;
const notices = new Notices(find);
const encoder = new TextEncoder();
let types = true;
screen.fill();

const socket = new TerminalSocket({
  path: page.dataset.socket,
  size: () => ({ cols: term.cols, rows: term.rows }),
  onbytes: (bytes, shown) => term.write(bytes, shown),
  onframe: take,
  onstate: (state, detail) => {
    notices.state(state, detail);
    const over = state === "closed";
    find("again").hidden = !over;
    find("end").hidden = over || !types;
    if (over) {
      term.options.disableStdin = true;
      term.write(`\r\n\x1b[0m\x1b[?25l\x1b[7m ${detail} \x1b[0m\r\n`);
    }
  },
}, given.get("session"), given.get("watch") === "1");

function take(frame) {
  if (frame.type === "opened") {
    const place = new URL(window.location.href);
    place.searchParams.set("session", frame.session);
    window.history.replaceState(null, "", place); // a reload comes back to this session
    control(frame);
    find("enable").hidden = !frame.enable || !frame.types;
    if (!frame.types) term.resize(frame.cols, frame.rows);
  }
  if (frame.type === "control") control(frame);
  if (frame.type === "resumed" && frame.reset) {
    term.reset();
    term.write(frame.modes);
  }
  if (frame.type === "resized") term.resize(frame.cols, frame.rows);
  notices.take(frame);
}

function control(frame) {
  types = frame.types;
  term.options.disableStdin = !types;
  find("take").hidden = types;
  find("end").hidden = !types;
  if (!types) find("enable").hidden = true;
  notices.holder(frame.holder, types);
  if (!types) return;
  socket.watch = false;
  screen.fill();
  socket.say({ type: "resize", cols: term.cols, rows: term.rows });
  term.focus();
}

term.onData((text) => types && socket.type(encoder.encode(text)));
term.onBinary((text) => types && socket.type(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
term.onResize(({ cols, rows }) => types && socket.say({ type: "resize", cols, rows }));
new ResizeObserver(() => types && screen.fill()).observe(find("screen"));
guardPaste(page, term);

const copy = () => term.hasSelection() && navigator.clipboard?.writeText(term.getSelection());
const search = find("search");
const query = search.elements.namedItem("q");
function showSearch(shown) {
  search.hidden = !shown;
  if (shown) query.focus();
  else {
    screen.search.clearDecorations();
    term.focus();
  }
}
screen.search.onDidChangeResults(({ resultIndex, resultCount }) => {
  find("found").textContent = resultCount ? `${resultIndex + 1} of ${resultCount}` : "Not found";
});
search.addEventListener("submit", (event) => {
  event.preventDefault();
  screen.find(query.value);
});
search.addEventListener("keydown", (event) => event.key === "Escape" && showSearch(false));
term.attachCustomKeyEventHandler((event) => {
  if (event.type !== "keydown" || !event.ctrlKey || !event.shiftKey) return true;
  if (event.code === "KeyF") showSearch(true);
  else if (event.code === "KeyC") copy();
  else return true;
  event.preventDefault();
  return false;
});

const on = (name, act) => find(name).addEventListener("click", act);
on("find", () => showSearch(search.hidden));
on("unfind", () => showSearch(false));
on("previous", () => screen.find(query.value, true));
on("copy", () => { copy(); term.focus(); });
on("smaller", () => { screen.larger(-1); screen.fill(); term.focus(); });
on("larger", () => { screen.larger(1); screen.fill(); term.focus(); });
on("full", () => (document.fullscreenElement ? document.exitFullscreen() : page.requestFullscreen()));
on("take", () => socket.say({ type: "take" }));
on("enable", () => { socket.say({ type: "enable" }); term.focus(); });
on("end", () => socket.say({ type: "end" }));
on("again", () => window.location.assign(window.location.pathname));
on("give", () => socket.say({ type: "answer", gives: true }));
on("keep", () => { notices.answered(); socket.say({ type: "answer", gives: false }); term.focus(); });
// shortcuts of the pages are letters, which here belong to the device
page.addEventListener("keydown", (event) => event.stopPropagation());

socket.open();
