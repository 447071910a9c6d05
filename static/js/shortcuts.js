// Keyboard: "/" to the search box, "?" for help, and two keys ("g d") for every link that names them in data-keys.

let pending = "";
let timer = 0;

const typing = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open], .xterm");

function follow(keys) {
  const link = document.querySelector(`[data-keys="${CSS.escape(keys)}"]`);
  if (link) link.click();
  return Boolean(link);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target.matches("[data-search]")) event.target.blur();
  if (event.key.length !== 1 || typing(event.target)) return;
  clearTimeout(timer);
  const keys = pending ? `${pending} ${event.key}` : event.key;
  pending = "";
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (!search) return;
    search.focus();
    search.select();
  } else if (event.key === "?") {
    document.getElementById("shortcuts")?.showModal();
  } else if (!follow(keys)) {
    if (!document.querySelector(`[data-keys^="${CSS.escape(event.key)} "]`)) return;
    pending = event.key;
    timer = setTimeout(() => (pending = ""), 1200);
  }
  event.preventDefault();
});
