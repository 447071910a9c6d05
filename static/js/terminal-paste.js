// Several lines are pasted only after a look at them: a device runs each line as it comes.

export function guardPaste(page, term) {
  const dialog = document.getElementById("paste");
  const shown = dialog.querySelector("[data-term-paste]");
  let waiting = "";

  page.addEventListener("paste", (event) => {
    if (event.target.closest("form")) return; // the search's own field
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!/[\r\n]/.test(text.trimEnd()) && !/[\r\n]$/.test(text)) return; // xterm takes a single line by itself
    event.preventDefault();
    event.stopImmediatePropagation();
    if (term.options.disableStdin) return;
    waiting = text;
    shown.textContent = text;
    dialog.showModal();
  }, true);

  dialog.querySelector("[data-term-paste-yes]").addEventListener("click", () => {
    term.paste(waiting);
    dialog.close();
  });
  dialog.addEventListener("close", () => {
    waiting = "";
    term.focus();
  });
}
