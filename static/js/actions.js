// Small actions: copy to the clipboard, unfold unchanged lines of a diff, reload the page; and a form is sent once,
// however often its button is pressed.

async function copy(button) {
  const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
  const text = source ? [...source.children].map((line) => line.textContent).join("\n") : button.dataset.copy;
  const picture = button.querySelector("use");
  const before = picture?.getAttribute("href");
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const items = [{ level: "warning", text: "The browser did not allow copying. Select the text and copy it by hand." }];
    document.dispatchEvent(new CustomEvent("messages", { detail: { items } }));
    return;
  }
  picture?.setAttribute("href", before.replace(/#.*/, "#check"));
  setTimeout(() => picture?.setAttribute("href", before), 1500);
}

function unfold(button) {
  const bar = button.closest("tbody");
  bar.nextElementSibling.hidden = false;
  bar.remove();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if ("copy" in button.dataset || "copyFrom" in button.dataset) copy(button);
  else if ("unfold" in button.dataset) unfold(button);
  else if ("reload" in button.dataset) window.location.reload();
});

const ONCE = 5000; // milliseconds: who has stopped the page meanwhile may send it again

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (Date.now() - Number(form.dataset.sentAt || 0) < ONCE) event.preventDefault();
  else form.dataset.sentAt = Date.now();
});

window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sentAt;
});
