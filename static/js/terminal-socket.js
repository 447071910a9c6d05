// The connection of a terminal: bytes both ways, acknowledged as they are shown, taken up again where it broke.
// States: "connecting", "open", "reconnecting", "closed" (for good; detail says why).

const RETRY_MS = [300, 1000, 2000, 4000, 8000];
const FINAL = new Set([1000, 4400, 4401, 4403, 4404, 4409]);
const PIECE = 16384;
const ACK_AT = 16384;

export class TerminalSocket {
  // options: path, size() -> {cols, rows}, onbytes(bytes, shown), onframe(frame), onstate(state, detail)
  constructor(options, session, watch) {
    this.options = options;
    this.session = session;
    this.watch = watch;
    this.seq = null; // of the next byte; unknown until the server has said
    this.tries = 0;
    this.reason = "";
    this.over = false;
    const awake = () => this.check();
    window.addEventListener("online", awake);
    document.addEventListener("visibilitychange", awake);
  }

  open() {
    this.options.onstate(this.tries ? "reconnecting" : "connecting", "");
    const url = new URL(this.options.path, window.location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const given = { ...this.options.size() };
    if (this.session) given.session = this.session;
    if (this.session && this.seq !== null) given.after = this.seq;
    if (this.watch) given.watch = 1;
    url.search = new URLSearchParams(given);
    const socket = (this.socket = new WebSocket(url));
    this.owed = 0; // bytes shown that the server does not know of
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => this.take(socket, event.data);
    socket.onclose = (event) => this.closed(event.code);
  }

  take(socket, data) {
    if (data instanceof ArrayBuffer) {
      if (this.seq !== null) this.seq += data.byteLength;
      this.options.onbytes(new Uint8Array(data), () => {
        if (socket === this.socket) this.shown(data.byteLength);
      });
      return;
    }
    const frame = JSON.parse(data);
    if (frame.type === "opened") {
      this.session = frame.session;
      this.tries = 0;
      this.options.onstate("open", "");
    }
    if (frame.type === "resumed") this.seq = frame.seq;
    if (frame.type === "error" || frame.type === "closed") this.reason = frame.detail;
    this.options.onframe(frame);
  }

  // Of keys typed nobody needs to hear; of a flood in pieces.
  shown(bytes) {
    this.owed += bytes;
    if (this.owed < ACK_AT) return;
    this.say({ type: "ack", bytes: this.owed });
    this.owed = 0;
  }

  closed(code) {
    this.socket = null;
    if (FINAL.has(code) || this.over) {
      this.over = true;
      this.options.onstate("closed", this.reason || "The session is closed.");
      return;
    }
    const wait = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)];
    this.tries += 1;
    this.options.onstate("reconnecting", "The connection to the server broke; the session waits.");
    this.timer = setTimeout(() => this.open(), wait);
  }

  // After sleep or a change of network do not wait for the next try.
  check() {
    if (document.hidden || this.over || this.socket) return;
    clearTimeout(this.timer);
    this.open();
  }

  say(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  type(bytes) {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    for (let at = 0; at < bytes.length; at += PIECE) this.socket.send(bytes.subarray(at, at + PIECE));
  }
}
