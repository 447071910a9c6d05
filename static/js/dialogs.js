// Dialogs: [data-dialog-open=id], [data-dialog-close], a click on the backdrop; and a question before what is not undone:
// hx-confirm on HTMX elements, data-confirm on plain forms' buttons. data-confirm-label names the answer.

const ask = document.getElementById("confirm");
let answer = null;

function question(text, label, danger, then) {
  ask.querySelector("[data-confirm-text]").textContent = text;
  const button = ask.querySelector("[data-confirm-yes]");
  button.textContent = label || "Continue";
  button.classList.toggle("btn-danger", danger);
  button.classList.toggle("btn-primary", !danger);
  answer = then;
  ask.showModal();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) document.getElementById(opener.dataset.dialogOpen)?.showModal();
  if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog.dialog")) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right
      && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
  if (event.target.closest("[data-confirm-yes]")) {
    ask.close();
    answer?.();
    answer = null;
  }
});

document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question || !ask) return;
  event.preventDefault();
  const source = event.detail.elt;
  const danger = source.classList.contains("btn-danger") || "danger" in source.dataset;
  question(event.detail.question, source.dataset.confirmLabel, danger, () => event.detail.issueRequest(true));
});

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.dataset.confirm || !ask) return;
  event.preventDefault();
  const danger = button.classList.contains("btn-danger") || "danger" in button.dataset;
  question(button.dataset.confirm, button.dataset.confirmLabel, danger, () => {
    const text = button.dataset.confirm;
    delete button.dataset.confirm;
    event.target.requestSubmit(button);
    button.dataset.confirm = text;
  });
});

// A form that was fetched into a dialog: <dialog id="remote"> opens when HTMX puts something into its body.
document.addEventListener("htmx:afterSwap", (event) => {
  const remote = document.getElementById("remote");
  if (remote && event.target.id === "remote-body" && !remote.open) remote.showModal();
});
