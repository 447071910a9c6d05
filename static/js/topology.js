// The page of a topology: topology-graph.js draws, topology-layout.js keeps where devices stand, topology-path.js finds
// ways. Here they meet the filters and the words below the graph.

import { draw, recolour, shown } from "./topology-graph.js";
import { arrange, keeper } from "./topology-layout.js";
import { pathWords, showPath } from "./topology-path.js";

const page = document.getElementById("topology");
const find = (name) => page.querySelector(`[data-topology-${name}]`);
const words = find("words");
const form = find("form");
const ways = find("path");

function say(...parts) {
  words.replaceChildren(...parts);
}

function linkTo(node) {
  const anchor = document.createElement("a");
  anchor.className = "link";
  anchor.href = node.data("url");
  anchor.textContent = node.data("name");
  return anchor;
}

function summary(cy, leftOut) {
  const there = shown(cy);
  const more = leftOut ? ` ${leftOut} more devices are not drawn.` : "";
  const [devices, links] = [there.nodes(), there.edges()].map((some) => some.length);
  say(`${devices} of ${cy.nodes().length} devices and ${links} of ${cy.edges().length} links are shown.${more}`);
}

function describe(element) {
  if (element.isNode()) {
    const data = element.data();
    say(linkTo(element), ` ${data.address}, ${data.role}, ${data.siteName}: ${element.connectedEdges().length} links`);
    return;
  }
  const { a, b, stateLabel, detail } = element.data();
  say(linkTo(element.source()), ` ${a} – `, linkTo(element.target()), ` ${b}: ${stateLabel}${detail ? `. ${detail}` : ""}`);
}

function named(cy, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return cy.collection();
  const nodes = shown(cy).nodes();
  const exact = nodes.filter((node) => node.data("name").toLowerCase() === wanted);
  return exact.nonempty() ? exact : nodes.filter((node) => node.data("name").toLowerCase().includes(wanted));
}

function filter(cy) {
  const given = new FormData(form);
  const states = new Set(given.getAll("state"));
  cy.batch(() => {
    for (const node of cy.nodes()) {
      const fits = ["site", "role"].every((name) => !given.get(name) || String(node.data(name)) === given.get(name));
      node.toggleClass("hidden", !fits);
    }
    for (const edge of cy.edges()) edge.toggleClass("hidden", !states.has(edge.data("state")));
  });
}

function listen(cy, leftOut, layout) {
  const again = () => {
    filter(cy);
    summary(cy, leftOut);
  };
  form.addEventListener("change", (event) => {
    if (event.target.name === "customer") {
      window.location.assign(`?customer=${encodeURIComponent(event.target.value)}`);
    } else if (event.target.name !== "q") again();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements.namedItem("q").addEventListener("input", (event) => {
    const found = named(cy, event.target.value);
    cy.elements().removeClass("found");
    found.addClass("found");
    if (found.length === 1) {
      cy.animate({ center: { eles: found }, zoom: Math.max(cy.zoom(), 1) }, { duration: 150 });
      describe(found);
    } else if (event.target.value) say(`${found.length} devices have this in their name.`);
    else summary(cy, leftOut);
  });
  find("fit").addEventListener("click", () => cy.stop().fit(shown(cy), 30));
  find("again").addEventListener("click", () => {
    arrange(cy, {});
    layout.forget();
  });
  ways.addEventListener("submit", (event) => {
    event.preventDefault();
    const [from, to] = ["from", "to"].map((name) => named(cy, ways.elements.namedItem(name).value));
    const found = showPath(cy, from, to);
    say(...pathWords(found, from, to, linkTo));
  });
  ways.addEventListener("reset", () => {
    showPath(cy, cy.collection(), cy.collection());
    summary(cy, leftOut);
  });
  cy.on("tap", "node, edge", (event) => describe(event.target));
  cy.on("dbltap", "node", (event) => window.location.assign(event.target.data("url")));
  new MutationObserver(() => recolour(cy)).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

async function start() {
  const answer = await fetch(page.dataset.graph, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const graph = await answer.json();
  const cy = draw(find("graph"), graph, page.dataset.nonce);
  arrange(cy, graph.positions);
  const layout = keeper(cy, page.dataset.layout, form.elements.namedItem("csrfmiddlewaretoken").value, say);
  for (const { hostname } of graph.nodes) {
    document.getElementById("topology-names").append(new Option(hostname, hostname));
  }
  listen(cy, graph.left_out, layout);
  filter(cy);
  summary(cy, graph.left_out);
  page.dataset.drawn = cy.nodes().length;
  page.cytoscape = cy; // for whoever measures it
}

start().catch(() => say("The topology could not be loaded. Reload the page to try again."));
