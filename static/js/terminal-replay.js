// The page of a recording: plays an asciicast that it gets in parts, also while the session goes on.

import { Screen } from "./terminal-screen.js";

const page = document.getElementById("replay");
const find = (name) => page.querySelector(`[data-${name}]`);
const screen = new Screen(find("screen"), page.dataset.nonce, {
  cols: Number(page.dataset.cols), rows: Number(page.dataset.rows), disableStdin: true, cursorBlink: false,
});
const term = screen.term;
const LONGEST_PAUSE_S = 2;
const LOOK_AGAIN_MS = 1000;
const events = []; // [seconds, kind, text]
const seek = find("seek");
let next = 0; // index of the event that comes next
let now = 0; // seconds into the recording
let playing = false;
let asked = Number(new URLSearchParams(window.location.search).get("t")) || 0;
let found = { words: "", at: -1 };

const length = () => (events.length ? events[events.length - 1][0] : 0);
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

async function load(last = 0) {
  const answer = await fetch(`${page.dataset.parts}?after=${last}`);
  if (!answer.ok) return;
  const { lines, last: until, more, is_open: isOpen } = await answer.json();
  for (const line of lines.split("\n")) if (line) events.push(JSON.parse(line));
  seek.max = String(length());
  if (asked && length() >= asked) {
    jump(asked);
    asked = 0;
  }
  tell();
  if (more || isOpen) setTimeout(() => load(until), more ? 0 : LOOK_AGAIN_MS);
}

function show(event) {
  const [, kind, text] = event;
  if (kind === "o") term.write(text);
  if (kind === "r") term.resize(...text.split("x").map(Number));
}

function advance(until) {
  while (next < events.length && events[next][0] <= until) show(events[next++]);
  now = until;
}

// To a moment: onward from here, or anew from the beginning.
function jump(moment) {
  if (moment < now) {
    term.reset();
    term.resize(Number(page.dataset.cols), Number(page.dataset.rows));
    next = 0;
  }
  advance(Math.max(0, Math.min(moment, length())));
  tell();
}

function tell() {
  seek.value = String(now);
  find("clock").textContent = `${clock(now)} / ${clock(length())}`;
  find("play").textContent = playing ? "Pause" : "Play";
}

let before = 0;
function step(at) {
  if (!playing) return;
  let moment = now + ((at - before) / 1000) * Number(find("speed").value);
  before = at;
  const coming = events[next]?.[0];
  if (find("skip").checked && coming - moment > LONGEST_PAUSE_S) moment = coming;
  advance(Math.min(moment, Math.max(length(), now)));
  tell();
  requestAnimationFrame(step);
}

function play(on) {
  playing = on;
  if (on && next >= events.length && events.length) jump(0);
  before = performance.now();
  tell();
  if (on) requestAnimationFrame(step);
}

// The next moment at which the words are on their way to the screen; a word may come in several pieces.
function search(words) {
  if (found.words !== words) found = { words, at: -1 };
  const wanted = words.toLowerCase();
  for (let index = found.at + 1; index < events.length; index += 1) {
    if (events[index][1] !== "o") continue;
    const near = events.slice(Math.max(0, index - 3 * words.length), index).filter((event) => event[1] === "o");
    const head = near.map((event) => event[2]).join("").slice(-(words.length - 1) || Infinity);
    if (!(head + events[index][2]).toLowerCase().includes(wanted)) continue;
    found.at = index;
    play(false);
    jump(events[index][0]);
    find("found").textContent = `at ${clock(now)}`;
    term.write("", () => screen.find(words, true));
    return;
  }
  find("found").textContent = found.at < 0 ? "Not found" : "No more";
  found.at = -1;
}

find("play").addEventListener("click", () => play(!playing));
seek.addEventListener("input", () => { play(false); jump(Number(seek.value)); });
find("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = event.target.elements.namedItem("q").value;
  if (words) search(words);
});
find("link").addEventListener("click", () => {
  const place = new URL(window.location.href);
  place.searchParams.set("t", now.toFixed(1));
  window.history.replaceState(null, "", place);
  navigator.clipboard?.writeText(place.href);
});
load();
