// What a terminal's page tells beside the output: the connection, who types and watches, jobs, limits, requests.

const WORDS = { connecting: "connecting…", open: "connected", reconnecting: "reconnecting…", closed: "closed" };
const TONES = { connecting: "tone-muted", open: "tone-ok", reconnecting: "tone-warn", closed: "tone-bad" };

export class Notices {
  constructor(find) {
    this.find = find;
    this.watching = [];
    this.who = "";
  }

  state(state, detail) {
    const badge = this.find("state");
    badge.textContent = WORDS[state];
    badge.className = `badge ${TONES[state]}`;
    this.detail = detail;
    if (state === "closed") {
      this.limit(null);
      this.answered();
      this.jobs([]);
    }
    this.note();
  }

  take(frame) {
    if (frame.watching || frame.names) this.watching = frame.watching || frame.names;
    if (frame.jobs) this.jobs(frame.jobs);
    if (frame.type === "limit") this.limit(frame);
    if (frame.type === "asked") this.asked(frame);
    if (frame.type === "control") this.answered();
    if (frame.type === "notice") {
      document.dispatchEvent(new CustomEvent("messages", { detail: { items: [{ level: "info", text: frame.text }] } }));
    }
    this.note();
  }

  holder(name, types) {
    this.who = types ? "" : `You watch; ${name} types.`;
    this.note();
  }

  note() {
    const others = this.watching.length && !this.who ? `${this.watching.join(", ")} watching.` : "";
    this.find("note").textContent = [this.detail, this.who, others].filter(Boolean).join(" ");
  }

  jobs(jobs) {
    const box = this.find("jobs");
    box.hidden = !jobs.length;
    box.textContent = jobs.length ? `A job works on this device now: ${jobs.join(", ")}.` : "";
  }

  limit(frame) {
    clearInterval(this.ticking);
    const box = this.find("limit");
    box.hidden = !frame?.kind;
    if (box.hidden) return;
    const until = Date.now() + frame.ends_in_s * 1000;
    const why = frame.kind === "idle" ? "Nothing was typed for long. Type to stay: the session" : "The session";
    const tell = () => {
      box.textContent = `${why} ends in ${Math.max(0, Math.round((until - Date.now()) / 1000))} s.`;
    };
    tell();
    this.ticking = setInterval(tell, 1000);
  }

  asked(frame) {
    this.find("asked").hidden = false;
    this.find("asked-text").textContent = `${frame.by} asks to type, and gets to in ${frame.within_s} s if you say nothing.`;
  }

  answered() {
    this.find("asked").hidden = true;
  }
}
