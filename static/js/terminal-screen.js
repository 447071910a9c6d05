// The screen of a terminal or a recording: xterm with its addons, in our colours, under our content policy.

import { FitAddon } from "../vendor/xterm-fit.mjs";
import { WebLinksAddon } from "../vendor/xterm-links.mjs";
import { SearchAddon } from "../vendor/xterm-search.mjs";
import { Terminal } from "../vendor/xterm.mjs";

const FOUND = {
  matchBackground: "#5b4a12", matchOverviewRuler: "#d9a514",
  activeMatchBackground: "#a06a00", activeMatchColorOverviewRuler: "#ffcf4d",
};
const THEME = { background: "#0c0f14", foreground: "#d7dce4", cursor: "#d7dce4", selectionBackground: "#36507a" };
const SIZES = { least: 9, most: 28, usual: 14, key: "terminal-font-size" };

// xterm writes its own <style>: the policy lets that be with the page's nonce alone
function nonced(nonce) {
  const make = document.createElement.bind(document);
  document.createElement = (name, ...rest) => {
    const made = make(name, ...rest);
    if (String(name).toLowerCase() === "style") made.setAttribute("nonce", nonce);
    return made;
  };
  // and gives cells their own colours by an attribute, which it never allows: a property says the same
  HTMLSpanElement.prototype.setAttribute = function setAttribute(name, value) {
    if (name === "style") this.style.cssText = value;
    else Element.prototype.setAttribute.call(this, name, value);
  };
}

function keptSize() {
  try {
    const kept = Number(localStorage.getItem(SIZES.key));
    return kept >= SIZES.least && kept <= SIZES.most ? kept : SIZES.usual;
  } catch {
    return SIZES.usual; // a browser that keeps nothing
  }
}

// A link that a device shows is opened only after a look at where it really leads.
function follow(event, address) {
  if (/^https?:\/\//.test(address) && window.confirm(`Open this address, which the device has shown?\n\n${address}`)) {
    window.open(address, "_blank", "noopener,noreferrer");
  }
}

export class Screen {
  constructor(element, nonce, options = {}) {
    nonced(nonce);
    this.element = element;
    this.term = new Terminal({
      fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
      fontSize: keptSize(), theme: THEME, scrollback: 10000, allowProposedApi: true, cursorBlink: true,
      linkHandler: { activate: follow, allowNonHttpProtocols: false }, ...options,
    });
    this.fit = new FitAddon();
    this.search = new SearchAddon();
    this.term.loadAddon(this.fit);
    this.term.loadAddon(this.search);
    this.term.loadAddon(new WebLinksAddon(follow));
    this.term.open(element);
  }

  // Fill the element. Only who types decides on the size of the device's screen.
  fill() {
    if (this.element.clientHeight > 0) this.fit.fit();
  }

  larger(by) {
    const size = Math.max(SIZES.least, Math.min(SIZES.most, this.term.options.fontSize + by));
    this.term.options.fontSize = size;
    try {
      localStorage.setItem(SIZES.key, String(size));
    } catch { /* a browser that keeps nothing */ }
  }

  // Search on from where the last find was; tells by `found(index, count)`.
  find(words, back = false) {
    const how = { decorations: FOUND };
    return back ? this.search.findPrevious(words, how) : this.search.findNext(words, how);
  }
}
