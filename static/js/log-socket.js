// The socket of a job: connects, resumes after the last line that was shown, and tells in what state it is.
// States: "connecting", "live", "reconnecting", "ended", "closed" (for good; detail says why).

const RETRY_MS = [500, 1000, 2000, 5000, 10000, 15000];
const PONG_MS = 5000;
const FINAL = { 4400: 1, 4401: 1, 4403: 1, 4404: 1 };

export class LogSocket {
  // options: path, query() -> URLSearchParams for the next connection, onframe(frame), onstate(state, detail)
  constructor(options) {
    this.options = options;
    this.tries = 0;
    this.reason = "";
    this.awake = () => this.check();
    document.addEventListener("visibilitychange", this.awake);
    window.addEventListener("online", this.awake);
    window.addEventListener("pageshow", this.awake);
  }

  open() {
    this.drop();
    this.state(this.tries ? "reconnecting" : "connecting");
    const url = new URL(this.options.path, window.location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.search = this.options.query();
    const socket = (this.socket = new WebSocket(url));
    socket.onmessage = (event) => this.take(JSON.parse(event.data));
    socket.onclose = (event) => this.closed(event.code);
  }

  take(frame) {
    clearTimeout(this.pong);
    this.tries = 0;
    if (frame.type === "error") {
      this.reason = frame.detail;
      if (frame.close === null) this.state("reconnecting", frame.detail);
      return;
    }
    if (frame.type !== "pong") this.options.onframe(frame);
    this.state("live");
  }

  closed(code) {
    this.socket = null;
    clearTimeout(this.pong);
    if (code === 1000) return this.stop("ended");
    if (code in FINAL) return this.stop("closed", this.reason);
    const wait = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)] * (0.75 + Math.random() / 2);
    this.tries += 1;
    this.state("reconnecting");
    this.timer = setTimeout(() => this.open(), wait);
  }

  // After sleep or a change of network the old connection may look open and be dead: ask, and do not wait long.
  check() {
    if (document.hidden || this.over) return;
    if (!this.socket) {
      if (this.timer) this.open();
    } else if (this.socket.readyState === WebSocket.OPEN) {
      clearTimeout(this.pong);
      this.pong = setTimeout(() => this.open(), PONG_MS);
      this.send({ type: "ping" });
    }
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  drop() {
    clearTimeout(this.timer);
    clearTimeout(this.pong);
    this.timer = 0;
    if (!this.socket) return;
    this.socket.onclose = this.socket.onmessage = null;
    this.socket.close();
    this.socket = null;
  }

  stop(state, detail) {
    this.over = true;
    this.drop();
    this.state(state, detail);
  }

  state(state, detail = "") {
    this.options.onstate(state, detail);
  }
}
