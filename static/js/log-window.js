// The part of a log that the page holds: at most MOST rows, whatever the length of the log. `first` and `last` say from
// which to which line it is complete; scrolling to an end fetches the next window there.

const MOST = 2000;
const NEAR = 600; // pixels from an end of the window at which the next one is fetched

const rowsOf = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
};
const sequence = (row) => Number(row.dataset.sequence);

export class LogWindow {
  // options: load(query) -> Promise<{html, first, last, mark}>, onchange()
  constructor(list, first, last, options) {
    Object.assign(this, { list, first, last, ...options });
    this.end = last; // the last line known to exist
    this.following = true;
    this.unseen = 0;
    this.moves = 0;
    list.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.toBottom();
  }

  get complete() {
    return this.last >= this.end;
  }

  get atBottom() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 24;
  }

  toBottom() {
    this.list.scrollTop = this.list.scrollHeight;
    this.top = this.list.scrollTop;
  }

  // Lines that were pushed: shown where they continue the window, else only counted.
  push({ after, seq, count, html }) {
    this.end = Math.max(this.end, seq);
    const fits = after <= this.last && (this.following || this.list.childElementCount < MOST);
    if (fits && seq > this.last) {
      this.list.append(...rowsOf(html).filter((row) => sequence(row) > this.last));
      this.last = seq;
      this.trimTop();
    }
    if (this.following && fits) this.toBottom();
    else this.catchUp();
    if (!this.following) this.unseen += count;
    this.onchange();
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.list;
    const up = scrollTop < this.top - 2;
    this.top = scrollTop;
    if (up && !this.atBottom) this.follow(false);
    else if (this.atBottom && this.complete) this.follow(true);
    if (scrollTop < NEAR && this.first > 1) this.older();
    else if (scrollHeight - scrollTop - clientHeight < NEAR && !this.complete) this.newer();
  }

  follow(on) {
    if (on) this.unseen = 0;
    if (on === this.following) return;
    this.following = on;
    this.onchange();
  }

  older() {
    return this.fetch({ before: this.first }, (found) => {
      const height = this.list.scrollHeight;
      this.list.prepend(...rowsOf(found.html));
      this.first = found.first;
      this.list.scrollTop += this.list.scrollHeight - height;
      const extra = [...this.list.children].slice(MOST);
      if (!extra.length) return;
      extra.forEach((row) => row.remove());
      this.last = sequence(this.list.lastElementChild);
      this.follow(false);
    });
  }

  newer() {
    return this.fetch({ after: this.last }, (found) => {
      this.list.append(...rowsOf(found.html));
      this.last = found.last;
      this.end = Math.max(this.end, found.last);
      this.trimTop();
    });
  }

  trimTop() {
    const extra = this.list.childElementCount - MOST;
    if (extra <= 0) return;
    const height = this.list.scrollHeight;
    for (const row of [...this.list.children].slice(0, extra)) row.remove();
    this.first = sequence(this.list.firstElementChild);
    this.list.scrollTop -= height - this.list.scrollHeight;
  }

  // Another place or another filter: the window is replaced as a whole.
  show(query) {
    return this.fetch(query, (found) => {
      if (query.error_after !== undefined && !found.mark) return;
      this.list.replaceChildren(...rowsOf(found.html));
      Object.assign(this, { first: found.first, last: found.last, end: Math.max(this.end, found.last) });
      const marked = found.mark && this.list.querySelector(`[data-sequence="${found.mark}"]`);
      if (!marked) return this.toBottom();
      this.list.scrollTop = marked.offsetTop - this.list.offsetTop - this.list.clientHeight / 3;
      this.top = this.list.scrollTop;
    }, true);
  }

  // A page that follows and lacks lines fetches the last window; while it does, more may come.
  catchUp() {
    if (this.following && !this.complete && !this.busy) this.show({}).catch(() => {});
  }

  toEnd() {
    this.follow(true);
    if (this.complete) return this.toBottom();
    return this.show({});
  }

  // One request at a time; a jump overtakes whatever is under way, and a late answer is thrown away.
  async fetch(query, use, jump = false) {
    if (this.busy && !jump) return null;
    const move = (this.moves += 1);
    this.busy = true;
    try {
      const found = await this.load(query);
      if (move !== this.moves) return null;
      use(found);
      this.busy = false;
      this.catchUp();
      return found;
    } finally {
      if (move === this.moves) this.busy = false;
      this.onchange();
    }
  }
}
