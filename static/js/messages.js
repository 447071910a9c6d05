// Messages: closes them and lets the good news go by itself. A "messages" event adds some: HTMX answers raise it by
// HX-Trigger: {"messages": {"items": [{"level": "success", "text": "…"}]}}, modules by dispatchEvent.

const ICONS = { success: "circle-check", warning: "triangle-alert", error: "circle-alert" };
const LINGER = 6000;
const list = document.getElementById("messages");
const blank = document.getElementById("message-template");

function fade(message) {
  if (message.dataset.level === "warning" || message.dataset.level === "error") return;
  const leave = () => setTimeout(() => (message.matches(":hover, :focus-within") ? leave() : message.remove()), LINGER);
  leave();
}

function add({ level, text }) {
  const message = blank.content.firstElementChild.cloneNode(true);
  const picture = message.querySelector("use");
  message.dataset.level = level;
  picture.setAttribute("href", `${picture.dataset.base}#${ICONS[level] || "info"}`);
  message.querySelector("[data-message-text]").textContent = text;
  list.append(message);
  fade(message);
}

document.addEventListener("messages", (event) => event.detail.items.forEach(add));
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-message-close]")) event.target.closest("[data-message]").remove();
});

list.querySelectorAll("[data-message]").forEach(fade);
